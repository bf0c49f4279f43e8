"""The geocoders ask as their rules demand, believe nothing that comes back, and say nothing of what was typed."""

from __future__ import annotations

import gzip
import logging
import socket
import time

import pytest
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured

from config import geocoder_settings
from registrations import geocoders, outside, turns
from registrations.address_search import SearchUnavailable, find, receivers
from registrations.geocoders import CensusGeocoder, NominatimGeocoder

from .factories import canary, make_agency
from .geocoder_server import census_reply, geocoder_server, nominatim_reply

pytestmark = pytest.mark.django_db
NEAR = (24.9399, 60.1702)
SILENT = "does not answer at the moment"
BUSY = "Too many people"


@pytest.fixture
def agency():
    return make_agency()


@pytest.fixture
def server(settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with geocoder_server() as running:
        settings.GEOCODER_URL = running.url
        yield running


def test_the_census_bureau_is_asked_in_one_line_and_its_matches_are_offered(agency, server):
    server.answers(census_reply(("12 MAIN ST, SPRINGFIELD, XX, 00000", *NEAR)))
    (place,) = CensusGeocoder().search(agency, "12 Main St, Springfield")
    assert (place.label, place.position) == ("12 MAIN ST, SPRINGFIELD, XX, 00000", NEAR)
    assert place.source == "the US Census Bureau"
    ((path, query, headers),) = server.asked
    assert path == "/geocoder/locations/onelineaddress"
    assert query == {"address": "12 Main St, Springfield", "benchmark": "Public_AR_Current", "format": "json"}
    assert not {"Cookie", "Referer", "Authorization"} & set(headers)


def test_nominatim_is_asked_around_the_agency_by_a_program_with_a_name(agency, server, settings):
    settings.PUBLIC_URL = "https://cameras.example.org"
    server.answers(nominatim_reply(("12, Main Street, Springfield", str(NEAR[0]), str(NEAR[1]))))
    (place,) = NominatimGeocoder().search(agency, "12 Main St")
    assert (place.label, place.position) == ("12, Main Street, Springfield", NEAR)
    assert place.source == "© OpenStreetMap contributors"
    assert place.credit_url == "https://www.openstreetmap.org/copyright"
    ((path, query, headers),) = server.asked
    assert path == "/search"
    assert (query["q"], query["format"], query["limit"], query["bounded"]) == ("12 Main St", "jsonv2", "8", "1")
    west, north, east, south = (float(part) for part in query["viewbox"].split(","))
    assert west < NEAR[0] < east
    assert south < NEAR[1] < north
    assert headers["User-Agent"] == "CameraRegistry/1 (https://cameras.example.org)"


def test_at_most_eight_places_are_shown_and_none_twice_as_far_as_the_neighbourhood(agency, server):
    many = [(f"{number} Main Street", str(NEAR[0]), str(NEAR[1])) for number in range(30)]
    server.answers(nominatim_reply(*many))
    assert len(NominatimGeocoder().search(agency, "Main Street")) == 8
    server.answers(nominatim_reply(("far", "24.9", "65.6"), ("other side of the world", "-155.0", "-60.1")))
    assert NominatimGeocoder().search(agency, "Main Street") == []


def test_lon_and_lat_swapped_set_no_pin(agency, server):
    server.answers(census_reply(("swapped", NEAR[1], NEAR[0])))
    assert CensusGeocoder().search(agency, "12 Main St") == []


def test_a_label_is_shown_without_what_could_mislead(agency, server):
    label = "12\x00 Main\u202e St\n<b>Springfield</b>\ud800\u200b" + "x" * 5000
    server.answers(nominatim_reply((label, str(NEAR[0]), str(NEAR[1])), ("\u202e\x00", *map(str, NEAR))))
    (place,) = NominatimGeocoder().search(agency, "12 Main St")
    assert place.label.startswith("12 Main St <b>Springfield</b>xxx")
    assert len(place.label) == 200


def sends(body: bytes, **options):
    return lambda handler: handler.send_bytes(body, **options)


def raw(body: str):
    return sends(body.encode())


GOOD = b'{"result": {"addressMatches": []}}'
FAULTS = {
    "500": (sends(GOOD, status=500), SILENT),
    "403": (sends(GOOD, status=403), SILENT),
    "429": (sends(GOOD, status=429), BUSY),
    "503": (sends(GOOD, status=503), BUSY),
    "204": (sends(b"", status=204), SILENT),
    "html": (sends(b"<html>Sign in to the guest network</html>", kind="text/html"), SILENT),
    "json that says it is html": (sends(GOOD, kind="text/html"), SILENT),
    "html that says it is json": (raw("<html>"), SILENT),
    "no kind": (sends(GOOD, kind=""), SILENT),
    "empty": (raw(""), SILENT),
    "huge": (sends(GOOD + b" " * 300_000), SILENT),
    "compressed": (sends(gzip.compress(GOOD), Content_Encoding="gzip"), SILENT),
    "a bomb": (sends(gzip.compress(GOOD + b" " * 50_000_000), Content_Encoding="gzip"), SILENT),
    "not utf-8": (sends(b'"\xff\xfe"'), SILENT),
    "deep": (raw("[" * 100_000), SILENT),
    "long number": (raw("9" * 100_000), SILENT),
    "NaN": (
        raw('{"result": {"addressMatches": [{"coordinates": {"x": NaN, "y": 60.1}, "matchedAddress": "a"}]}}'),
        SILENT,
    ),
    "Infinity": (
        raw('{"result": {"addressMatches": [{"coordinates": {"x": 1e999, "y": 6}, "matchedAddress": "a"}]}}'),
        SILENT,
    ),
    "0, 0": (raw('{"result": {"addressMatches": [{"coordinates": {"x": 0, "y": 0}, "matchedAddress": "a"}]}}'), SILENT),
    "out of the world": (
        raw('{"result": {"addressMatches": [{"coordinates": {"x": 24, "y": 600}, "matchedAddress": "a"}]}}'),
        SILENT,
    ),
    "text for a number": (
        raw('{"result": {"addressMatches": [{"coordinates": {"x": "24", "y": 60}, "matchedAddress": "a"}]}}'),
        SILENT,
    ),
    "yes for a number": (
        raw('{"result": {"addressMatches": [{"coordinates": {"x": true, "y": 60}, "matchedAddress": "a"}]}}'),
        SILENT,
    ),
    "no label": (
        raw('{"result": {"addressMatches": [{"coordinates": {"x": 24.9, "y": 60.1}, "matchedAddress": null}]}}'),
        SILENT,
    ),
    "no coordinates": (raw('{"result": {"addressMatches": [{"matchedAddress": "a"}]}}'), SILENT),
    "a list": (raw("[]"), SILENT),
    "a number": (raw("1"), SILENT),
    "null": (raw("null"), SILENT),
    "an error in json": (raw('{"errors": ["Address cannot be empty"], "status": "400"}'), SILENT),
    "cut short": (sends(GOOD, Content_Length="5000"), SILENT),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_reply_is_refused_in_plain_words(agency, server, fault):
    server.answer, said = FAULTS[fault]
    with pytest.raises(SearchUnavailable, match=said):
        CensusGeocoder().search(agency, "12 Main St")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_to_anybody(agency, server, status):
    with geocoder_server() as other:
        other.answers(census_reply(("12 MAIN ST", *NEAR)))
        server.answer = sends(b"", status=status, Location=f"{other.url}/geocoder/locations/onelineaddress?address=x")
        with pytest.raises(SearchUnavailable, match=SILENT):
            CensusGeocoder().search(agency, "12 Main St")
        assert other.asked == []


@pytest.mark.parametrize("when", ["before the reply", "within the headers", "within the body"])
def test_a_reply_that_never_ends_is_given_up_in_time(agency, server, monkeypatch, when):
    monkeypatch.setattr(outside, "SECONDS_IN_ALL", 0.6)

    def drip(handler):
        if when == "within the body":
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.end_headers()
        elif when == "within the headers":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not handler.server.over.wait(0.05):
            if when != "before the reply":
                handler.wfile.write(b" ")

    server.answer = drip
    started = time.monotonic()
    with pytest.raises(SearchUnavailable, match=SILENT):
        CensusGeocoder().search(agency, "12 Main St")
    assert time.monotonic() - started < 3


def test_servers_that_never_answer_hold_four_threads_and_the_next_is_told_to_wait(agency, server, monkeypatch):
    monkeypatch.setattr(outside, "SECONDS_IN_ALL", 0.2)
    server.answer = lambda handler: handler.server.over.wait()
    for _ in range(4):
        with pytest.raises(SearchUnavailable, match=SILENT):
            CensusGeocoder().search(agency, "12 Main St")
    with pytest.raises(SearchUnavailable, match=BUSY):
        CensusGeocoder().search(agency, "12 Main St")
    server.over.set()
    deadline = time.monotonic() + 10
    while outside._slots._value < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    server.answers(census_reply(("12 MAIN ST", *NEAR)))
    monkeypatch.setattr(outside, "SECONDS_IN_ALL", 10.0)
    assert CensusGeocoder().search(agency, "12 Main St")


def test_a_server_that_is_not_there_or_hangs_up_is_an_answer_too(agency, server, settings):
    server.answer = lambda handler: handler.connection.close()
    with pytest.raises(SearchUnavailable, match=SILENT):
        CensusGeocoder().search(agency, "12 Main St")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.GEOCODER_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(SearchUnavailable, match=SILENT):
            CensusGeocoder().search(agency, "12 Main St")


def test_nothing_of_the_address_is_logged_or_kept_in_an_error_even_at_the_finest_level(agency, server, capfd, settings):
    address = canary("Secret Street ")
    seen: list[str] = []
    handler = logging.Handler(level=0)
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        logging.getLogger("a.witness").debug("the log is read")
        for answer, _said in FAULTS.values():
            server.answer = answer
            with pytest.raises(SearchUnavailable) as caught:
                CensusGeocoder().search(agency, address)
            assert address not in str(caught.value)
        settings.GEOCODER_URL = "http://127.0.0.1:1"
        with pytest.raises(SearchUnavailable) as caught:
            CensusGeocoder().search(agency, address)
        chain: list[BaseException] = [caught.value]
        while chain[-1].__context__ is not None:
            chain.append(chain[-1].__context__)
        assert address.replace(" ", "+") not in repr(chain)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    written = "".join(seen) + "".join(capfd.readouterr())
    assert "the log is read" in written
    assert "Secret" not in written


def test_no_password_of_a_netrc_file_is_sent(agency, server, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers(census_reply())
    assert CensusGeocoder().search(agency, "12 Main St") == []
    assert "Authorization" not in server.asked[0][2]


def test_the_public_nominatim_is_asked_once_a_second_and_ones_own_without_a_wait(
    agency, server, settings, monkeypatch, tmp_path
):
    settings.VAR_DIR = tmp_path
    taken: list[float] = []
    monkeypatch.setattr(turns.time, "sleep", taken.append)
    NominatimGeocoder().search(agency, "12 Main St")
    assert taken == []
    monkeypatch.setattr(geocoders, "_PUBLIC_NOMINATIM", server.url.removeprefix("http://"))
    for _ in range(4):
        NominatimGeocoder().search(agency, "12 Main St")
    assert [round(seconds) for seconds in taken] == [0, 1, 2, 3]
    with pytest.raises(SearchUnavailable, match=BUSY):
        NominatimGeocoder().search(agency, "12 Main St")
    assert len(server.asked) == 5


@pytest.mark.parametrize("left", ["", "x", "nan", "99999999999", "-5"])
def test_a_damaged_note_of_the_last_turn_stops_nobody(tmp_path, left):
    path = tmp_path / "turn"
    path.write_text(left)
    started = time.monotonic()
    turns.wait_for_turn(path, 0.2)
    turns.wait_for_turn(path, 0.2)
    assert 0.15 < time.monotonic() - started < 2


def test_no_geocoder_is_on_unless_the_environment_names_one(settings):
    assert configured.ADDRESS_SEARCHES == ["disclosure.address_search.RegisterSearch"]
    assert geocoder_settings.address_searches({}) == (["disclosure.address_search.RegisterSearch"], "")
    assert receivers() == []
    for name, words in {"census": "the US Census Bureau (", "nominatim": "the OpenStreetMap Foundation ("}.items():
        found = geocoder_settings.address_searches({"CAMERA_REGISTRY_GEOCODER": name})
        settings.ADDRESS_SEARCHES, settings.GEOCODER_URL = found
        assert found[0][0] == "disclosure.address_search.RegisterSearch"
        assert receivers()[0].startswith(words)
    own = {
        "CAMERA_REGISTRY_GEOCODER": "nominatim",
        "CAMERA_REGISTRY_GEOCODER_URL": "https://maps.example.org/nominatim/",
    }
    settings.ADDRESS_SEARCHES, settings.GEOCODER_URL = geocoder_settings.address_searches(own)
    assert settings.GEOCODER_URL == "https://maps.example.org/nominatim"
    assert receivers() == ["the server maps.example.org"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("google", ""),
        ("", "https://maps.example.org"),
        ("census", "http://maps.example.org"),
        ("census", "maps.example.org"),
        ("census", "https://"),
        ("census", "https://user:password@maps.example.org"),
        ("census", "https://maps.example.org?key=1"),
        ("census", "https://maps.example.org:99999"),
        ("census", "https://[maps"),
        ("census", "file:///etc/passwd"),
    ],
)
def test_a_setting_that_would_have_to_be_guessed_is_refused(name, address):
    environment = {"CAMERA_REGISTRY_GEOCODER": name, "CAMERA_REGISTRY_GEOCODER_URL": address}
    with pytest.raises(ImproperlyConfigured, match="CAMERA_REGISTRY_GEOCODER"):
        geocoder_settings.address_searches(environment)


def test_the_first_search_that_finds_something_is_believed(agency, server, settings):
    settings.ADDRESS_SEARCHES = ["registrations.geocoders.NominatimGeocoder", "registrations.geocoders.CensusGeocoder"]
    server.answers([])
    with pytest.raises(SearchUnavailable):  # Nominatim found nothing, and this is no reply of the other
        find(agency, "12 Main St")
    server.answers(nominatim_reply(("12, Main Street", *map(str, NEAR))))
    assert [place.label for place in find(agency, "12 Main St")] == ["12, Main Street"]
    assert [path for path, _query, _headers in server.asked][-1] == "/search"
