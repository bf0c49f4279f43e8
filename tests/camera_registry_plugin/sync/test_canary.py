"""What a source sends beyond the allow-list never reaches a disk, a log or an error; nor does what was withdrawn."""

from __future__ import annotations

import base64
import logging
import struct
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from camera_registry_plugin.registry.errors import RegistryError
from camera_registry_plugin.sync.pull import pull
from camera_registry_plugin.sync.snapshot import SnapshotFolder
from camera_registry_plugin.sync.sources.registration_backend import RegistrationBackend
from tests.camera_registry_plugin.sync.registry_server import RegistryServer, as_json

MakeSource = Callable[..., RegistrationBackend]
NAME, PHONE, STREET = "Kanarialintu Tweetinen", "+358 40 555 0199", "Häkkikuja 13 B 7"


def forms(text: str) -> set[bytes]:
    """A text in the encodings in which it could lie somewhere."""
    plain = text.encode()
    return {
        plain,
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        text.encode("latin-1"),
        base64.b64encode(plain).rstrip(b"=")[:-1],
        quote(text).encode(),
        text.encode("ascii", "backslashreplace"),
    }


def found_below(root: Path, needles: set[bytes]) -> list[tuple[str, bytes]]:
    """Which of the needles lie in which file below a folder."""
    files = [(path.name, path.read_bytes()) for path in root.rglob("*") if path.is_file()]
    assert files
    return [(name, needle) for name, data in files for needle in needles if needle in data]


def test_contact_values_reach_no_file_no_log_and_no_error(
    server: RegistryServer,
    make_source: MakeSource,
    folder: SnapshotFolder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    ids = list(server.registry.rows)
    server.registry.put(ids[0], name=NAME, phone=PHONE, contact={"street": STREET})
    server.registry.put(ids[1], mount=NAME)
    server.registry.put(ids[2], area_viewed=[PHONE])
    server.registry.put(ids[3], confirmed_on=STREET)
    server.registry.put(ids[4], agency=NAME, registration_id=PHONE)
    server.registry.rows[ids[5]][1][NAME] = PHONE
    server.registry.rows[ids[6]][1]["geometry"]["name"] = STREET
    server.registry.put(NAME)
    server.registry.policy.update(not_published={STREET: 3}, note=NAME, owner={"phone": PHONE})
    report = pull(make_source(), folder)
    assert report.refused == sorted(ids[1:5])
    assert report.refused_count == 5
    needles = forms(NAME) | forms(PHONE) | forms(STREET)
    assert found_below(tmp_path, needles) == []
    texts = [caplog.text, repr(report)]
    for status, body in (
        (400, {"code": "x", "description": NAME}),
        (500, {"code": NAME}),
        (403, {"description": PHONE}),
    ):
        server.always = lambda _request, _answer, status=status, body=body: as_json(status, body)
        with pytest.raises(RegistryError) as caught:
            pull(make_source(), folder)
        texts += [caught.value.message, caught.value.details, repr(caught.value), str(caught.value.__cause__)]
    for text in (NAME, PHONE, STREET, server.token):
        assert [shown for shown in texts if text in shown] == []


def position_forms(lon: float, lat: float) -> set[bytes]:
    """A position as it could lie in a GeoPackage: the doubles of its geometry or extent, the floats of its R-tree."""
    return {
        struct.pack("<dd", lon, lat),
        struct.pack("<d", lon),
        struct.pack(">d", lon),
        struct.pack("<d", lat),
        struct.pack(">d", lat),
        struct.pack(">f", lon),
        struct.pack(">f", lat),
    }


def test_withdrawn_and_moved_cameras_leave_no_trace_in_any_file(
    server: RegistryServer, make_source: MakeSource, folder: SnapshotFolder
) -> None:
    ids = list(server.registry.rows)
    for number, camera_id in enumerate(ids[:10]):
        server.registry.put(camera_id, coordinates=[5.1234567 + number, 40.7654321 + number])
    first = pull(make_source(), folder).snapshot.path
    gone = position_forms(5.1234567, 40.7654321) | {ids[0].encode()}
    assert len(found_below(folder.path, gone)) >= len(gone) - 2  # the scan finds what is there
    for camera_id in ids[:5]:
        server.registry.withdraw(camera_id)
    for camera_id in ids[5:10]:
        server.registry.put(camera_id, coordinates=[24.0, 60.0])
    pull(make_source(), folder)
    assert not first.exists()
    for number in range(10):
        assert found_below(folder.path, position_forms(5.1234567 + number, 40.7654321 + number)) == []
    assert found_below(folder.path, {camera_id.encode() for camera_id in ids[:5]}) == []
