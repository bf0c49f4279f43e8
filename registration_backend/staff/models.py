"""Who works for which agency, the records of what staff saw and did, which nobody can change, and monthly figures."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registrations.models import Agency


class Reason(models.TextChoices):
    """Fixed answers: free text would sooner or later hold a name or an address. The registrant reads them too."""

    PLACE = "place", _("To set the pin")
    CHECK = "check", _("To check that the pin is right")
    CORRECT = "correct", _("The registrant asked for a correction")
    CALL = "call", _("To reach the registrant about the registration")
    IDENTITY = "identity", _("To check who is calling or writing")
    ROUND = "round", _("To ask whether the registration is still right")


class Act(models.TextChoices):
    """What staff do to a registration."""

    CONFIRMED = "confirmed", "Confirmed for the registrant"
    CHANGED = "changed", "Changed"
    WITHDREW = "withdrew", "Withdrew"
    PAPER_FORM = "paper_form", "Recorded a signed form"
    PLACED = "placed", "Set the pin"
    PROTECTED = "protected", "Protected the address"
    UNPROTECTED = "unprotected", "Ended the protection of the address"
    PUBLISHED = "published", "Published"
    SUSPENDED = "suspended", "Suspended"
    ASKED_BY_LETTER = "asked_by_letter", "Asked by letter whether it is still right"
    ASKED_BY_CALL = "asked_by_call", "Asked by phone whether it is still right"
    NOT_ASKED = "not_asked", "Took back that it was asked"
    UNANSWERED = "unanswered", "Withdrew what nobody answered for"


class IdentityCheck(models.TextChoices):
    """How staff made sure that they were dealing with the registrant."""

    NONE_NEEDED = "none_needed", "None needed"
    CALLED_BACK = "called_back", "I called back on the registered number"
    SAW_ID = "saw_id", "I saw an identity document"
    SIGNED_FORM = "signed_form", "I have a signed form before me"
    LETTER = "letter", "An answer to a letter sent to the address"


class RecordIsFinal(TypeError):
    """Somebody tried to change or delete a record; that is a mistake in the program, never a wish to grant."""


class _FinalRecords(models.QuerySet):
    def update(self, **values: Any) -> NoReturn:
        raise RecordIsFinal("Records are not changed.")

    def delete(self) -> NoReturn:
        raise RecordIsFinal("Records are not deleted.")

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise RecordIsFinal("Records are not changed.")


class FinalRecord(models.Model):
    """A row that is written once. The registration is no foreign key: the record outlives it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registration_id = models.UUIDField(db_index=True)
    # Null only in records from before it was kept, of registrations that were gone already.
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")

    objects = _FinalRecords.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Write a new record. Raises RecordIsFinal for one that is stored already."""
        if not self._state.adding:
            raise RecordIsFinal("Records are not changed.")
        super().save(*args, **{**options, "force_insert": True})

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        """Raise RecordIsFinal."""
        raise RecordIsFinal("Records are not deleted.")


class StaffContactView(FinalRecord):
    """One look at a contact: who, when, which registration and why, never the contact itself."""

    viewed_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=16, choices=Reason.choices)

    class Meta:
        ordering = ["-viewed_at"]
        verbose_name = "look at a contact"
        verbose_name_plural = "looks at contacts"
        indexes = [models.Index(fields=["user", "viewed_at"], name="staff_looks_of_a_day")]
        constraints = [
            models.CheckConstraint(condition=models.Q(reason__in=Reason.values), name="staff_view_reason_is_a_code")
        ]

    def __str__(self) -> str:
        return f"{self.viewed_at:%Y-%m-%d %H:%M} {self.registration_id}"


class StaffAct(FinalRecord):
    """One thing that staff did to a registration, and how they knew that its registrant wanted it."""

    done_at = models.DateTimeField(auto_now_add=True)
    act = models.CharField(max_length=16, choices=Act.choices)
    identity_check = models.CharField(max_length=16, choices=IdentityCheck.choices, default=IdentityCheck.NONE_NEEDED)
    form_date = models.DateField(null=True, blank=True, help_text="The date on a signed form.")

    class Meta:
        ordering = ["-done_at"]
        verbose_name = "act of staff"
        verbose_name_plural = "acts of staff"
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=models.Q(act__in=Act.values), name="staff_act_is_a_code"),
            models.CheckConstraint(
                condition=models.Q(identity_check__in=IdentityCheck.values), name="staff_act_identity_check_is_a_code"
            ),
            models.CheckConstraint(
                condition=~models.Q(act=Act.CONFIRMED) | ~models.Q(identity_check=IdentityCheck.NONE_NEEDED),
                name="staff_confirm_only_after_an_identity_check",
            ),
            models.CheckConstraint(
                condition=~models.Q(act=Act.PAPER_FORM) | models.Q(form_date__isnull=False),
                name="staff_signed_forms_have_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.done_at:%Y-%m-%d %H:%M} {self.act} {self.registration_id}"


class Membership(models.Model):
    """Says that somebody works for an agency: without one, no role shows anything of its registrations."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        verbose_name = "agency of a person"
        verbose_name_plural = "agencies that this person works for"
        constraints = [models.UniqueConstraint(fields=["user", "agency"], name="one_membership_a_person_and_agency")]

    def __str__(self) -> str:
        return str(self.agency)


class MonthlyFigures(models.Model):
    """How many registrations a district had in one month: numbers only, so that a report can look back.

    The numbers are the true ones and leave the database only through staff.council_report.
    """

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="monthly_figures")
    month = models.DateField(help_text="The first day of the month.")
    district = models.CharField(max_length=120, blank=True)
    registered = models.PositiveIntegerField()
    active = models.PositiveIntegerField()
    due = models.PositiveIntegerField()

    class Meta:
        ordering = ["month", "district"]
        verbose_name = "council report"
        verbose_name_plural = "council report"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["agency", "month", "district"], name="one_figure_a_month_and_district"),
            models.CheckConstraint(
                condition=models.Q(due__lte=models.F("active"), active__lte=models.F("registered")),
                name="due_are_active_and_active_registered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.district}"
