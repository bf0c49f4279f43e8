"""Loads an agency's address register and counts its addresses by grid cell."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from django.db import transaction

from disclosure.address_keys import number_key, street_key
from disclosure.generalise import CELL_SIZES_M, Cell
from disclosure.models import Address, AddressCount
from disclosure.placement import grid_of
from disclosure.signals import register_changed
from registrations.enumerations import Premises
from registrations.models import Agency

COLUMNS = ("street", "number", "municipality", "premises", "lon", "lat")
_BATCH = 5_000


class AddressFileError(Exception):
    """The file is not an address register; the message says what is wrong and what to do."""


@dataclass
class AddressReport:
    """What an import did: how many addresses the register holds now, and which lines were refused and why."""

    imported: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_addresses(agency: Agency, path: Path) -> AddressReport:
    """Replace the address register of `agency` with the CSV file at `path` and move what is published with it.

    Columns: street, number, municipality, premises, lon, lat (EPSG:4326 degrees), UTF-8 with or without a byte-order
    mark. Lines that cannot be used are reported and left out. Raises AddressFileError, and then changes nothing,
    when the file cannot be read, lacks a column or has no usable line.
    """
    report = AddressReport()
    addresses = _read(agency, path, report)
    if not addresses:
        raise AddressFileError(
            f"{path.name} has no usable address, so the register stays as it was."
            + (f" Line {report.refused[0][0]}: {report.refused[0][1]}" if report.refused else "")
        )
    with transaction.atomic():
        Address.objects.filter(agency=agency).delete()
        _project(agency, addresses)
        Address.objects.bulk_create(addresses, batch_size=_BATCH)
        _count(agency)
        register_changed.send(sender=Address, agency=agency)
    report.imported = len(addresses)
    return report


def recount(agency: Agency) -> None:
    """Project and count the register of `agency` again, after its grid changed."""
    with transaction.atomic():
        addresses = list(Address.objects.filter(agency=agency))
        if addresses:
            _project(agency, addresses)
            Address.objects.bulk_update(addresses, ["x", "y"], batch_size=_BATCH)
        _count(agency)


def _read(agency: Agency, path: Path, report: AddressReport) -> list[Address]:
    addresses: list[Address] = []
    seen: dict[tuple[str, str, str], int] = {}
    for line, row in _rows(path):
        try:
            address = _address(agency, row)
        except ValueError as error:
            report.refused.append((line, str(error)))
            continue
        key = (address.street.casefold(), address.number.casefold(), address.municipality.casefold())
        if key in seen:  # counted twice, it would make a place look more crowded than it is
            report.refused.append((line, f"This address is already on line {seen[key]}."))
            continue
        seen[key] = line
        addresses.append(address)
    return addresses


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise AddressFileError(
                    f"{path.name} lacks the column {missing[0]}. It must have: {', '.join(COLUMNS)}."
                )
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise AddressFileError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise AddressFileError(f"{path.name} is not a CSV file in UTF-8. Save it as such and try again.") from error


def _address(agency: Agency, row: dict[str, str]) -> Address:
    text = {name: (row[name] or "").strip() for name in COLUMNS}
    for name in ("street", "number", "municipality"):
        longest = Address._meta.get_field(name).max_length
        if not text[name]:
            raise ValueError(f"The {name} is missing.")
        if len(text[name]) > longest:
            raise ValueError(f"The {name} is longer than {longest} characters.")
    if text["premises"] not in Premises.values:
        raise ValueError(f"The premises must be one of: {', '.join(Premises.values)}.")
    return Address(
        agency=agency,
        street=text["street"],
        number=text["number"],
        municipality=text["municipality"],
        premises=text["premises"],
        longitude=_degrees(text["lon"], "lon", 180),
        latitude=_degrees(text["lat"], "lat", 90),
        street_key=street_key(text["street"]),
        number_key=number_key(text["number"]),
    )


def _degrees(text: str, name: str, highest: int) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"The {name} is not a number.") from None
    if not (math.isfinite(value) and abs(value) <= highest):
        raise ValueError(f"The {name} must lie between -{highest} and {highest}.")
    return value


def _project(agency: Agency, addresses: list[Address]) -> None:
    x, y = grid_of(agency).project([one.longitude for one in addresses], [one.latitude for one in addresses])
    reached = np.isfinite(x) & np.isfinite(y)
    for address, easting, northing, inside in zip(addresses, x.tolist(), y.tolist(), reached.tolist(), strict=True):
        address.x, address.y = (easting, northing) if inside else (None, None)


def _count(agency: Agency) -> None:
    """Count the register by cell size, cell and kind of premises, and store the counts."""
    AddressCount.objects.filter(agency=agency).delete()
    rows = list(Address.objects.filter(agency=agency, x__isnull=False).values_list("x", "y", "premises"))
    if not rows:
        return
    x, y = (np.array([row[place] for row in rows]) for place in (0, 1))
    kinds, kind = np.unique([row[2] for row in rows], return_inverse=True)
    counts: list[AddressCount] = []
    for size in CELL_SIZES_M:
        i, j = grid_of(agency).cells(x, y, size)
        cells, numbers = np.unique(np.stack([i, j, kind], axis=1), axis=0, return_counts=True)
        counts += [
            AddressCount(agency=agency, cell=str(Cell(size, a, b)), premises=str(kinds[c]), n=n)
            for (a, b, c), n in zip(cells.tolist(), numbers.tolist(), strict=True)
        ]
    AddressCount.objects.bulk_create(counts, batch_size=_BATCH)
