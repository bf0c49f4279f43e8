"""Says where the two databases are: on PostgreSQL with PostGIS where the environment names them, else embedded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ENVIRONMENT = {"default": "CAMERA_REGISTRY_DATABASE_URL", "keys": "CAMERA_REGISTRY_KEYS_DATABASE_URL"}
_FORM = "postgresql://user:password@host:port/name, with special characters percent-encoded"
# Only these are handed on to the driver: how the connection is guarded is the operator's to say, no more.
_DRIVER_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout")
_DEFAULT_PORT = 5432
_THIS_MACHINE = {"", "localhost", "127.0.0.1", "::1"}

# Deleted content is overwritten with zeros, and a writer waits for its turn instead of failing half way.
_SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA secure_delete = ON",
}


def databases(folder: Path, environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES: those that the environment names, or else two files in `folder`.

    Raises ImproperlyConfigured when only one is named, when both are the same database, or when an address cannot be
    understood. The message names the variable and never quotes its value, which holds a password.
    """
    given = {alias: environment.get(name, "").strip() for alias, name in ENVIRONMENT.items()}
    if not any(given.values()):
        return _embedded(folder)
    for alias, address in given.items():
        if not address:
            other = next(name for each, name in ENVIRONMENT.items() if each != alias)
            raise ImproperlyConfigured(
                f"{other} is set and {ENVIRONMENT[alias]} is not. Set both, or neither for the embedded databases."
            )
    found = {alias: _postgresql(ENVIRONMENT[alias], address) for alias, address in given.items()}
    if _place(found["default"]) == _place(found["keys"]):
        raise ImproperlyConfigured(
            f"{ENVIRONMENT['default']} and {ENVIRONMENT['keys']} name the same database. The keys of contacts are kept "
            "apart from everything else: make a second database for them, best on another server."
        )
    found["default"]["ENGINE"] = "django.contrib.gis.db.backends.postgis"
    return found


def _embedded(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        "default": {
            "ENGINE": "django.contrib.gis.db.backends.spatialite",
            "NAME": folder / "registry.sqlite3",
            "OPTIONS": {
                **_SQLITE_OPTIONS,
                "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON",
            },
        },
        # Not in WAL mode: there a destroyed key would stay in the log file until the next checkpoint.
        "keys": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "keys.sqlite3",
            "OPTIONS": dict(_SQLITE_OPTIONS),
        },
    }


def _postgresql(variable: str, address: str) -> dict[str, Any]:
    try:
        return _read(address)
    except ValueError:  # its text would quote what it could not read, and that may be the password
        raise ImproperlyConfigured(
            f"{variable} cannot be understood. It must look like {_FORM}; the host may be the folder of a socket, "
            f"given as ?host=. Of the other options it may have {', '.join(_DRIVER_OPTIONS)}."
        ) from None


def _read(address: str) -> dict[str, Any]:
    """Take the address apart. Raises ValueError for anything that would have to be guessed."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
    options = dict(query)
    place, host = parts.netloc.rpartition("@")[2], _decoded(parts.hostname)
    port = _DEFAULT_PORT if parts.port is None else parts.port
    wrong = (
        parts.scheme not in {"postgresql", "postgres"}
        or bool(parts.fragment)
        or "/" in parts.path[1:]
        or len(options) < len(query)
        or not options.keys() <= {"host", *_DRIVER_OPTIONS}
        or (bool(host) and "host" in options)
        or "," in place
        or port == 0
    )
    name = _decoded(parts.path[1:])
    if wrong or not name:
        raise ValueError("not the address of a database")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": _decoded(parts.username),
        "PASSWORD": _decoded(parts.password),
        "HOST": options.pop("host", host),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def _decoded(part: str | None) -> str:
    text = unquote(part or "", errors="strict")
    if "\0" in text:
        raise ValueError("a zero byte")
    return text


def _place(database: Mapping[str, Any]) -> tuple[str, int, str]:
    """Return what tells two databases apart; a socket and the loopback addresses are one and the same server."""
    host = database["HOST"].casefold()
    if host in _THIS_MACHINE or host.startswith(("/", "@")):
        host = ""
    return host, int(database["PORT"] or _DEFAULT_PORT), database["NAME"]
