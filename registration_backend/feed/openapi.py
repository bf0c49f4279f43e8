"""Describes the feed as OpenAPI 3.0, which is where QGIS and GDAL read the page sizes and parameters."""

from __future__ import annotations

from typing import Any

from disclosure.generalise import CELL_SIZES_M
from disclosure.redaction import COARSE_PREMISES
from feed.parameters import DEFAULT_LIMIT, HIGHEST_LIMIT
from feed.replies import GEOJSON, JSON
from registrations.enumerations import (
    AreaViewed,
    CameraType,
    Mount,
    PositionSource,
    Premises,
    Recording,
    Resolution,
    YesNoUnknown,
)

Schema = dict[str, Any]
_COLLECTION = "/ogc/collections/cameras"


def api_document(title: str, server: str) -> Schema:
    """Return the OpenAPI 3.0 document; `server` is the absolute address of the backend."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": "Cameras that their owners registered voluntarily, redacted for the reader's role.",
        },
        "servers": [{"url": server.rstrip("/")}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "user: token, password: the token"},
            },
            "parameters": _parameters(),
            "schemas": _schemas(),
            "responses": {
                "Error": {
                    "description": "What is wrong, as a code for programs and a sentence for people",
                    "content": {JSON: {"schema": {"$ref": "#/components/schemas/error"}}},
                }
            },
        },
    }


def _paths() -> Schema:
    items = ("bbox", "datetime", "limit", "after")
    return {
        "/ogc/": _get("The landing page", JSON, "object", public=True),
        "/ogc/conformance": _get("The conformance classes", JSON, "object", public=True),
        "/ogc/collections": _get("The collections", JSON, "object"),
        _COLLECTION: _get("The collection of cameras", JSON, "object"),
        f"{_COLLECTION}/items": _get("Cameras", GEOJSON, "cameras", *items),
        f"{_COLLECTION}/items/{{featureId}}": _get("One camera", GEOJSON, "camera", "featureId"),
        f"{_COLLECTION}/changes": _get("What changed since a cursor", GEOJSON, "changes", "since", "limit"),
        "/registry/policy": _get("What the reader may see and keep", JSON, "object"),
    }


def _get(summary: str, content_type: str, schema: str, *parameters: str, public: bool = False) -> Schema:
    shape = {"type": "object"} if schema == "object" else {"$ref": f"#/components/schemas/{schema}"}
    operation: Schema = {
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in parameters],
        "responses": {
            "200": {"description": summary, "content": {content_type: {"schema": shape}}},
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
    if public:
        operation["security"] = []
    return {"get": operation}


def _parameters() -> Schema:
    numbers = {"type": "array", "items": {"type": "number"}, "oneOf": [_length(4), _length(6)]}
    limit = {"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": DEFAULT_LIMIT}
    text = {"type": "string"}
    return {
        "bbox": _query("bbox", "West, south, east, north in degrees", numbers),
        "datetime": _query("datetime", "An instant, or an interval with a slash, of updated_on", text),
        "limit": _query("limit", "The most features of one page", limit),
        "after": _query("after", "Where the page begins, from a next link", text),
        "since": _query("since", "The cursor of the last page that was read", text),
        "featureId": {
            "name": "featureId",
            "in": "path",
            "required": True,
            "description": "The camera_id",
            "schema": {"type": "string", "format": "uuid"},
        },
    }


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _length(number: int) -> Schema:
    return {"minItems": number, "maxItems": number}


def _schemas() -> Schema:
    features = {"type": "array", "items": {"$ref": "#/components/schemas/camera"}}
    page = {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": features,
        "numberReturned": {"type": "integer", "minimum": 0},
        "links": {"type": "array", "items": {"type": "object"}},
    }
    identifiers = {"type": "array", "items": {"type": "string", "format": "uuid"}}
    changes = {
        "withdrawn": identifiers,
        "cursor": {"type": "string"},
        "more": {"type": "boolean"},
        "count": {"type": "integer", "minimum": 0, "description": "Cameras the reader holds; on the last page"},
        "digest": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "Their sum; on the last page"},
    }
    return {
        "error": _object({"code": {"type": "string"}, "description": {"type": "string"}}, "code"),
        "camera": _camera(),
        "cameras": _object(
            {**page, "numberMatched": {"type": "integer", "minimum": 0}}, "type", "features", "numberReturned", "links"
        ),
        "changes": _object({**page, **changes}, "type", "features", "withdrawn", "cursor", "more"),
    }


def _camera() -> Schema:
    point = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return _object(
        {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string", "format": "uuid"},
            "geometry": _object({"type": {"type": "string", "enum": ["Point"]}, "coordinates": point}, "coordinates"),
            "properties": _object(_properties()),
            "row_version": {"type": "integer", "minimum": 1},
        },
        "type",
        "id",
        "geometry",
        "properties",
        "row_version",
    )


def _properties() -> Schema:
    identifier = {"type": "string", "format": "uuid"}
    number = {"type": "number", "minimum": 0, "nullable": True}
    day = {"type": "string", "format": "date"}
    return {
        "camera_id": identifier,
        "registration_id": identifier,
        "agency": {"type": "string", "pattern": "^[A-Z0-9_-]{2,16}$"},
        "premises": _codes(*Premises.values, *COARSE_PREMISES),
        "mount": {**_codes(*Mount.values, None), "nullable": True},
        "camera_type": {**_codes(*CameraType.values, None), "nullable": True},
        "area_viewed": {"type": "array", "items": _codes(*AreaViewed.values)},
        "direction_deg": {**number, "maximum": 360},
        "field_of_view_deg": {**number, "maximum": 360},
        "range_m": number,
        "retention_hours": number,
        "recording": _codes(*Recording.values),
        "resolution": _codes(*Resolution.values),
        "night_vision": _codes(*YesNoUnknown.values),
        "audio": _codes(*YesNoUnknown.values),
        "position_source": {**_codes(*PositionSource.values, None), "nullable": True},
        "position_precision_m": {"type": "integer", "enum": [0, *CELL_SIZES_M]},
        "confirmed_on": {**day, "nullable": True},
        "updated_on": day,
    }


def _codes(*codes: str | None) -> Schema:
    return {"type": "string", "enum": list(codes)}


def _object(properties: Schema, *required: str) -> Schema:
    shape: Schema = {"type": "object", "properties": properties}
    return {**shape, "required": list(required)} if required else shape
