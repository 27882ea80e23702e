"""The tables of a plugin's README, made from what its destination declares: options, and secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, get_args, get_origin

from attrs import Attribute

from broadcast_core.destinations.config import REQUIRED, default_of, kind_of, options_of
from broadcast_core.destinations.description import Description, Secret
from broadcast_core.destinations.kinds import LIST, TABLE, TEXTS_BY_NAME, TUPLE
from broadcast_core.jsontext import dumps_lossy

BEGIN = "<!-- options and secrets: scripts/option-tables -->\n"
END = "<!-- end of the options and secrets -->\n"
"""What stands around the tables in a README."""
_KINDS: Mapping[Any, str] = {
    str: "text",
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    datetime: "time",
    **dict.fromkeys((LIST, TUPLE), "list of texts"),
    TABLE: "table",
    TEXTS_BY_NAME: "table of texts",
}
_PLACES = {
    "header": "in a header",
    "body": "in the body",
    "url": "in the URL",
    "signature": "nowhere: it signs",
}


def readme_tables(description: Description) -> list[str]:
    """Return the Markdown lines of a table of the options, and of one of the secrets where there are any."""
    options = [_option(name, field) for name, field in options_of(description.config).items()]
    secrets = [_secret(name, secret) for name, secret in description.secrets.items()]
    tables = _table(("option", "kind", "default", "meaning"), options) if options else []
    if secrets:
        head = ("secret", "needed", "where it goes", "meaning")
        tables += [*([""] if tables else []), *_table(head, secrets)]
    return tables


def _option(name: str, field: Attribute[Any]) -> tuple[str, ...]:
    return f"`{name}`", _kind(field), _default(default_of(field)), field.metadata["help"]


def _secret(name: str, secret: Secret) -> tuple[str, ...]:
    return f"`{name}`", "yes" if secret.required else "no", _PLACES[secret.place], secret.help


def _kind(field: Attribute[Any]) -> str:
    kind = kind_of(field)
    if get_origin(kind) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(kind))
    return _KINDS[kind]


def _default(value: object) -> str:
    if value is REQUIRED:
        return "required"
    if isinstance(value, bool | list | tuple | dict):
        return f"`{dumps_lossy(value)[0].decode()}`"
    return "" if value is None else f"`{value}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines]


def _cell(text: str) -> str:
    """Return a text as one cell: a bar would begin another, and a line break another row."""
    return " ".join(text.split()).replace("|", r"\|")
