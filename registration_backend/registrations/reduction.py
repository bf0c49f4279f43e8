"""Deletes from a stored registration what its agency's minimal form does not ask for."""

from __future__ import annotations

from registrations import contacts, profiles, services
from registrations.details import CameraDetails, SiteDetails
from registrations.models import Camera, Registration


def reduce(registration: Registration) -> bool:
    """Delete what the agency's minimal form does not ask for and is stored all the same; say whether there was any.

    Raises ContactUnreadable.
    """
    with services.both_databases():
        registration = Registration.objects.select_for_update().get(pk=registration.pk)
        contact = contacts.read(registration)
        position = registration.site and (registration.site.x, registration.site.y)
        site = SiteDetails(registration.premises, position, registration.site_source)
        cameras = [(camera.pk, details_of(camera)) for camera in registration.cameras.all()]
        agency = registration.agency
        kept = [profiles.allowed_camera(agency, camera) for _pk, camera in cameras]
        if (profiles.allowed_contact(agency, contact), profiles.allowed_site(agency, site), kept) == (
            contact,
            site,
            [camera for _pk, camera in cameras],
        ):
            return False
        services.change(registration, site=site, contact=contact, cameras=cameras)
        return True


def details_of(camera: Camera) -> CameraDetails:
    """Return a stored camera as it was described."""
    stored = {name: getattr(camera, name) for name in CameraDetails.__dataclass_fields__}
    own = (camera.position.x, camera.position.y) if camera.position is not None else None
    return CameraDetails(**{**stored, "area_viewed": tuple(camera.area_viewed), "position": own})
