"""Works out what each audience should see of registrations, without writing anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from disclosure.placement import Place, nearest_municipality, places, shown_points
from disclosure.reading import is_generalised
from disclosure.redaction import Document, Shown, coarse_premises, document, shown_exactly
from feed.models import Audience
from registrations.models import Agency, Camera, Registration

RowKey = tuple[UUID, str]  # camera and audience


class Draft(NamedTuple):
    """One camera as one audience should see it."""

    registration_id: UUID
    agency: Agency
    shown: Shown
    document: Document


class Gap(NamedTuple):
    """A registration whose cameras an audience may not see, because too few addresses lie around it."""

    registration_id: UUID
    audience: str
    agency: Agency
    municipality: str
    cameras: int


def drafts_of(registrations: Sequence[Registration]) -> tuple[dict[RowKey, Draft], list[Gap]]:
    """Return what should be published of `registrations` (with their agencies), and what must not be for an audience.

    Raises disclosure.redaction.NotPublishable when a record holds what may not be published.
    """
    drafts: dict[RowKey, Draft] = {}
    gaps: list[Gap] = []
    publishable = [one for one in registrations if one.is_published]
    cameras: defaultdict[UUID, list[Camera]] = defaultdict(list)
    for camera in Camera.objects.filter(registration_id__in=[one.pk for one in publishable]):
        cameras[camera.registration_id].append(camera)
    chosen = _places(publishable)
    for registration in publishable:
        own, place = cameras[registration.pk], chosen[registration.pk]
        _draft_exactly(drafts, registration, own)
        if not is_generalised(registration.agency, Audience.ANALYST):
            _draft_exactly_for_analyst(drafts, registration, own, place)
        elif place is not None:
            _draft_in_cell(drafts, registration, own, place)
        elif own:
            town = nearest_municipality(registration.agency, (registration.site.x, registration.site.y))
            gaps.append(Gap(registration.pk, Audience.ANALYST.value, registration.agency, town, len(own)))
    return drafts, gaps


def _places(registrations: Sequence[Registration]) -> dict[UUID, Place | None]:
    of_agency: defaultdict[Agency, dict[UUID, tuple[float, float]]] = defaultdict(dict)
    for one in registrations:
        of_agency[one.agency][one.pk] = (one.site.x, one.site.y)
    return {key: place for agency, sites in of_agency.items() for key, place in places(agency, sites).items()}


def _draft_exactly(drafts: dict[RowKey, Draft], registration: Registration, cameras: list[Camera]) -> None:
    for camera in cameras:
        _add(drafts, Audience.INVESTIGATOR, registration, camera, shown_exactly(registration, camera))


def _draft_exactly_for_analyst(
    drafts: dict[RowKey, Draft], registration: Registration, cameras: list[Camera], place: Place | None
) -> None:
    premises = coarse_premises(registration.premises, place)
    for camera in cameras:
        shown = shown_exactly(registration, camera)._replace(premises=premises)
        _add(drafts, Audience.ANALYST, registration, camera, shown)


def _draft_in_cell(
    drafts: dict[RowKey, Draft], registration: Registration, cameras: list[Camera], place: Place
) -> None:
    premises = coarse_premises(registration.premises, place)
    points = shown_points(registration.agency, [str(camera.pk) for camera in cameras], place.cell)
    for camera, (longitude, latitude) in zip(cameras, points, strict=True):
        shown = Shown(longitude, latitude, place.cell.size_m, premises)
        _add(drafts, Audience.ANALYST, registration, camera, shown)


def _add(
    drafts: dict[RowKey, Draft], audience: Audience, registration: Registration, camera: Camera, shown: Shown
) -> None:
    finished = document(registration.agency, registration, camera, shown, coarse=audience is Audience.ANALYST)
    drafts[camera.pk, audience.value] = Draft(registration.pk, registration.agency, shown, finished)
