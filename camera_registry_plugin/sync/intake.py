"""Turns what a source sent into records that may be stored, and into refusals that repeat nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from camera_registry_plugin.registry import digest
from camera_registry_plugin.registry.errors import RecordRefused
from camera_registry_plugin.registry.policy import Policy
from camera_registry_plugin.registry.record import HIGHEST_ROW_VERSION, CameraRecord, read_feature

from .geopackage import Expected, RefusedRecord

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


class Batch(NamedTuple):
    """The features of one page, sorted: records to store, and records refused whose id may be kept."""

    records: list[CameraRecord]
    refused: list[RefusedRecord]


class Intake:
    """Reads features for one reader and keeps count of the refused ones that may not even be listed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._unlisted: dict[str, int] = {}

    def read(self, features: Iterable[Any]) -> Batch:
        """Return the features of a page as records and refusals, in the order they came."""
        records: list[CameraRecord] = []
        refused: list[RefusedRecord] = []
        role, position = self._policy.role, self._policy.position
        for feature in features:
            try:
                records.append(read_feature(feature, role, position))
            except RecordRefused as error:
                self._refuse(feature, error.message, refused)
        return Batch(records, refused)

    def _refuse(self, feature: Any, reason: str, refused: list[RefusedRecord]) -> None:
        """Note a refused record; one whose id is not a UUID is only counted, as its id might be anything."""
        camera_id, row_version = _identity(feature)
        if _UUID(camera_id):
            refused.append(RefusedRecord(camera_id, row_version, reason))
        else:
            self._unlisted[camera_id] = row_version

    def forget(self, camera_ids: Iterable[str]) -> None:
        """Take withdrawn ids out of the count of those not listed."""
        for camera_id in camera_ids:
            self._unlisted.pop(camera_id, None)

    def unlisted(self) -> Expected:
        """The share of refused records that is stored nowhere, as count and digest."""
        total = 0
        for camera_id, row_version in self._unlisted.items():
            if camera_id.isascii():
                total = digest.add(total, camera_id, row_version)
        return Expected(len(self._unlisted), digest.to_hex(total))


def _identity(feature: Any) -> tuple[str, int]:
    """Id and row version of a feature that was refused; what cannot be read becomes "" and 0."""
    members = feature if isinstance(feature, dict) else {}
    properties = members.get("properties")
    camera_id = properties.get("camera_id") if isinstance(properties, dict) else None
    row_version = members.get("row_version")
    known = type(row_version) is int and 0 <= row_version <= HIGHEST_ROW_VERSION
    return camera_id if isinstance(camera_id, str) else "", row_version if known and row_version is not None else 0
