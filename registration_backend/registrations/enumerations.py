"""The codes that a registration and its cameras may carry, as they are published."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Premises(models.TextChoices):
    RESIDENCE = "residence", _("House")
    APARTMENT = "apartment", _("Apartment building")
    BUSINESS = "business", _("Business")
    SCHOOL = "school", _("School")
    WORSHIP = "worship", _("Place of worship")
    NONPROFIT = "nonprofit", _("Non-profit organisation")
    GOVERNMENT = "government", _("Government")
    OTHER = "other", _("Other, or don't know")


class Mount(models.TextChoices):
    EXTERIOR = "exterior", _("Outside")
    INTERIOR_FACING_OUT = "interior_facing_out", _("Inside, looking out")
    INTERIOR = "interior", _("Inside")


class CameraType(models.TextChoices):
    FIXED = "fixed", _("Fixed")
    DOME = "dome", _("Dome")
    PANNING = "panning", _("Turns or pans")
    DOORBELL = "doorbell", _("Doorbell")
    OTHER = "other", _("Other")


class AreaViewed(models.TextChoices):
    STREET = "street", _("Street")
    SIDEWALK = "sidewalk", _("Sidewalk")
    ALLEY = "alley", _("Alley")
    PARKING = "parking", _("Parking")
    DRIVEWAY = "driveway", _("Driveway")
    ENTRANCE = "entrance", _("Entrance")
    PARK = "park", _("Park or garden")
    OTHER = "other", _("Something else")


class Recording(models.TextChoices):
    CONTINUOUS = "continuous", _("All the time")
    MOTION = "motion", _("When something moves")
    SCHEDULED = "scheduled", _("At set times")
    LIVE_ONLY = "live_only", _("Live view only, nothing is recorded")
    UNKNOWN = "unknown", _("Don't know")


class Resolution(models.TextChoices):
    BELOW_720P = "below_720p", _("Below 720p")
    P720 = "720p", _("720p (HD)")
    P1080 = "1080p", _("1080p (full HD)")
    K4 = "4k", _("4K")
    UNKNOWN = "unknown", _("Don't know")


class YesNoUnknown(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("Don't know")


class PositionSource(models.TextChoices):
    GEOCODED = "geocoded", _("From an address or a list")
    OWNER_PLACED = "owner_placed", _("Placed by the registrant")
    STAFF_VERIFIED = "staff_verified", _("Checked by staff")


class State(models.TextChoices):
    UNCONFIRMED = "unconfirmed", _("Waiting to be confirmed")
    PENDING = "pending", _("Waiting to be checked")
    PUBLISHED = "published", _("Published")
    SUSPENDED = "suspended", _("Suspended")


class Origin(models.TextChoices):
    WEB = "web", _("Web page")
    IMPORT = "import", _("Import")
    STAFF = "staff", _("Staff")


class AnalystPosition(models.TextChoices):
    GENERALISED = "generalised", _("Generalised")
    EXACT = "exact", _("Exact")


class SuspendedBecause(models.TextChoices):
    STAFF = "staff", _("By staff")
    OVERDUE = "overdue", _("Not confirmed for a long time")


class LinkPurpose(models.TextChoices):
    """What a secret link is for. A visit is made by pressing the button of one of the others."""

    CONFIRM = "confirm", _("Confirm a new registration")
    KEEP = "keep", _("Confirm once more")
    MANAGE = "manage", _("See, change or delete")
    VISIT = "visit", _("An open page")


class FormProfile(models.TextChoices):
    FULL = "full", _("Full")
    MINIMAL = "minimal", _("Minimal")


class PageKind(models.TextChoices):
    PROMISE = "promise", _("What we promise")
    FAQ = "faq", _("Questions and answers")
    CONTACT = "contact", _("How to reach us")
    GUIDANCE = "guidance", _("Advice on cameras")
