"""Sends e-mail: secret links in the registrant's language, naming nothing but the agency, and messages to an agency."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registrations import contacts, links
from registrations.enumerations import LinkPurpose
from registrations.models import Agency, Registration

logger = logging.getLogger(__name__)


def base_url(request: HttpRequest | None = None) -> str:
    """Return how this backend is reached from outside, without a slash at the end.

    Raises ValueError where neither a request nor CAMERA_REGISTRY_PUBLIC_URL tells.
    """
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL).rstrip("/")
    if request is None:
        raise ValueError("Set CAMERA_REGISTRY_PUBLIC_URL, or the links in e-mails would lead nowhere.")
    return request.build_absolute_uri("/").rstrip("/")


def send_link(registration: Registration, purpose: LinkPurpose, base: str) -> bool:
    """Send a fresh link to the e-mail address of `registration`; say whether the mail server took it.

    False as well where there is no address, or where this mailbox was sent enough within the hour.
    """
    try:
        address = contacts.read(registration).email
    except contacts.ContactUnreadable:
        return False
    if not address or links.too_many(registration):
        return False
    link, token = links.make(registration, purpose)
    with translation.override(registration.language):
        context = {
            "agency": registration.agency,
            "address": f"{base}{reverse('link', args=[token])}",
            "days": links.LIFETIMES[purpose].days,
        }
        subject, body = _SUBJECTS[purpose](), render_to_string(f"registrations/mail/{purpose.value}.txt", context)
    if not _send(registration, subject, body, address):
        return False
    link.sent_at = timezone.now()
    link.save(update_fields=["sent_at"])
    return True


def send_notice_of_other_email(registration: Registration, old_address: str) -> bool:
    """Tell the address that was replaced that it was; whoever reads it can object. Say whether it was sent."""
    with translation.override(registration.language):
        body = render_to_string("registrations/mail/other_email.txt", {"agency": registration.agency})
        return _send(registration, _("Your e-mail address was replaced"), body, old_address)


def send_to_agency(agency: Agency, message: str, name: str = "", reply_to: str = "") -> bool:
    """Pass a checked message from the pages on to the agency's public address; say whether the server took it.

    What the sender typed goes into the body, and a checked address into Reply-To: never into another header.
    """
    context = {"agency": agency, "message": message, "name": name, "reply_to": reply_to}
    return _deliver(
        EmailMessage(
            "Message from the camera registration page",
            render_to_string("registrations/mail/to_agency.txt", context),
            to=[agency.public_email],
            reply_to=[reply_to] if reply_to else None,
        )
    )


def _send(registration: Registration, subject: str, body: str, address: str) -> bool:
    agency = registration.agency
    return _deliver(
        EmailMessage(
            subject,
            body,
            to=[address],
            reply_to=[agency.public_email] if agency.public_email else None,
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
    )


def _deliver(message: EmailMessage) -> bool:
    try:
        return message.send() == 1
    except (OSError, SMTPException, ValueError) as error:
        # The kind of error only: what a mail server answers names the address.
        logger.error("An e-mail was not sent: %s", type(error).__name__)
        return False


_SUBJECTS = {
    LinkPurpose.CONFIRM: lambda: _("Confirm your camera registration"),
    LinkPurpose.KEEP: lambda: _("Is your camera registration still right?"),
    LinkPurpose.MANAGE: lambda: _("Your link to your camera registration"),
}
