"""A layer is read whole or not at all, whatever its server does, and never from a private network unasked."""

from __future__ import annotations

import itertools
import json
import logging
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations import contacts
from registrations.imports import guarded_server
from registrations.imports.arcgis import MOST_ROWS, read_layer
from registrations.imports.guarded_server import ServerRefused, checked_address
from registrations.imports.mapping import MappingError, parse_mapping
from registrations.imports.rows import ImportRow, ListError
from registrations.models import Registration
from tests.proof import proof_count

from .arcgis_server import feature, serving
from .factories import canary, make_agency

MAPPING = """
[source]
name = "Layer"
id = "form_no"
[position]
x = "_lon"
y = "_lat"
[contact]
name = "owner"
[registration]
consent_on = { column = "signed", format = "%m/%d/%Y" }
[camera]
retention_hours = { column = "days", factor = 24 }
"""
KOOP = os.environ.get("CAMERA_REGISTRY_TEST_KOOP", "")


@pytest.fixture(autouse=True)
def private_addresses_are_allowed(settings):
    settings.IMPORT_FROM_PRIVATE_ADDRESSES = True


@pytest.fixture
def layer():
    with serving([feature(number) for number in range(1, 1202)]) as running:
        yield running


def rows_of(url: str, mapping: str = MAPPING) -> list:
    return [row for _, row in read_layer(url).read(parse_mapping(mapping.encode()))]


def test_every_row_is_read_by_object_ids_with_dates_as_the_mapping_wants_them(layer):
    rows = rows_of(layer.url)
    assert [row.source_id for row in rows] == [str(number) for number in range(1, 1202)]
    first = rows[0]
    assert first.site.position == (24.94001, 60.17)
    assert first.consent.given_at.date().isoformat() == "2025-03-01"
    assert (first.camera.retention_hours, first.line) == (336.0, 1)
    assert {question.get("outSR") for question in layer.asked if "objectIds" in question} == {"4326"}


def test_a_server_with_a_limit_of_its_own_is_asked_again_for_the_rest(layer):
    layer.limit = 70
    assert len(rows_of(layer.url)) == 1201


def test_a_server_that_knows_no_list_of_ids_is_read_page_by_page(layer):
    layer.change = lambda question, answer: {} if "returnIdsOnly" in question else answer
    layer.limit = 500
    assert len(rows_of(layer.url)) == 1201
    offsets = [question["resultOffset"] for question in layer.asked if "resultOffset" in question]
    assert offsets == ["0", "500", "1000"]
    assert {question["orderByFields"] for question in layer.asked if "resultOffset" in question} == {"OBJECTID ASC"}


def test_a_server_that_sends_every_row_for_a_page_past_the_end_is_stopped(layer):
    def koop(question, answer):
        if "returnIdsOnly" in question:
            return {}
        if "returnCountOnly" in question:
            return {"count": 1300}
        if question.get("resultOffset", "0") != "0":
            return {**answer, "features": layer.features}
        return answer

    layer.change = koop
    with pytest.raises(ListError, match="overlap or end too early"):
        rows_of(layer.url)


def test_endless_pages_are_stopped_by_the_count(layer):
    numbers = itertools.count(1)

    def endless(question, answer):
        if "returnIdsOnly" in question:
            return {}
        if "resultOffset" in question:
            return {"features": [feature(next(numbers)) for _ in range(500)], "exceededTransferLimit": True}
        return answer

    layer.change = endless
    with pytest.raises(ListError, match="overlap or end too early"):
        rows_of(layer.url)
    assert len(layer.asked) < 8


@pytest.mark.parametrize("by_ids", [True, False])
def test_fewer_rows_than_announced_import_nothing(layer, by_ids):
    """Otherwise the rows that one answer lost would count as missing."""

    def lossy(question, answer):
        if "returnIdsOnly" in question and not by_ids:
            return {}
        if "features" in answer:
            return {**answer, "features": [each for each in answer["features"] if each["attributes"]["OBJECTID"] != 7]}
        return answer

    layer.change = lossy
    with pytest.raises(ListError, match=r"fewer rows|too early"):
        rows_of(layer.url)


