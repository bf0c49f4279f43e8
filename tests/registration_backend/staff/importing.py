"""Goes through the pages of the import as a browser does, and reads what they say."""

from __future__ import annotations

import html
import re

from django.core.files.uploadedfile import SimpleUploadedFile

from registrations.models import Agency

START, STEP = "/staff/import/", "/staff/import/step/"
HEADER = "Form no,Owner,Telephone,E-mail,Street address,Lat,Lon,Kind of place,Signed on,Days kept,Faces,Notes"
ROW = "1,Shop,555 0100,shop@example.org,Example street 1,60.17,24.94,Shop,2025-03-01,14,NW,ring twice"
TOML = b'[source]\nname = "L"\nid = "Form no"\n[position]\nx = "Lon"\ny = "Lat"\n[contact]\nname = "Owner"\n'


def text_of(response) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def changed(**cells: str) -> str:
    """Return the good row with some cells replaced; keys are columns with "_" for a space."""
    values = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
    return ",".join({**values, **{key.replace("_", " "): value for key, value in cells.items()}}.values())


def ticket_in(page: str) -> dict[str, str]:
    return {name: html.unescape(re.search(rf'name="{name}" value="([^"]+)"', page)[1]) for name in ("held", "key")}


def selected_in(page: str) -> dict[str, str]:
    """Return what a browser would send of the columns' form."""
    sent = {}
    for name, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = html.unescape(found[1])
    for name, value in re.findall(r'<input type="text" name="(\w+)" value="([^"]*)"', page):
        sent[name] = html.unescape(value)
    return sent


def counts_in(page: str) -> list[int]:
    """Return created, updated, unchanged, refused, missing."""
    return [int(number) for number in re.findall(r"<dd>(\d+)</dd>", page)]


class Importer:
    """Goes through the pages as a browser does; `page` is the last one."""

    def __init__(self, client) -> None:
        self.client, self.page = client, ""

    def upload(self, *rows: str, header: str = HEADER, content: bytes | None = None, mapping: bytes | None = None):
        content = "\n".join([header, *rows, ""]).encode() if content is None else content
        sent = {"agency": str(agency_pk()), "list_file": SimpleUploadedFile("List.csv", content)}
        if mapping is not None:
            sent["mapping_file"] = SimpleUploadedFile("m.toml", mapping)
        return self._sent(self.client.post(START, sent))

    def act(self, action: str, **values: str) -> str:
        return self._sent(self.client.post(STEP, {**ticket_in(self.page), "action": action, **values}))

    def preview(self, *rows: str, header: str = HEADER, **values: str) -> str:
        page = self.upload(*rows, header=header)
        return self.act("explain", **{**selected_in(page), **values})

    def _sent(self, response) -> str:
        assert response.status_code == 200, response.status_code
        assert "no-store" in response["Cache-Control"]
        self.page = text_of(response)
        return self.page


def agency_pk() -> int:
    return Agency.objects.get(code="HEL").pk
