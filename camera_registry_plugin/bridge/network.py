"""A `requests` session over QGIS's network manager, so that a sync uses QGIS's proxy, certificates and sign-in."""

from __future__ import annotations

import configparser
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from qgis.core import QgsApplication, QgsNetworkAccessManager
from qgis.PyQt.QtCore import QEventLoop, QThread, QTimer, QUrl
from qgis.PyQt.QtNetwork import QNetworkReply, QNetworkRequest, QSslSocket
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.response import HTTPResponse

from camera_registry_plugin.registry.errors import BadResponse, ConfigurationError
from camera_registry_plugin.sync import addresses
from camera_registry_plugin.sync.limits import Limits
from camera_registry_plugin.sync.retries import Pacing
from camera_registry_plugin.sync.transport import Transport

CLIENT_HEADER = "X-Camera-Registry-Client"  # QGIS overwrites User-Agent
POLL_MILLISECONDS = 100
_Attribute = QNetworkRequest.Attribute
_NetworkError = QNetworkReply.NetworkError


def client_version() -> str:
    """The plugin's version as its metadata.txt states it."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(Path(__file__).resolve().parent.parent / "metadata.txt", encoding="utf-8")
    return parser.get("general", "version", fallback="unknown")


class QgisAdapter(BaseAdapter):
    """Sends `requests` requests through QgsNetworkAccessManager, from any thread, with an event loop of its own.

    `home` is the registry's address: the authentication configuration `authcfg` signs requests to its origin only.
    `check` is called about ten times a second while waiting and may raise, for cancellation and time.
    """

    def __init__(self, home: str, authcfg: str, check: Callable[[], None], limits: Limits) -> None:
        super().__init__()
        self._home = addresses.origin(home)
        self._authcfg = authcfg
        self._check = check
        self._limits = limits

    def close(self) -> None:
        """Nothing stays open between requests; QGIS's network manager keeps its own connections."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Return the answer to one GET or HEAD; redirects are left to the caller.

        Certificates, proxies and timeouts are those of QGIS and of `Limits`, whatever the arguments say. Raises what
        `requests` raises for connections, and whatever `check` raises.
        """
        if request.method not in ("GET", "HEAD"):
            raise requests.exceptions.InvalidSchema("only GET and HEAD are sent over QGIS's network manager")
        manager = QgsNetworkAccessManager.instance()
        # Without this, QGIS would answer a 401 or a TLS error from a task with a dialog of its own. In the main
        # thread the manager is everybody's and must not fall silent.
        silent = QThread.currentThread() != QgsApplication.instance().thread()
        was_blocked = manager.blockSignals(True) if silent else False
        try:
            qt_request = self._signed(self._qt_request(request))
            reply = manager.head(qt_request) if request.method == "HEAD" else manager.get(qt_request)
            waiting = _Waiting(reply, self._check, self._limits)
            try:
                waiting.run()
                return _response(request, reply, waiting.body)
            finally:
                reply.deleteLater()
        finally:
            if silent:
                manager.blockSignals(was_blocked)

    def _qt_request(self, request: requests.PreparedRequest) -> QNetworkRequest:
        qt_request = QNetworkRequest(QUrl(str(request.url)))
        for name, value in request.headers.items():
            if name.lower() not in ("user-agent", "connection"):
                qt_request.setRawHeader(name.encode("ascii"), str(value).encode("latin-1"))
        qt_request.setRawHeader(CLIENT_HEADER.encode("ascii"), client_version().encode("ascii", "replace"))
        manual = QNetworkRequest.LoadControl.Manual
        for attribute, value in (
            (_Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy),
            (_Attribute.CacheLoadControlAttribute, QNetworkRequest.CacheLoadControl.AlwaysNetwork),
            (_Attribute.CacheSaveControlAttribute, False),
            (_Attribute.CookieLoadControlAttribute, manual),
            (_Attribute.CookieSaveControlAttribute, manual),
            (_Attribute.AuthenticationReuseAttribute, manual),
        ):
            qt_request.setAttribute(attribute, value)
        return qt_request

    def _signed(self, qt_request: QNetworkRequest) -> QNetworkRequest:
        """The request with the user's sign-in, if it goes to the registry's own origin."""
        if not self._authcfg or addresses.origin(qt_request.url().toString()) != self._home:
            return qt_request
        applied, signed = QgsApplication.authManager().updateNetworkRequest(qt_request, self._authcfg)
        if not applied:
            raise ConfigurationError(
                "The sign-in for the registry could not be used. Open the authentication configuration in QGIS's "
                "options, check it and enter the master password, then sync again."
            )
        return signed


class _Waiting:
    """Waits for one reply in a local event loop, collecting its body, until it ends or must not go on."""

    def __init__(self, reply: QNetworkReply, check: Callable[[], None], limits: Limits) -> None:
        self._reply = reply
        self._check = check
        self._limits = limits
        self._loop = QEventLoop()
        self._active_at = time.monotonic()
        self._failure: Exception | None = None
        self.body = bytearray()

    def run(self) -> None:
        """Return when the reply has ended; raises what stopped it."""
        timer = QTimer()
        timer.setInterval(POLL_MILLISECONDS)
        timer.timeout.connect(self._poll)
        self._reply.readyRead.connect(self._collect)
        self._reply.finished.connect(self._loop.quit)
        self._reply.sslErrors.connect(self._refuse_certificate)
        self._reply.encrypted.connect(self._require_verification)
        timer.start()
        if not self._reply.isFinished():
            self._loop.exec()
        timer.stop()
        if self._failure is None:
            self._collect()
        self._reply.readyRead.disconnect(self._collect)  # what is deleted later must not call what is gone by then
        self._reply.finished.disconnect(self._loop.quit)
        if self._failure is not None:
            raise self._failure
        self._raise_network_error()

    def _stop(self, failure: Exception) -> None:
        if self._failure is None:
            self._failure = failure
            self._reply.abort()
            self._loop.quit()

    def _poll(self) -> None:
        try:
            self._check()
        except Exception as failure:  # carried out of the event loop and raised in run()
            self._stop(failure)
            return
        if time.monotonic() - self._active_at > self._limits.read_seconds:
            self._stop(requests.exceptions.ReadTimeout("no data in time"))

    def _collect(self) -> None:
        self._active_at = time.monotonic()
        self.body += bytes(self._reply.readAll())
        if len(self.body) > self._limits.response_bytes:
            self._stop(BadResponse("The registry sent too much in one answer. Tell the registry's administrator."))

    def _refuse_certificate(self, errors: Any) -> None:
        """Any doubt ends the request, also where the user told QGIS to overlook it for another purpose."""
        self._stop(requests.exceptions.SSLError(f"{len(errors)} certificate errors"))

    def _require_verification(self) -> None:
        if self._reply.sslConfiguration().peerVerifyMode() == QSslSocket.PeerVerifyMode.VerifyNone:
            self._stop(requests.exceptions.SSLError("verification is switched off for this host"))

    def _raise_network_error(self) -> None:
        """Raise what `requests` would where there is no HTTP answer, or only a part of one."""
        error = self._reply.error()
        status = self._reply.attribute(_Attribute.HttpStatusCodeAttribute)
        broken_off = (_NetworkError.RemoteHostClosedError, _NetworkError.OperationCanceledError)
        if error == _NetworkError.SslHandshakeFailedError:
            raise requests.exceptions.SSLError("TLS handshake failed")
        if status is None or error in broken_off:
            raise requests.exceptions.ConnectionError(f"network error {error}")


def _response(request: requests.PreparedRequest, reply: QNetworkReply, body: bytearray) -> requests.Response:
    """The reply as `requests` hands it out; the body is still compressed and is unpacked, capped, by the caller."""
    headers = [
        (bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in reply.rawHeaderPairs()
    ]
    raw = HTTPResponse(
        body=io.BytesIO(bytes(body)),
        headers=headers,
        status=int(reply.attribute(_Attribute.HttpStatusCodeAttribute)),
        preload_content=False,
        decode_content=False,
        request_method=request.method,  # or urllib3 2 waits for the body that the headers of a HEAD announce
    )
    return HTTPAdapter().build_response(request, raw)


def qgis_transport(url: str, authcfg: str, pacing: Pacing) -> Transport:
    """Return a transport to the registry at `url` that signs in with a QGIS authentication configuration."""
    base = addresses.base_address(url)
    session = requests.Session()
    session.trust_env = False  # proxies and sign-in are QGIS's, not those of ~/.netrc
    adapter = QgisAdapter(base, authcfg, pacing.check, pacing.limits)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return Transport(base, session, pacing)