def test_a_list_of_ids_that_is_shorter_than_the_count_imports_nothing(layer):
    layer.change = lambda question, answer: {"objectIds": [1, 2, 3]} if "returnIdsOnly" in question else answer
    with pytest.raises(ListError, match="fewer rows"):
        rows_of(layer.url)


@pytest.mark.parametrize(
    ("question_has", "answer", "said"),
    [
        ("", (302, {"Location": "http://127.0.0.1:9/"}, b""), "redirects elsewhere"),
        ("", (500, {}, b"secret"), "status 500"),
        ("", (200, {}, b"<html>secret"), "did not answer with JSON"),
        ("", (200, {}, b"[1]"), "not a JSON object"),
        ("", (200, {}, b"[" * 100_000), "did not answer with JSON"),
        ("", (200, {}, b'{"a": ' + b"1" * 5000 + b"}"), "did not answer with JSON"),
        ("", {"error": {"code": 499, "message": "secret Token Required"}}, "wants a token"),
        ("", {"error": {"code": 400, "message": "secret"}}, "refused with code 400"),
        ("", {"error": "secret"}, "The server refused"),
        ("", {"geometryType": "esriGeometryPolygon"}, "holds polygons, not points"),
        ("", {"geometryType": ["x"]}, "holds something else"),
        ("", {"geometryType": "esriGeometryPoint", "fields": []}, "no columns"),
        ("", {"fields": [{"name": "a", "type": "esriFieldTypeString"}]}, "no object ids"),
        ("", {"fields": [{"name": "_lon", "type": "esriFieldTypeOID"}]}, "called _lon"),
        ("", {"fields": [{"name": 1}]}, "not described as"),
        ("returnCountOnly", {"count": -1}, "how many rows"),
        ("returnCountOnly", {"count": "many"}, "how many rows"),
        ("returnCountOnly", {"count": MOST_ROWS + 1}, "more than 20,000 rows"),
        ("returnIdsOnly", {"objectIds": [1, 1]}, "not all different"),
        ("returnIdsOnly", {"objectIds": [1, "2; drop"]}, "not all different"),
        ("objectIds", {"features": None}, "holds no rows"),
        ("objectIds", {"features": [feature(1), feature(1)]}, "not all different"),
        ("objectIds", {"features": [{"attributes": {}}]}, "not all different"),
        ("objectIds", {"features": ["x"]}, "not all different"),
        ("objectIds", {"features": [], "spatialReference": {"wkid": 102100}}, "another coordinate system"),
    ],
)
def test_an_answer_in_another_shape_is_refused_in_one_sentence_that_quotes_nothing(layer, question_has, answer, said):
    layer.change = lambda question, usual: answer if question_has in "".join(question) else usual
    with pytest.raises(ListError, match=said) as caught:
        rows_of(layer.url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_is_sent_to_where_a_redirect_points(layer):
    with serving([]) as other:
        layer.change = lambda *_: (307, {"Location": other.url}, b"")
        with pytest.raises(ListError, match="redirects"):
            read_layer(layer.url, "token-of-mine")
        assert other.asked == []


def test_an_answer_without_end_and_one_that_drips_are_broken_off(layer, monkeypatch):
    monkeypatch.setattr(guarded_server, "ONE_ANSWER_BYTES", 300_000)
    layer.change = lambda *_: (200, {}, itertools.repeat(b" " * 60_000))
    with pytest.raises(ListError, match="more than a list of cameras"):
        read_layer(layer.url)

    def drip():
        while True:
            time.sleep(0.1)
            yield b" "

    monkeypatch.setattr(guarded_server, "ALL_SECONDS", 1.0)
    layer.change = lambda *_: (200, {}, drip())
    began = time.monotonic()
    with pytest.raises(ListError, match=r"takes longer|broke off"):
        read_layer(layer.url)
    assert time.monotonic() - began < 5


def test_headers_that_drip_are_broken_off_too(monkeypatch):
    monkeypatch.setattr(guarded_server, "ALL_SECONDS", 1.0)
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            while not over.wait(0.1):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    with pytest.raises(ListError, match="broke off"):
        read_layer(f"http://127.0.0.1:{listener.getsockname()[1]}/FeatureServer/0")
    assert time.monotonic() - began < 5
    over.set()
    thread.join(5)
    listener.close()


def test_rows_with_bad_values_are_refused_one_by_one():
    bad = [
        {**feature(2), "geometry": {"x": "NaN", "y": "NaN"}},
        {**feature(3), "geometry": {"x": float("nan"), "y": 60.0}},
        {**feature(4), "geometry": {"x": 60.17, "y": 124.94}},
        feature(5, signed=10**30),
        feature(6, signed="2025"),
        feature(7, days=float("inf")),
        feature(8, owner={"a": 1}),
        feature(9, form_no="1"),
        {**feature(10), "geometry": None},
    ]
    with serving([feature(1), *bad]) as running:
        rows = rows_of(running.url)
    assert [isinstance(row, ImportRow) for row in rows] == [True, *[False] * 9]
    said = [str(row) for row in rows[1:]]
    assert said[0] == said[1] == "the coordinates are not numbers"
    assert "swapped" in said[2]
    assert "consent_on: it is not a date" in said[3]
    assert "it has neither a position nor an address" in said[8]


@pytest.mark.parametrize(
    "change", [('x = "_lon"\ny = "_lat"', 'x = "_lat"\ny = "_lon"'), ("[contact]", 'crs = "EPSG:3857"\n[contact]')]
)
def test_a_mapping_that_misreads_the_degrees_is_refused(layer, change):
    with pytest.raises(MappingError, match="_lon"):
        rows_of(layer.url, MAPPING.replace(*change))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.org/arcgis/rest/services", "Give the address of one layer"),
        ("file:///etc/passwd/FeatureServer/0", "must begin with https"),
        ("https://name:word@127.0.0.1/FeatureServer/0", "no name and no password"),
        ("https://127.0.0.1/FeatureServer/0?token=x", "Give the address of one layer"),
        ("https://127.0.0.1/?x=/FeatureServer/0", "what follows the question mark"),
        ("https://127.0.0.1:99999/FeatureServer/0", "not an address"),
        ("https://[::1/FeatureServer/0", "not an address"),
        ("https:///FeatureServer/0", "must begin with https"),
        ("https://exa mple.org/FeatureServer/0", "must begin with https"),
        ("https://no-such-name.invalid/FeatureServer/0", "no server of this name"),
        (f"https://{'a' * 70}.invalid/FeatureServer/0", "no server of this name"),
    ],
)
def test_an_address_of_another_kind_is_refused_before_anything_is_sent(url, said):
    with pytest.raises(ListError, match=said):
        read_layer(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0",  # noqa: S104 - nothing is bound
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "localhost",
    ],
)  # fmt: skip
def test_private_addresses_are_not_asked_unless_the_setting_says_so(settings, address):
    settings.IMPORT_FROM_PRIVATE_ADDRESSES = False
    with pytest.raises(ServerRefused, match="private network"):
        checked_address(address, 443, True)


