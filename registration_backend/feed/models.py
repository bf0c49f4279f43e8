"""What each audience may read, as finished documents, and what it may read no longer."""

from __future__ import annotations

import secrets

from django.db import models

from registrations.models import Agency


def new_generation() -> str:
    """Return 32 random hexadecimal digits."""
    return secrets.token_hex(16)


class Audience(models.TextChoices):
    """The two roles that read the feed."""

    ANALYST = "analyst"
    INVESTIGATOR = "investigator"


class PublishedCamera(models.Model):
    """One camera as one audience sees it.

    `document` is the finished GeoJSON feature, so that a page is made by joining texts. The position is that of the
    document, in EPSG:4326 degrees: plain indexed numbers, because the feed only ever asks for a bounding box.
    """

    camera_id = models.UUIDField()
    audience = models.CharField(max_length=16, choices=Audience.choices)
    registration_id = models.UUIDField(db_index=True)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    longitude = models.FloatField()
    latitude = models.FloatField()
    updated_on = models.DateField()
    row_version = models.PositiveBigIntegerField()
    sequence = models.PositiveBigIntegerField(unique=True)
    document = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera_id", "audience"], name="one_document_a_camera_and_audience")
        ]
        indexes = [
            models.Index(fields=["agency", "audience", "sequence"], name="published_by_sequence"),
            models.Index(fields=["agency", "audience", "id"], name="published_by_id"),
            models.Index(fields=["agency", "audience", "latitude", "longitude"], name="published_by_place"),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} for {self.audience}"


class WithdrawnCamera(models.Model):
    """A tombstone: this audience may see the camera no longer, whatever the reason. Kept for 90 days."""

    camera_id = models.UUIDField()
    audience = models.CharField(max_length=16, choices=Audience.choices)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    row_version = models.PositiveBigIntegerField()
    sequence = models.PositiveBigIntegerField(unique=True)
    recorded_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["camera_id", "audience", "agency"], name="one_tombstone_a_camera_and_readers"
            )
        ]
        indexes = [models.Index(fields=["agency", "audience", "sequence"], name="withdrawn_by_sequence")]

    def __str__(self) -> str:
        return f"{self.camera_id} withdrawn from {self.audience}"


class FeedState(models.Model):
    """What one audience of one agency may read in sum, brought up to date with every write.

    `digest` is the sum modulo 2^128 over its rows as 32 hexadecimal digits, `sequence` the newest change,
    `purged_through` the newest change whose tombstone is gone, `view` the settings its documents were made under.
    """

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    audience = models.CharField(max_length=16, choices=Audience.choices)
    count = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=32, default="0" * 32)
    sequence = models.PositiveBigIntegerField(default=0)
    purged_through = models.PositiveBigIntegerField(default=0)
    view = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "audience"], name="one_state_an_agency_and_audience")]

    def __str__(self) -> str:
        return f"{self.audience} of {self.agency_id}: {self.count}"


class SequenceCounter(models.Model):
    """The one row that numbers all changes; updating it serialises the writers, so that no number is skipped.

    `generation` is part of what every cursor is bound to. A restore renews it: the numbers that follow were given out
    before for other changes. It is one for all agencies, so that one which the backup does not know yet has it too.
    """

    value = models.PositiveBigIntegerField(default=0)
    generation = models.CharField(max_length=32, default=new_generation)

    def __str__(self) -> str:
        return str(self.value)


class UnpublishedRegistration(models.Model):
    """A published registration that an audience may not see for want of addresses around it."""

    registration_id = models.UUIDField()
    audience = models.CharField(max_length=16, choices=Audience.choices)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    municipality = models.CharField(max_length=80, blank=True)
    cameras = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["registration_id", "audience"], name="one_gap_a_registration")]

    def __str__(self) -> str:
        return f"{self.cameras} cameras not published to {self.audience}"
