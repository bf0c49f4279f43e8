"""Serves one layer on 127.0.0.1 in the shapes that ArcGIS documents, with the faults that a test asks for."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

FIELDS = {
    "OBJECTID": "esriFieldTypeOID",
    "form_no": "esriFieldTypeString",
    "owner": "esriFieldTypeString",
    "signed": "esriFieldTypeDate",
    "days": "esriFieldTypeDouble",
}
Answer = dict[str, Any]


def feature(number: int, **attributes: object) -> Answer:
    """Return one row; 2025-03-01 was 1,740,787,200,000 ms after the epoch."""
    given = {"form_no": str(number), "owner": f"Owner {number}", "signed": 1740787200000, "days": 14.0, **attributes}
    point = {"x": 24.94 + number / 1e5, "y": 60.17}
    return {"attributes": {"OBJECTID": number, **given}, "geometry": point}


class LayerServer:
    """Answers as a server with `features`; `change` may replace any answer, and sees the question in clear."""

    def __init__(self, features: list[Answer]) -> None:
        self.features = features
        self.limit = 1000
        self.asked: list[dict[str, str]] = []
        self.change: Callable[[dict[str, str], Answer], Any] = lambda _question, answer: answer
        self.url = ""

    def answer(self, path: str, question: dict[str, str]) -> Any:
        self.asked.append(question)
        return self.change(question, self._answer(path, question))

    def _answer(self, path: str, question: dict[str, str]) -> Answer:
        if not path.endswith("/query"):
            fields = [{"name": name, "type": type_, "alias": name} for name, type_ in FIELDS.items()]
            return {"type": "Feature Layer", "geometryType": "esriGeometryPoint", "fields": fields}
        if "returnCountOnly" in question:
            return {"count": len(self.features)}
        if "returnIdsOnly" in question:
            ids = [each["attributes"]["OBJECTID"] for each in self.features]
            return {"objectIdFieldName": "OBJECTID", "objectIds": ids}
        found = self.features
        if "objectIds" in question:
            wanted = set(map(int, question["objectIds"].split(",")))
            found = [each for each in found if each["attributes"]["OBJECTID"] in wanted]
        else:
            found = found[int(question["resultOffset"]) :]
        shown = found[: self.limit]
        more = len(found) > len(shown)
        return {"spatialReference": {"wkid": 4326}, "features": shown, "exceededTransferLimit": more}


@contextlib.contextmanager
def serving(features: list[Answer]) -> Iterator[LayerServer]:
    """Serve the layer; an answer that is no dict is sent as it is: (status, headers, bytes)."""
    layer = LayerServer(features)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = layer.answer(self.path, dict(parse_qsl(body)))
            if isinstance(answer, dict):
                answer = 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()
            status, headers, content = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # the reader had enough
                for piece in [content] if isinstance(content, bytes) else content:
                    self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    layer.url = f"http://127.0.0.1:{server.server_port}/arcgis/rest/services/Cameras/FeatureServer/0"
    try:
        yield layer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
