"""Lets a template ask for the role of the person who looks at it."""

from __future__ import annotations

from django import template

from staff import roles

register = template.Library()
register.filter("is_verifier", roles.is_verifier)
register.filter("sees_round", roles.sees_round)
