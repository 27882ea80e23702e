"""The JSON Schema of the record."""

from __future__ import annotations

from typing import get_args

import attrs

from broadcast_core.jsontext import Json, dumps, loads
from broadcast_core.record import generation as record
from broadcast_core.record.codec.forms import DECIMAL
from broadcast_core.record.generation import Generation


def json_schema() -> dict[str, Json]:
    """Return the JSON Schema (2020-12) of the record; needs msgspec, from the `cli` extra."""
    from msgspec.json import schema_components

    (_, components) = schema_components([Generation], ref_template="#/$defs/{name}")
    for name, component in components.items():
        _describe(component, getattr(record, name))
    schema: dict[str, Json] = loads(
        dumps(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "Generation",
                "$ref": "#/$defs/Generation",
                "$defs": dict(sorted(components.items())),
            }
        )
    )
    return schema


def _describe(component: dict[str, Json], cls: type) -> None:
    """Give a component what msgspec cannot know: how our codec writes numbers, and the privacy class."""
    component["description"] = (cls.__doc__ or "").split("\n")[0]
    for field in attrs.fields(attrs.resolve_types(cls)):
        schema = component["properties"][field.name]
        kinds = (field.type, *get_args(field.type))
        for option in schema.get("anyOf", [schema]):
            if record.Count in kinds and option.get("type") == "integer":
                option["minimum"] = 0
            if record.Money in kinds and option.get("type") == "string":
                option["pattern"] = f"^{DECIMAL.pattern}$"
            if record.Instant in kinds and option.get("type") == "string":
                option["format"] = "date-time"
        schema["x-privacy"] = field.metadata["privacy"]
