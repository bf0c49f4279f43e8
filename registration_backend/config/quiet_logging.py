"""Keeps what people typed, and the secret links they hold, out of every log line."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType

# A link to a registration is as good as a password for it.
_SECRET_LINK = re.compile(r"(/registration/)[^/\s?\"']+")
_QUERY = re.compile(r"\?[^\s\"']*")


def without_personal_data(text: str) -> str:
    """Return `text` without query strings and without the secret part of a registration's link."""
    return _QUERY.sub("", _SECRET_LINK.sub(r"\1(link)", text))


class QuietFormatter(logging.Formatter):
    """Formats a record without request, query string, secret link or the text of an exception.

    The text of an exception may quote a value that a registrant typed, so only its type and the places in the
    code are written.
    """

    def format(self, record: logging.LogRecord) -> str:
        return without_personal_data(super().format(record))

    def formatException(  # noqa: N802 - the name is given by logging
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        frames = "".join(traceback.format_list(traceback.extract_tb(trace)))
        name = kind.__qualname__ if kind is not None else "no exception"
        return f"Traceback (most recent call last):\n{frames}{name}"


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "quiet": {
            "()": "config.quiet_logging.QuietFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "quiet"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Every mistyped form and every wrong address is a warning there.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        # The development server writes whole request lines.
        "django.server": {"handlers": ["nowhere"], "propagate": False},
        # At DEBUG level this logger writes the values of every statement.
        "django.db.backends": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # At DEBUG level this one writes what is asked of a geocoder: the address that was typed.
        "urllib3": {"handlers": ["nowhere"], "propagate": False},
    },
}
