"""Agencies, registrations, encrypted contacts, cameras, and the memory of imports."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.gis.db import models
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registrations.enumerations import (
    AnalystPosition,
    AreaViewed,
    CameraType,
    FormProfile,
    LinkPurpose,
    Mount,
    Origin,
    PageKind,
    PositionSource,
    Premises,
    Recording,
    Resolution,
    State,
    SuspendedBecause,
    YesNoUnknown,
)

MAX_CAMERAS = 100


def _one_of(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """Let the database itself refuse a code that is not in the enumeration."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": choices.values}) | models.Q(**{f"{field}__isnull": True}),
        name=f"%(class)s_{field}_is_a_code",
    )


class Agency(models.Model):
    """A police department, sheriff or district attorney."""

    code = models.CharField(
        max_length=16,
        unique=True,
        validators=[
            RegexValidator(r"\A[A-Z0-9_-]{2,16}\Z", "Use 2 to 16 capital letters, digits, hyphens or underscores.")
        ],
    )
    name = models.CharField(max_length=120)
    grid_srid = models.PositiveIntegerField(help_text="EPSG code of a projected CRS in metres for the grid.")
    analyst_position = models.CharField(
        max_length=16, choices=AnalystPosition.choices, default=AnalystPosition.GENERALISED
    )
    lease_hours = models.FloatField(default=24, validators=[MinValueValidator(0.1), MaxValueValidator(24)])
    cache_on_disk = models.BooleanField(default=True)
    save_exports = models.BooleanField(default=True)
    map_longitude = models.FloatField(validators=[MinValueValidator(-180), MaxValueValidator(180)])
    map_latitude = models.FloatField(validators=[MinValueValidator(-90), MaxValueValidator(90)])
    map_zoom = models.PositiveSmallIntegerField(default=13, validators=[MaxValueValidator(19)])
    tile_url = models.CharField(
        max_length=300,
        blank=True,
        help_text="Address of map tiles with {z}, {x} and {y}. Blank: no request leaves this server.",
    )
    tile_credit = models.CharField(max_length=200, blank=True)
    form_profile = models.CharField(
        max_length=16,
        choices=FormProfile.choices,
        default=FormProfile.FULL,
        help_text="Minimal asks for the place and the contact only, where the law allows no more.",
    )
    public_email = models.EmailField(blank=True, help_text="Shown to registrants, on leaflets and in e-mails.")
    public_phone = models.CharField(max_length=40, blank=True, help_text="Shown to registrants and on leaflets.")
    public_address = models.CharField(max_length=300, blank=True, help_text="Where signed paper forms are sent.")
    reconfirm_after_days = models.PositiveSmallIntegerField(
        default=365, validators=[MinValueValidator(30)], help_text="A confirmation is due again after so many days."
    )
    suspend_after_days = models.PositiveSmallIntegerField(
        default=60,
        validators=[MinValueValidator(7)],
        help_text="Days after the reminder until an unconfirmed registration leaves the map.",
    )
    purge_after_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(7)],
        help_text="Days after it left the map until it is deleted for good. Blank: nothing is deleted.",
    )
    purge_without_email = models.BooleanField(
        default=False, help_text="Delete registrations of people without e-mail too, who can only be reached by staff."
    )
    purge_unconfirmed_after_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=30,
        validators=[MinValueValidator(1)],
        help_text="Days until a registration whose e-mail link was never used is deleted. Blank: never.",
    )

    class Meta:
        verbose_name_plural = "agencies"
        constraints = [
            _one_of("analyst_position", AnalystPosition),
            _one_of("form_profile", FormProfile),
            # Web Mercator metres are not metres: a cell would shrink with the latitude.
            models.CheckConstraint(
                condition=~models.Q(grid_srid__in=[3857, 4326, 900913]), name="agency_grid_srid_is_in_metres"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class RegistrationQuerySet(models.QuerySet["Registration"]):
    """The choices that more than one reader makes."""

    def published(self) -> RegistrationQuerySet:
        """Choose what is on the map: `Registration.is_published` in the database."""
        return self.filter(state=State.PUBLISHED, site__isnull=False, is_protected=False)


class Registration(models.Model):
    """One site with its cameras, made by one registrant.

    It stays off every map until somebody has confirmed that it is wanted: the registrant through the link in an
    e-mail, staff after an identity check, or the signed form that it was taken from.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The sites of one registrant share it. It says nothing else, and is never published.
    registrant_id = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="registrations")
    premises = models.CharField(max_length=16, choices=Premises.choices, default=Premises.OTHER)
    site = models.PointField(srid=4326, null=True, blank=True)
    site_source = models.CharField(max_length=16, choices=PositionSource.choices, null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING, db_index=True)
    origin = models.CharField(max_length=16, choices=Origin.choices)
    consent_version = models.CharField(max_length=32, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    confirmed_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_on = models.DateField()
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    paper_form_on = models.DateField(null=True, blank=True, help_text="The date on the signed form.")
    reminded_on = models.DateField(null=True, blank=True)
    suspended_on = models.DateField(null=True, blank=True)
    suspended_because = models.CharField(max_length=16, choices=SuspendedBecause.choices, blank=True)
    is_protected = models.BooleanField(
        default=False, help_text="A protected address: kept out of every map, feed, count and report."
    )

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            _one_of("premises", Premises),
            _one_of("site_source", PositionSource),
            _one_of("state", State),
            _one_of("origin", Origin),
            models.CheckConstraint(
                condition=~models.Q(state=State.PUBLISHED)
                | models.Q(site__isnull=False, consented_at__isnull=False, confirmed_on__isnull=False),
                name="registration_published_has_place_consent_and_confirmation",
            ),
            models.CheckConstraint(
                condition=models.Q(suspended_because__in=["", *SuspendedBecause.values]),
                name="registration_suspended_because_is_a_code",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_published(self) -> bool:
        """Say whether officers may see on a map that cameras are here."""
        return self.state == State.PUBLISHED and self.site is not None and not self.is_protected


class Link(models.Model):
    """A secret link to one registration; only a keyed hash of the secret is kept, so that nobody can follow it.

    `sent_at` stays empty for a visit, which is no letter, and for an e-mail that could not be sent.
    """

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=16, choices=LinkPurpose.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [_one_of("purpose", LinkPurpose)]

    def __str__(self) -> str:
        return f"{self.purpose} link of {self.registration_id}"


class Jurisdiction(models.Model):
    """One part of the area that an agency is responsible for, such as a district; EPSG:4326."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="jurisdictions")
    name = models.CharField(max_length=120)
    area = models.MultiPolygonField(srid=4326)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="one_jurisdiction_a_name")]

    def __str__(self) -> str:
        return self.name


