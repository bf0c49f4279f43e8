"""Tells verifiers on the first staff page how many reports of strangers' registrations wait for them."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html

from registrations.models import OwnershipReport
from staff.roles import agencies_of, is_verifier

register = template.Library()


@register.simple_tag(takes_context=True)
def open_reports(context: dict[str, Any]) -> str:
    """Return one line with a link, or nothing for those who may not open reports."""
    user = context["request"].user
    if not is_verifier(user):
        return ""
    count = OwnershipReport.objects.filter(agency__in=agencies_of(user)).count()
    if not count:
        return ""
    address = reverse("admin:registrations_ownershipreport_changelist")
    words = "report waits" if count == 1 else "reports wait"
    return format_html(
        '<p class="waiting"><a href="{}">{} {} to be looked into</a>: "this registration is not mine".</p>',
        address,
        count,
        words,
    )
