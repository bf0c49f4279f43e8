"""The address register that positions are hidden among, the tokens that readers hold, and the public counts."""

from __future__ import annotations

from django.db import models

from disclosure.address_keys import KEY_LENGTHS
from registrations.enumerations import Premises
from registrations.models import Agency


class Role(models.TextChoices):
    """What a person or a service may do; one person may hold several."""

    ANALYST = "analyst"
    INVESTIGATOR = "investigator"
    VERIFIER = "verifier"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Address(models.Model):
    """One address of an agency's area, from a public register; it says nothing about who has a camera.

    Plain numbers instead of a geometry: the register is only counted by grid cell. `x` and `y` are metres in the
    agency's grid CRS, null where that CRS does not reach. The keys are what an address is found by (address_keys).
    """

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="addresses")
    street = models.CharField(max_length=120)
    number = models.CharField(max_length=20)
    municipality = models.CharField(max_length=80)
    premises = models.CharField(max_length=16, choices=Premises.choices)
    longitude = models.FloatField()
    latitude = models.FloatField()
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    street_key = models.CharField(max_length=KEY_LENGTHS["street_key"], blank=True, editable=False)
    number_key = models.CharField(max_length=KEY_LENGTHS["number_key"], blank=True, editable=False)

    class Meta:
        verbose_name_plural = "addresses"
        indexes = [
            models.Index(fields=["agency", "x", "y"], name="address_by_place"),
            # The operator classes let PostgreSQL find beginnings of streets whatever its collation; SQLite has none.
            models.Index(
                fields=["agency", "street_key", "number_key"],
                name="address_by_street",
                opclasses=["int8_ops", "varchar_pattern_ops", "varchar_pattern_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.number}, {self.municipality}"


class AddressCount(models.Model):
    """How many addresses of one kind lie in one grid cell.

    The cell is written as one text (size/column/row), so that the cells around many sites are found by one index.
    """

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="address_counts")
    cell = models.CharField(max_length=40)
    premises = models.CharField(max_length=16, choices=Premises.choices)
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "cell", "premises"], name="one_count_a_cell_and_kind")]

    def __str__(self) -> str:
        return f"{self.n} x {self.premises} in cell {self.cell}"


class AccessToken(models.Model):
    """An expiring token of one role in one agency; only the SHA-256 of the token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="access_tokens")
    role = models.CharField(max_length=16, choices=Role.choices)
    label = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(role__in=Role.values), name="token_role_is_a_role")]

    def __str__(self) -> str:
        return f"{self.role} token of {self.agency_id}"


class CountedMonth(models.Model):
    """Says that the public counts of one month are made, also where they show no cell; they are never made again."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="counted_months")
    month = models.DateField(help_text="The first day of the month.")
    grid_srid = models.PositiveIntegerField()

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["agency", "month"], name="a_month_is_counted_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class PublicCount(models.Model):
    """What the public is told of one grid cell in one month: that it holds at least `n` registrations.

    The true count is stored nowhere: a copy of this table says no more than the page does.
    """

    counted = models.ForeignKey(CountedMonth, on_delete=models.CASCADE, related_name="counts")
    cell = models.CharField(max_length=40)
    n = models.PositiveIntegerField()
    # From the public address register: the street with the most addresses in the cell.
    around = models.CharField(max_length=210)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["counted", "cell"], name="one_public_count_a_cell"),
            models.CheckConstraint(condition=models.Q(n__gte=5), name="public_count_is_5_or_more"),
        ]

    def __str__(self) -> str:
        return f"at least {self.n} in cell {self.cell}"