class AgencyPage(models.Model):
    """One wording of a text that an agency writes itself, in Markdown; the newest one is shown.

    Older wordings stay, so that a registration's consent can be read in the words that were agreed to.
    """

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="pages")
    kind = models.CharField(max_length=16, choices=PageKind.choices)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField()
    body = models.TextField(max_length=20_000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            _one_of("kind", PageKind),
            models.UniqueConstraint(fields=["agency", "kind", "language", "version"], name="one_wording_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language}) {self.version}"


class OwnershipReport(models.Model):
    """Somebody says that a camera registered at their address is not theirs; deleted once staff have dealt with it.

    What they wrote is encrypted with a key of its own, as a contact is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="ownership_reports")
    created_at = models.DateTimeField(auto_now_add=True)
    ciphertext = models.BinaryField()
    address_lookup = models.CharField(max_length=64, db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class Contact(models.Model):
    """The encrypted contact of a registration; nothing of it is in clear in any database."""

    registration = models.OneToOneField(
        Registration, on_delete=models.CASCADE, primary_key=True, related_name="contact"
    )
    ciphertext = models.BinaryField()
    address_lookup = models.CharField(max_length=64, blank=True, db_index=True)
    email_lookup = models.CharField(max_length=64, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"contact of {self.registration_id}"


class Camera(models.Model):
    """One camera; an unset position means the registration's site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="cameras")
    number = models.PositiveSmallIntegerField(default=1)  # the order in which the registrant named them
    position = models.PointField(srid=4326, null=True, blank=True)
    mount = models.CharField(max_length=24, choices=Mount.choices, null=True, blank=True)
    camera_type = models.CharField(max_length=16, choices=CameraType.choices, null=True, blank=True)
    area_viewed = models.JSONField(default=list, blank=True)
    direction_deg = models.FloatField(null=True, blank=True)
    field_of_view_deg = models.FloatField(null=True, blank=True)
    range_m = models.FloatField(null=True, blank=True)
    retention_hours = models.FloatField(null=True, blank=True)
    recording = models.CharField(max_length=16, choices=Recording.choices, default=Recording.UNKNOWN)
    resolution = models.CharField(max_length=16, choices=Resolution.choices, default=Resolution.UNKNOWN)
    night_vision = models.CharField(max_length=8, choices=YesNoUnknown.choices, default=YesNoUnknown.UNKNOWN)
    audio = models.CharField(max_length=8, choices=YesNoUnknown.choices, default=YesNoUnknown.UNKNOWN)
    position_source = models.CharField(max_length=16, choices=PositionSource.choices, null=True, blank=True)
    updated_on = models.DateField()

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            _one_of("mount", Mount),
            _one_of("camera_type", CameraType),
            _one_of("recording", Recording),
            _one_of("resolution", Resolution),
            _one_of("night_vision", YesNoUnknown),
            _one_of("audio", YesNoUnknown),
            _one_of("position_source", PositionSource),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def area_labels(self) -> list[str]:
        """Return what the camera sees, in words."""
        return [str(AreaViewed(code).label) for code in self.area_viewed]

    def retention_text(self) -> str:
        """Return how long recordings are kept, in whole days where it is whole days."""
        hours = self.retention_hours or 0
        if hours and hours % 24 == 0:
            return ngettext("%(days)d day", "%(days)d days", int(hours // 24)) % {"days": hours // 24}
        return _("%(hours)g hours") % {"hours": hours}


class ImportedRow(models.Model):
    """Remembers by keyed hashes which row of which list became which camera; a withdrawal turns it into a mark."""

    source_hash = models.CharField(max_length=64, unique=True)
    # Of the list's name, to find the rows that a later file lacks; blank until the next import of an old row.
    list_hash = models.CharField(max_length=64, blank=True, db_index=True)
    content_hash = models.CharField(max_length=64, blank=True)
    # Of the address in the list, which stays in old lists when its registrant tells another one.
    address_lookup = models.CharField(max_length=64, blank=True)
    # Protected: whoever deletes a registration past services.withdraw would leave no mark.
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"imported row {self.pk}"


class WithdrawnMark(models.Model):
    """All that a withdrawal leaves: a keyed hash of a list's row or of an address, and the day.

    Nothing in it leads back to a row, an address or a registration without the look-up key and a guess to compare.
    """

    class Kind(models.TextChoices):
        ROW = "row"
        ADDRESS = "address"

    mark_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    withdrawn_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["row", "address"]), name="withdrawnmark_kind_is_a_code")
        ]

    def __str__(self) -> str:
        return f"withdrawn {self.kind} {self.pk}"


class LifecycleRun(models.Model):
    """One run of the yearly round for one agency: when, and how many registrations each step moved. Counts only."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="lifecycle_runs")
    ran_at = models.DateTimeField()
    report = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["agency", "ran_at"], name="lifecycle_runs_of_an_agency")]

    def __str__(self) -> str:
        return f"{self.ran_at:%Y-%m-%d %H:%M} {self.agency_id}"


class JournalPosition(models.Model):
    """The one row that says up to where the journal of withdrawals is applied: its bytes, and their hash.

    A database that was restored is behind the journal, and is seen to be.
    """

    length = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"journal of withdrawals up to {self.length}"


class RegistrationKey(models.Model):
    """The wrapped data key of one registration's contact; lives in the database "keys"."""

    registration_id = models.UUIDField(primary_key=True)
    wrapped_key = models.BinaryField()

    def __str__(self) -> str:
        return f"key of {self.registration_id}"
