"""The record of who among the staff looked at a registrant's address, and the figures of past months."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from registrations.models import Agency


class Reason(models.TextChoices):
    """Fixed answers: free text would sooner or later hold a name or an address."""

    PLACE = "place", _("To set the pin")
    CHECK = "check", _("To check that the pin is right")
    CORRECT = "correct", _("The registrant asked for a correction")


class StaffContactView(models.Model):
    """One look at an address: who, when, which registration and why, never the address itself."""

    viewed_at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Not a foreign key: the record outlives the registration.
    registration_id = models.UUIDField()
    reason = models.CharField(max_length=16, choices=Reason.choices)

    class Meta:
        ordering = ["-viewed_at"]
        verbose_name = "look at an address"
        verbose_name_plural = "looks at addresses"
        constraints = [
            models.CheckConstraint(condition=models.Q(reason__in=Reason.values), name="staff_view_reason_is_a_code")
        ]

    def __str__(self) -> str:
        return f"{self.viewed_at:%Y-%m-%d %H:%M} {self.registration_id}"


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
