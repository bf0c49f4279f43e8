"""What an agency with the minimal form may hold: the place and the contact, and nothing beside them."""

from __future__ import annotations

from dataclasses import replace

from registrations.contacts import ContactDetails
from registrations.details import CameraDetails, SiteDetails
from registrations.enumerations import FormProfile
from registrations.models import Agency

CONTACT = ("name", "phone", "email", "address", "unit")


def is_minimal(agency: Agency) -> bool:
    """Say whether the law lets this agency ask for the place and the contact only."""
    return agency.form_profile == FormProfile.MINIMAL


def allowed_contact(agency: Agency, contact: ContactDetails) -> ContactDetails:
    """Return what of a contact may be stored."""
    return ContactDetails(**{name: getattr(contact, name) for name in CONTACT}) if is_minimal(agency) else contact


def allowed_site(agency: Agency, site: SiteDetails) -> SiteDetails:
    """Return what of a site may be stored: its kind is not its place."""
    return replace(site, premises=SiteDetails.premises) if is_minimal(agency) else site


def allowed_camera(agency: Agency, camera: CameraDetails) -> CameraDetails:
    """Return what of a camera may be stored: that it is there, and where."""
    if not is_minimal(agency):
        return camera
    return CameraDetails(position=camera.position, position_source=camera.position_source)
