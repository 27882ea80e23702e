"""The options of a destination, declared once as the fields of its config class, and read strictly.

A field that `option` declares is an option; its annotation is its kind, one of those in `kinds`. Secrets are
no options: they are given at delivery, so that no plan holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

import attrs

from broadcast_core.destinations import kinds
from broadcast_core.destinations.kinds import Check
from broadcast_core.diagnostics import Problem
from broadcast_core.errors import ConfigError, FieldError
from broadcast_core.jsontext import Json
from broadcast_core.secrets import is_called_a_secret, names_a_secret

C = TypeVar("C")


def max_chars_of(max_chars: int) -> Check:
    """Return a check of a text that may have at most some characters."""
    return lambda text: f"longer than {max_chars} characters" if len(text) > max_chars else None


def ascii_only(what: str) -> Check:
    """Return a check of a text that goes into a header; `what` names it."""
    return lambda text: None if text.isprintable() and text.isascii() else f"expected {what} in ASCII"


REQUIRED: Any = attrs.NOTHING
"""The default of an option that has none."""

_NO_OPTION = "a secret is no option: give it at delivery, so that no plan holds it"
_NULL = "expected a value, got null; leave the option out for its default"


def option(
    default: Any,
    help: str,
    *,
    check: Check | None = None,
    ending: str = "",
    per_run: bool = False,
    openrouter: str | None = None,
) -> Any:
    """Declare an option of a config class: its default, what it does, and what a text of it must be.

    `default` is `REQUIRED` where there is none, and an `attrs.Factory` where it is made anew. `check` and
    `ending`, which is taken off the end, are of a text, or of each in a list. An option `per_run`
    speaks of one run, as the time of a plan: saved state does not hang on it. `openrouter` is the key that
    OpenRouter's config object has for it, where it is not this name in camelCase. An option whose default is
    None, or a text, may be null.
    """
    metadata = {"help": help, "check": check, "ending": ending, "per_run": per_run, "openrouter": openrouter}
    return attrs.field(default=default, metadata=metadata)


def stated_options() -> Any:
    """Declare a field of a config class that `read_options` fills with the names of the options given."""
    return attrs.field(default=frozenset(), eq=False, repr=False, metadata={"stated": True})


def options_of(cls: type) -> dict[str, attrs.Attribute[Any]]:
    """Return the options of a config class by name; raise `FieldError` for a class that cannot be read."""
    if not (isinstance(cls, type) and attrs.has(cls)):
        raise FieldError("config: give a class of attrs, whose fields option(...) declares")
    try:
        fields = attrs.fields(attrs.resolve_types(cls))
    except Exception as error:  # noqa: BLE001  # an annotation is any expression
        what = f"its annotations cannot be read ({type(error).__name__}): import what they name"
        raise FieldError(f"{cls.__name__}: {what}") from None
    found = {field.name: field for field in fields if "help" in field.metadata}
    unknown = [name for name, field in found.items() if kinds.kind_of(field.type) is None]
    if unknown:
        raise FieldError(f"{cls.__name__}.{unknown[0]}: no kind of option: annotate it as {kinds.KINDS}")
    return found


def default_of(field: attrs.Attribute[Any]) -> Any:
    """Return the default of an option, made where a factory makes it; `REQUIRED` where there is none."""
    default: Any = field.default
    return default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]


def read_options(
    cls: type[C],
    options: Mapping[str, Json],
    *,
    secrets: Container[str] = (),
    together: Callable[[C], Iterable[Problem]] = lambda _config: (),
) -> C:
    """Return the config of some options; raise `ConfigError` with every mistake.

    `secrets` are names that are given at delivery and are no options. `together` returns what is wrong with
    options that need each other; it is asked when no known option is wrong by itself.
    """
    known = options_of(cls)
    wrong = {
        name: what for name, value in options.items() if (what := wrong_option(known, name, value, secrets))
    }
    missing = [name for name, field in known.items() if field.default is REQUIRED and name not in options]
    problems = [Problem(what, f"$.{name}") for name, what in wrong.items()]
    problems += [Problem(f"missing: {known[name].metadata['help']}", f"$.{name}") for name in missing]
    config = None if missing or known.keys() & wrong.keys() else _build(cls, known, options)
    if config is not None:
        problems += together(config)
    if config is None or problems:
        raise ConfigError(tuple(problems))
    return config


def _build(cls: type[C], known: Mapping[str, attrs.Attribute[Any]], options: Mapping[str, Json]) -> C:
    given = {name: value for name, value in options.items() if name in known and value is not None}
    values = {known[name].alias or name: _converted(known[name], value) for name, value in given.items()}
    fields: Any = attrs.fields(cls)  # type: ignore[arg-type]
    stated = {field.name: frozenset(options) for field in fields if field.metadata.get("stated")}
    return cls(**values, **stated)


def wrong_option(
    known: Mapping[str, attrs.Attribute[Any]], name: str, value: Json, secrets: Container[str] = ()
) -> str | None:
    """Say what is wrong with an option, or None; in a table, a key that looks like a secret is wrong."""
    if not isinstance(name, str):
        return "no option: the name of one is text"
    if name not in known and (name in secrets or names_a_secret(name)):
        near = [] if name in secrets else get_close_matches(name, known)
        return f"{_NO_OPTION}; did you mean {near[0]!r}?" if near else _NO_OPTION
    if name not in known:
        near = get_close_matches(name, known)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        return f"unknown option; {hint}"
    field = known[name]
    if value is None:
        return None if may_be_null(field) else _NULL
    if (what := kinds.wrong_value(kind_of(field), value, field.metadata["check"])) is not None:
        return what
    within = _secret_within(value, secrets)
    return None if within is None else f"its key {within!r} looks like a secret, and {_NO_OPTION}"


def _secret_within(value: Json, secrets: Container[str]) -> str | None:
    """Return a key of a table, at any depth, that is a secret or is called one, or None."""
    waiting: list[Any] = [value]
    seen: set[int] = set()
    for one in waiting:  # it grows meanwhile
        if not isinstance(one, Mapping | list | tuple) or id(one) in seen:
            continue
        seen.add(id(one))
        names = [name for name in one if isinstance(name, str)] if isinstance(one, Mapping) else []
        if found := [name for name in names if name in secrets or is_called_a_secret(name)]:
            return found[0]
        waiting.extend(one.values() if isinstance(one, Mapping) else one)
    return None


def kind_of(field: attrs.Attribute[Any]) -> Any:
    """Return what an option holds beside null: one of the kinds of `kinds`, or the `Literal` of its words."""
    return kinds.kind_of(field.type)


def may_be_null(field: attrs.Attribute[Any]) -> bool:
    """Tell whether null can stand for what is not known; a switch is on or off."""
    return field.default is None or (kind_of(field) is str and field.default is not REQUIRED)


def _converted(field: attrs.Attribute[Any], value: Json) -> Any:
    return kinds.converted(kind_of(field), value, field.metadata["ending"])
