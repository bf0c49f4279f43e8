"""A plain `requests` session for a sync without QGIS: the token as Bearer, the system's or one's own authorities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from camera_registry_plugin.registry.errors import ConfigurationError, MissingPackage

from . import addresses


def plain_session(base: str, token: str, ca_file: Path | None = None) -> Any:
    """Return a `requests.Session` that sends `token` to the origin of `base` and to no other.

    Raises ConfigurationError for an empty or unprintable token or a missing `ca_file`.
    """
    try:
        import requests
        from requests.auth import AuthBase
    except ImportError:
        raise MissingPackage("requests", "Syncing") from None

    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError("The token file must hold one token on one line and nothing else.")
    if ca_file is not None and not ca_file.is_file():
        raise ConfigurationError(f"There is no file of certificate authorities at {ca_file}.")
    home = addresses.origin(addresses.base_address(base))

    class Bearer(AuthBase):  # type: ignore[misc]
        """Signs requests to the registry's origin; also keeps requests from looking into ~/.netrc."""

        def __call__(self, request: Any) -> Any:
            if addresses.origin(request.url) == home:
                request.headers["Authorization"] = f"Bearer {token}"
            return request

    session = requests.Session()
    session.auth = Bearer()
    if ca_file is not None:
        session.verify = str(ca_file)
    return session
