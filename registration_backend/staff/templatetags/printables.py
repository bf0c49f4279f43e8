"""The links to what an agency can print, for the first staff page."""

from __future__ import annotations

from typing import Any

from django import template

from registrations.models import Agency
from registrations.printables.sticker import SIZES

register = template.Library()


@register.inclusion_tag("staff/printables.html")
def printables() -> dict[str, Any]:
    """Return every agency with the sizes of its sticker."""
    return {"agencies": Agency.objects.order_by("name"), "sizes": SIZES}