def test_public_addresses_are_asked_by_https_only(settings):
    settings.IMPORT_FROM_PRIVATE_ADDRESSES = False
    assert checked_address("93.184.216.34", 443, True) == "93.184.216.34"
    settings.IMPORT_FROM_PRIVATE_ADDRESSES = True
    for address in ("93.184.216.34", "10.1.2.3"):
        with pytest.raises(ServerRefused, match="must begin with https"):
            checked_address(address, 80, False)


def test_a_name_with_one_private_address_among_public_ones_is_not_asked(settings, monkeypatch):
    settings.IMPORT_FROM_PRIVATE_ADDRESSES = False
    found = [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(guarded_server.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ServerRefused, match="private network"):
        checked_address("mixed.example", 443, True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["fields", "name", "type", "count", "objectIds", "features", "attributes", "geometry", "x", "error", "code",
         "OBJECTID", "spatialReference", "wkid", "geometryType"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def test_whatever_json_a_server_answers_it_is_read_or_refused(layer):
    layer.features = layer.features[:3]
    mapping = parse_mapping(MAPPING.encode())

    @settings(max_examples=proof_count(5000, 60))
    @given(st.sampled_from(["f", "returnCountOnly", "returnIdsOnly", "objectIds"]), JSON, st.booleans())
    def check(which, value, inside):
        def change(question, answer):
            if which not in question or (which == "f" and len(question) > 1):
                return answer
            merged = {**answer, **value} if inside and isinstance(value, dict) else value
            return 200, {}, json.dumps(merged).encode()

        layer.change = change
        try:
            rows = list(read_layer(layer.url).read(mapping))
        except ListError as error:
            rows, said = [], str(error)
        else:
            said = "read."
        assert len(rows) <= 3
        assert said.endswith((".", "?"))

    check()


@pytest.mark.django_db(databases=["default", "keys"])
class TestCommand:
    @pytest.fixture(autouse=True)
    def mapping(self, tmp_path) -> Path:
        make_agency()
        path = tmp_path / "mapping.toml"
        path.write_text(MAPPING)
        return path

    def test_a_layer_is_imported_once(self, layer, mapping, capsys):
        layer.features = [*layer.features[:20], feature(21, signed=10**30)]
        call_command("import_registrations", arcgis=layer.url, mapping=mapping, agency="HEL")
        printed = capsys.readouterr().out.splitlines()
        assert printed[0].startswith("object 21: refused, consent_on")
        assert printed[1] == "20 created, 0 updated, 0 unchanged, 1 refused"
        assert contacts.read(Registration.objects.order_by("created_at")[0]).name.startswith("Owner ")
        call_command("import_registrations", arcgis=layer.url, mapping=mapping, agency="HEL")
        assert capsys.readouterr().out.splitlines()[1].startswith("0 created, 0 updated, 20 unchanged")

    def test_the_token_comes_from_the_environment_and_is_in_no_address_and_no_log(
        self, layer, mapping, capsys, caplog, monkeypatch
    ):
        caplog.set_level(logging.DEBUG)
        token = canary("token")
        monkeypatch.setenv("CAMERA_REGISTRY_ARCGIS_TOKEN", token)
        layer.features = layer.features[:2]
        call_command("import_registrations", arcgis=layer.url, mapping=mapping, agency="HEL")
        assert {question["token"] for question in layer.asked} == {token}
        layer.change = lambda *_: {"error": {"code": 498}}
        with pytest.raises(CommandError, match="does not accept this one") as caught:
            call_command("import_registrations", arcgis=layer.url, mapping=mapping, agency="HEL")
        assert token not in str(caught.value) + capsys.readouterr().out + caplog.text

    def test_a_file_and_a_layer_at_once_or_neither_is_a_mistake(self, mapping):
        for more in ({}, {"arcgis": "https://x/FeatureServer/0", "file": Path("x.csv")}):
            arguments = [more.pop("file")] if "file" in more else []
            with pytest.raises(CommandError, match="Say what to import"):
                call_command("import_registrations", *arguments, mapping=mapping, agency="HEL", **more)


@pytest.mark.skipif(not KOOP, reason="CAMERA_REGISTRY_TEST_KOOP names no FeatureServer of Koop's")
def test_a_real_feature_server_is_read_whole():
    """Koop serving GeoJSON with the columns of MAPPING, its dates as ISO texts; the number of rows in a variable."""
    rows = rows_of(KOOP)
    assert len(rows) == int(os.environ["CAMERA_REGISTRY_TEST_KOOP_ROWS"])
    assert {type(row) for row in rows} == {ImportRow}
