"""Lends the running backend and the browser of the registrants' tests to those of the staff's pages."""

from __future__ import annotations

from tests.registration_backend.registrations.conftest import backend, chromium

__all__ = ["backend", "chromium"]
