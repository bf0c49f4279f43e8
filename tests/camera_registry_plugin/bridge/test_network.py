"""The adapter over QGIS's network manager: it signs in, stays in the origin, and can be stopped."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests
from qgis.core import QgsApplication, QgsNetworkAccessManager
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtNetwork import QNetworkRequest, QSslConfiguration, QSslSocket

from camera_registry_plugin.bridge.network import CLIENT_HEADER, QgisAdapter, client_version, qgis_transport
from camera_registry_plugin.registry.errors import (
    BadResponse,
    Cancelled,
    ConfigurationError,
    NotSignedIn,
    SourceUnreachable,
)
from camera_registry_plugin.sync.limits import Limits
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.retries import Pacing
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from tests.camera_registry_plugin.sync.registry_server import QuietServer, RegistryServer, as_json, listening

SignIn = Callable[[str], str]


def source(url: str, authcfg: str, pacing: Pacing | None = None) -> RegistrationBackend:
    return RegistrationBackend(qgis_transport(url, authcfg, pacing or Pacing(sleep=lambda _: None)), 10)


def test_a_pull_over_qgis_gives_the_servers_cameras(server: RegistryServer, sign_in: SignIn, tmp_path: Path) -> None:
    report = pull(source(server.url, sign_in(server.token)), SnapshotFolder(tmp_path / "snapshots"))
    assert report.snapshot.state.count == 30
    assert len(server.requests) == 4


def test_wrong_and_expired_tokens_are_told_apart(server: RegistryServer, sign_in: SignIn) -> None:
    with pytest.raises(NotSignedIn, match="does not know this token"):
        source(server.url, sign_in("x" * 20)).policy()
    with pytest.raises(NotSignedIn, match="has expired"):
        source(server.url, sign_in(server.expired_token)).policy()
    with pytest.raises(NotSignedIn, match="none was sent"):
        source(server.url, "").policy()


def test_an_unknown_authentication_configuration_is_said(server: RegistryServer, sign_in: SignIn) -> None:
    with pytest.raises(ConfigurationError, match="sign-in for the registry could not be used"):
        source(server.url, "none123").policy()
    assert server.requests == []


def test_requests_carry_our_identity_and_no_cookies_and_are_not_cached(qgis_app: QgsApplication) -> None:
    headers: list[dict[str, str]] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        headers.append({name.lower(): value for name, value in request.headers.items()})
        status, answer_headers, body = as_json(200, {"n": len(headers)})
        request.send_response(status)
        for name, value in {**answer_headers, "Set-Cookie": "a=b", "Cache-Control": "max-age=3600"}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with listening(handle) as url:
        transport = qgis_transport(url, "", Pacing())
        transport.get("/a")
        assert transport.get("/a") == {"n": 2}  # a cached reply would say 1 again
        QgsNetworkAccessManager.blockingGet(QNetworkRequest(QUrl(f"{url}/b")))  # this one is kept in QGIS's cache
        assert transport.get("/b") == {"n": 4}
        cached = QgsNetworkAccessManager.instance().cache()
        assert cached is None or not cached.metaData(QUrl(f"{url}/a")).isValid()
    assert headers[1][CLIENT_HEADER.lower()] == client_version()
    assert headers[1]["accept-encoding"] == "gzip"


def test_a_redirect_to_another_host_is_refused_and_sends_it_nothing(server: RegistryServer, sign_in: SignIn) -> None:
    visits: list[str] = []
    with listening(lambda request: visits.append(request.path)) as elsewhere:
        server.always = lambda _request, _answer: (302, {"Location": f"{elsewhere}/steal"}, b"")
        with pytest.raises(BadResponse) as caught:
            source(server.url, sign_in(server.token)).policy()
    assert visits == []
    assert elsewhere in caught.value.message
    assert server.url in caught.value.message


def test_a_redirect_inside_the_origin_is_followed_with_the_sign_in(server: RegistryServer, sign_in: SignIn) -> None:
    server.faults = [lambda _request, _answer: (307, {"Location": "/registry/policy"}, b"")]
    assert source(server.url, sign_in(server.token)).policy().role == "investigator"


def test_the_sign_in_goes_to_the_registrys_origin_only(server: RegistryServer, sign_in: SignIn) -> None:
    received: list[str | None] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        received.append(request.headers.get("Authorization"))
        request.send_response(204)
        request.end_headers()

    authcfg = sign_in(server.token)
    with listening(handle) as elsewhere:
        session = requests.Session()
        session.mount("http://", QgisAdapter(server.url, authcfg, lambda: None, Limits()))
        session.get(f"{elsewhere}/x")
        session.mount("http://", QgisAdapter(elsewhere, authcfg, lambda: None, Limits()))
        session.get(f"{elsewhere}/x")
    assert received[0] is None
    assert received[1] is not None


def test_head_is_sent_as_head(server: RegistryServer, qgis_app: QgsApplication) -> None:
    session = requests.Session()
    session.mount("http://", QgisAdapter(server.url, "", lambda: None, Limits()))
    response = session.head(f"{server.url}/registry/policy")
    assert (response.status_code, response.content) == (401, b"")


def test_a_registry_that_is_down_is_said_after_retries(qgis_app: QgsApplication) -> None:
    with listening(lambda _request: None) as url:
        pass
    pauses: list[float] = []
    with pytest.raises(SourceUnreachable, match="cannot be reached"):
        source(url, "", Pacing(sleep=pauses.append)).policy()
    assert pauses


def test_cancelling_stops_a_silent_request_within_a_second(qgis_app: QgsApplication) -> None:
    release = threading.Event()
    asked = threading.Event()

    def handle(_request: BaseHTTPRequestHandler) -> None:
        asked.set()
        release.wait(20)

    with listening(handle) as url:
        cancelled_at: list[float] = []

        def is_cancelled() -> bool:
            if asked.is_set() and not cancelled_at:
                cancelled_at.append(time.monotonic())
            return bool(cancelled_at)

        with pytest.raises(Cancelled):
            source(url, "", Pacing(is_cancelled=is_cancelled)).policy()
        assert time.monotonic() - cancelled_at[0] < 1.0
        release.set()


def test_a_server_that_says_nothing_is_given_up(qgis_app: QgsApplication) -> None:
    release = threading.Event()
    with listening(lambda _request: release.wait(20)) as url:
        limits = Limits(read_seconds=0.3, attempts=1)
        with pytest.raises(SourceUnreachable, match="cannot be reached"):
            source(url, "", Pacing(limits, sleep=lambda _: None)).policy()
        release.set()


def test_a_body_without_end_is_cut_off(qgis_app: QgsApplication) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.close_connection = True
        for _ in range(400):
            request.wfile.write(b" " * 100_000)

    with listening(handle) as url, pytest.raises(BadResponse, match="too much"):
        source(url, "", Pacing(Limits(response_bytes=1_000_000))).policy()


@contextmanager
def tls_server(folder: Path, visits: list[str]) -> Iterator[str]:
    """An HTTPS server whose certificate no authority signed; yields its address and notes the paths asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)

    httpd = QuietServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(folder))
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join(5)


def test_a_certificate_that_nobody_vouches_for_is_refused(qgis_app: QgsApplication, tmp_path: Path) -> None:
    visits: list[str] = []
    with tls_server(tmp_path, visits) as url, pytest.raises(SourceUnreachable, match="is not trusted"):
        source(url, "").policy()
    assert visits == []


def test_verification_switched_off_in_qt_is_refused_all_the_same(qgis_app: QgsApplication, tmp_path: Path) -> None:
    before = QSslConfiguration.defaultConfiguration()
    lax = QSslConfiguration(before)
    lax.setPeerVerifyMode(QSslSocket.PeerVerifyMode.VerifyNone)
    QSslConfiguration.setDefaultConfiguration(lax)
    visits: list[str] = []
    try:
        with tls_server(tmp_path, visits) as url, pytest.raises(SourceUnreachable, match="is not trusted"):
            source(url, "").policy()
    finally:
        QSslConfiguration.setDefaultConfiguration(before)
    assert visits == []


def self_signed(folder: Path) -> Path:
    """A PEM file with a key and a certificate for 127.0.0.1 that no authority signed."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(encoding))
    return path
