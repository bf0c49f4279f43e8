"""One tree of errors: each carries a sentence for the user and, apart from it, details for the log."""

from __future__ import annotations


class RegistryError(Exception):
    """Base of every error this product expects.

    `message` says what is wrong and what to do; it is shown as it is. `details` goes to the log. Neither ever
    holds a contact, a token or a value that a source sent.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ConfigurationError(RegistryError):
    """A setting, address or mapping is missing or cannot be right."""


class SourceUnreachable(RegistryError):
    """The registry did not answer; the last good snapshot stays."""


class NotSignedIn(RegistryError):
    """The registry does not know this token or it has expired (401); the snapshot stays until its lease ends."""


class AccessEnded(RegistryError):
    """The registry no longer lets this reader see cameras (403): layers and files go at once."""


class StartOver(RegistryError):
    """The cursor no longer fits what this reader may see (410): pull everything afresh."""


class BadResponse(RegistryError):
    """The registry answered with something that is not its wire format."""


class RecordRefused(RegistryError):
    """One camera record breaks the rules of what may be published; the others go on."""


class SnapshotError(RegistryError):
    """A snapshot could not be written, verified or switched to."""


class SnapshotBusy(SnapshotError):
    """Another process is pulling into the same snapshot folder."""


class LeaseExpired(RegistryError):
    """The snapshot is older than its lease allows; it has been deleted."""


class InvalidInput(RegistryError):
    """What the user gave cannot be used, such as a radius below zero."""


class MissingPackage(RegistryError):
    """A Python package that this job needs is not installed."""

    def __init__(self, package: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the Python package {package}, which this QGIS lacks. Install it with "
            f"'python -m pip install {package}' in QGIS's own Python (on Debian: apt install python3-{package}), "
            "then start QGIS again."
        )
        self.package = package


class Cancelled(RegistryError):
    """The user cancelled; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("Cancelled. Nothing was changed.")
