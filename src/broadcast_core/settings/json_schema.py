"""The JSON Schema of a document of settings, made from what destinations declare.

It knows each name, kind and choice, and no more: that names of routes differ, that a regular expression is
one, or what options need of each other, `load` alone tells. Secrets have no place in it, as in settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import attrs
from attrs import Attribute

from broadcast_core.destinations.config import REQUIRED, default_of, kind_of, may_be_null, options_of
from broadcast_core.destinations.contract import Destination
from broadcast_core.destinations.description import Description, description_of
from broadcast_core.destinations.kinds import LIST, TABLE, TEXTS_BY_NAME, TUPLE
from broadcast_core.jsontext import Json
from broadcast_core.policy import Policy
from broadcast_core.policy.checks.filters import Logic, NumberField, TextField
from broadcast_core.policy.checks.operators import NUMBER_OPERATORS, PRESENCE_OPERATORS, TEXT_OPERATORS
from broadcast_core.policy.checks.sampling import LEAST_RATE, MOST_RATE
from broadcast_core.policy.redaction.users import UserIdentity
from broadcast_core.settings.delivery import RANGES, DeliveryOptions
from broadcast_core.settings.loading import APPS
from broadcast_core.settings.policies import MEANINGS, SWITCHES

Schema = dict[str, Json]
_NOT_BLANK = r"\S"
_TEXTS: Schema = {"type": "array", "items": {"type": "string", "pattern": _NOT_BLANK}}
_KINDS: dict[Any, Schema] = {
    str: {"type": "string", "pattern": _NOT_BLANK},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
    LIST: _TEXTS,
    TUPLE: _TEXTS,
    TABLE: {"type": "object"},
    TEXTS_BY_NAME: {"type": "object", "additionalProperties": {"type": "string"}},
}


def settings_schema(destinations: Iterable[Destination]) -> Schema:
    """Return the JSON Schema (2020-12) of a document `{"routes": [...]}` into some destinations."""
    described = {one.name: description_of(one) for one in sorted(destinations, key=lambda one: one.name)}
    route = {
        **_object(_route_properties(list(described)), ["name", "destination"]),
        "allOf": [_of_destination(name, one) for name, one in described.items()],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings",
        "description": "Routes, each one configured destination with its policy; secrets are given beside.",
        **_object(
            {
                "routes": {"type": "array", "items": {"$ref": "#/$defs/route"}},
                **{name: {"type": "object"} for name in APPS},
            },
            ["routes"],
        ),
        "$defs": {"route": route, "filter_rules": _filter_rules()},
    }


def _route_properties(names: list[str]) -> Schema:
    hashes: Schema = {"type": "string", "pattern": _NOT_BLANK}
    header: Schema = {"type": "string", "pattern": r"^(?=.*[0-9A-Za-z])[!#$%&'*+.^_`|~0-9A-Za-z-]+$"}
    nullable = ["array", "null"]
    properties: Schema = {
        "name": {**_KINDS[str], "description": "Tells routes apart."},
        "destination": {"enum": names, "description": "The plugin."},
        "options": {"type": ["object", "null"], "description": "The options of the destination."},
        "headers": {
            "type": nullable,
            "items": header,
            "uniqueItems": True,
            "description": "Names of headers of your own; their values are secrets.",
        },
        "delivery": _delivery(),
        **{name: {"type": "boolean"} for name in SWITCHES},
        "api_key_hashes": {"type": nullable, "items": hashes, "minItems": 1},
        "excluded_api_key_hashes": {"type": nullable, "items": hashes},
        "sampling_rate": {"type": "number", "minimum": float(LEAST_RATE), "maximum": int(MOST_RATE)},
        "user_identity": {"enum": list(get_args(UserIdentity))},
        "filter_rules": {"anyOf": [{"$ref": "#/$defs/filter_rules"}, {"type": "null"}]},
    }
    described = {name: {"description": what} for name, what in MEANINGS.items()}
    return {
        name: {**schema, **described.get(name, {}), **_default(Policy(), name)}
        for name, schema in properties.items()
    }


def _default(policy: Policy, name: str) -> Schema:
    """Return the default of a setting of a policy as a part of its schema; nothing where JSON has none."""
    value: object = getattr(policy, name, None)
    if isinstance(value, Decimal):
        return {"default": int(value) if value == int(value) else float(value)}
    return {"default": value} if isinstance(value, bool | str) else {}


def _of_destination(name: str, description: Description) -> Schema:
    """Return what holds of routes into one destination: its options, and its default policy."""
    usual = Policy()
    names = [field.name for field in attrs.fields(Policy)]
    defaults = {one: _default(description.policy, one) for one in names}
    differing = {one: schema for one, schema in defaults.items() if schema != _default(usual, one)}
    options = _options(description)
    then: Schema = {"properties": {"options": options, **differing}}
    return {
        "if": {"properties": {"destination": {"const": name}}, "required": ["destination"]},
        "then": {**then, "required": ["options"]} if "required" in options else then,
    }


def _options(description: Description) -> Schema:
    options = options_of(description.config)
    required = [name for name, field in options.items() if field.default is REQUIRED]
    schema = _object({name: _option(field) for name, field in options.items()}, required)
    return schema if required else {**schema, "type": ["object", "null"]}


def _option(field: Attribute[Any]) -> Schema:
    """Return the schema of an option: its kind, what it does, its default."""
    schema: Schema = {**_kind(field), "description": field.metadata["help"]}
    return schema if field.default is REQUIRED else {**schema, "default": _as_json(default_of(field))}


def _kind(field: Attribute[Any]) -> Schema:
    kind, null = kind_of(field), may_be_null(field)
    if get_origin(kind) is Literal:
        return {"enum": [*get_args(kind), *([None] if null else [])]}
    schema = _KINDS[kind]
    return {**schema, "type": [schema["type"], "null"]} if null else schema


def _as_json(value: Any) -> Json:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    return {name: _as_json(one) for name, one in value.items()} if isinstance(value, Mapping) else value


def _delivery() -> Schema:
    """Return the schema of how a route is delivered."""
    properties = {name: _option(field) for name, field in options_of(DeliveryOptions).items()}
    for name, (low, high) in RANGES.items():
        properties[name] = {**properties[name], "minimum": low, "maximum": high}
    return {**_object(properties, []), "type": ["object", "null"]}


def _filter_rules() -> Schema:
    value: Schema = {"type": ["string", "number"]}
    number: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*[-+]?[\d._]"}]}
    fields = {"text": get_args(TextField), "number": get_args(NumberField)}
    compared = {"text": (TEXT_OPERATORS, value), "number": (NUMBER_OPERATORS, number)}
    rules = [
        _object(
            {
                "field": {"enum": list(fields[kind])},
                "operator": {"enum": [one for one in operators if one not in PRESENCE_OPERATORS]},
                "value": schema,
            },
            ["field", "operator", "value"],
        )
        for kind, (operators, schema) in compared.items()
    ]
    presence = {
        "field": {"enum": [one for names in fields.values() for one in names]},
        "operator": {"enum": list(PRESENCE_OPERATORS)},
        "value": {"type": ["string", "number", "null"]},
    }
    rules.append(_object(presence, ["field", "operator"]))
    group = {
        "logic": {"enum": list(get_args(Logic)), "default": "and"},
        "rules": {"type": "array", "minItems": 1, "items": {"anyOf": rules}},
    }
    groups: Schema = {"type": ["array", "null"], "items": _object(group, ["rules"])}
    return _object({"enabled": {"type": "boolean", "default": True}, "groups": groups}, [])


def _object(properties: Schema, required: list[str]) -> Schema:
    """Return the schema of a table with these keys and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema
