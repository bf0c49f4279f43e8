"""What may be asked for where: HTTPS outside this machine, and nothing beyond the registry's own origin."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

from camera_registry_plugin.registry.errors import BadResponse, ConfigurationError

_PORTS = {"https": 443, "http": 80}


def origin(url: str) -> str:
    """Return scheme, host and port of an address, such as https://registry.example:443."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return f"{parts.scheme.lower()}://{host}:{parts.port or _PORTS.get(parts.scheme.lower(), 0)}"


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only mean this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_address(text: str) -> str:
    """Return the address of a registry as requests start with it: no final slash, no /ogc at its end.

    Raises ConfigurationError for an address that is none, holds a password, or would send data in clear.
    """
    url = text.strip()
    try:
        parts = urlsplit(url)
        has_port_or_none = parts.port is None or parts.port > 0
    except ValueError:
        parts, has_port_or_none = SplitResult("", "", "", "", ""), False
    if parts.scheme.lower() not in _PORTS or not parts.hostname or not has_port_or_none:
        raise ConfigurationError(
            "This is not the address of a camera registry. It looks like https://registry.example.org."
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            "The registry's address holds a user name or password. Take it out and sign in with a token instead."
        )
    if parts.query or parts.fragment:
        raise ConfigurationError("The registry's address must end before any ? or #.")
    if parts.scheme.lower() == "http" and not is_loopback(parts.hostname):
        raise ConfigurationError(
            f"The registry at {parts.hostname} must be asked over https://, or camera locations would travel in clear."
        )
    return url.rstrip("/").removesuffix("/ogc").rstrip("/")


def follow(asked: str, reference: str) -> str:
    """Return the address that a redirect or link leads to, which must lie in the origin that was asked.

    Raises BadResponse naming both origins (never the paths or queries, which may hold what was asked for).
    """
    try:
        target = urljoin(asked, reference)
        asked_origin, target_origin = origin(asked), origin(target)
    except ValueError:
        raise BadResponse(f"{origin(asked)} sent on to something that is no address. Ask its administrator.") from None
    if asked_origin != target_origin:
        raise BadResponse(
            f"{asked_origin} sent on to {target_origin}. This is not followed, because your token would go there too. "
            "If the registry has moved, enter its new address."
        )
    return target
