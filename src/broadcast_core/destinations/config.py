"""The options of a destination, declared once as the fields of its config class, and read strictly.

A field that `option` declares is an option; its annotation is its kind: text, true or false, a time, or one
of some words. Secrets are no options: they are given at delivery, so that no plan holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin

import attrs

from broadcast_core.destinations.fitting import clean
from broadcast_core.diagnostics import Problem
from broadcast_core.errors import ConfigError
from broadcast_core.jsontext import Json
from broadcast_core.record.field_checks import wrong_instant

C = TypeVar("C")
Check = Callable[[str], str | None]
"""What is wrong with the text of an option, in words; None when nothing is."""


def max_chars_of(max_chars: int) -> Check:
    """Return a check of a text that may have at most some characters."""
    return lambda text: f"longer than {max_chars} characters" if len(text) > max_chars else None


def ascii_only(what: str) -> Check:
    """Return a check of a text that goes into a header; `what` names it."""
    return lambda text: None if text.isprintable() and text.isascii() else f"expected {what} in ASCII"


_SECRETS = frozenset({"api_key", "apikey", "key", "token", "secret", "password", "authorization"})
_NULL = "expected a value, got null; leave the option out for its default"


def option(default: Any, help: str, *, check: Check | None = None, ending: str = "") -> Any:
    """Declare an option of a config class: its default, what it does, and what a text of it must be.

    `ending` is taken off the end of a text. An option whose default is None, or a text, may be null.
    """
    return attrs.field(default=default, metadata={"help": help, "check": check, "ending": ending})


def options_of(cls: type) -> dict[str, attrs.Attribute[Any]]:
    """Return the options of a config class by name."""
    fields = attrs.fields(attrs.resolve_types(cls))
    return {field.name: field for field in fields if "help" in field.metadata}


def read_options(cls: type[C], options: Mapping[str, Json], *problems: Problem) -> C:
    """Return the config of some options; raise `ConfigError` with every mistake, and with `problems`."""
    known = options_of(cls)
    wrong = [
        Problem(what, f"$.{name}")
        for name, value in options.items()
        if (what := wrong_option(known, name, value)) is not None
    ]
    if wrong or problems:
        raise ConfigError((*wrong, *problems))
    values = {name: _converted(known[name], value) for name, value in options.items() if value is not None}
    return cls(**values)


def wrong_option(known: Mapping[str, attrs.Attribute[Any]], name: str, value: Json) -> str | None:
    """Say what is wrong with an option, or None."""
    if name.lower().replace("-", "_") in _SECRETS:
        return "a secret is no option: give it at delivery, so that no plan holds it"
    if name not in known:
        near = get_close_matches(name, known)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        return f"unknown option; {hint}"
    field = known[name]
    if value is None:
        return None if _may_be_null(field) else _NULL
    kind = _kind(field)
    if kind is datetime:
        return _wrong_time(value)
    if get_origin(kind) is Literal:
        words = get_args(kind)
        return None if value in words else "expected " + " or ".join(f'"{word}"' for word in words)
    if kind is bool:
        return None if isinstance(value, bool) else "expected true or false"
    return _wrong_text(field, value)


def _kind(field: attrs.Attribute[Any]) -> Any:
    """Return what an option holds beside null."""
    if get_origin(field.type) is Literal:
        return field.type
    return next((kind for kind in get_args(field.type) if kind is not NoneType), field.type)


def _may_be_null(field: attrs.Attribute[Any]) -> bool:
    """Tell whether null can stand for what is not known; a switch is on or off."""
    return field.default is None or _kind(field) is str


def _wrong_text(field: attrs.Attribute[Any], value: Json) -> str | None:
    if not isinstance(value, str):
        return f'expected text; write it in quotes: "{value}"'
    if not clean(value):
        return "expected text that is not blank"
    check: Check | None = field.metadata["check"]
    return None if check is None else check(value)


def _wrong_time(value: Json) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "expected a time such as 2026-11-23T10:00:00Z"
    return wrong_instant(moment)


def _converted(field: attrs.Attribute[Any], value: Json) -> Any:
    if _kind(field) is datetime:
        return datetime.fromisoformat(value)
    if not isinstance(value, str):
        return value
    ending = field.metadata["ending"]
    return clean(value).rstrip(ending) if ending else clean(value)
