"""Laws of what a destination says of itself, and of its options."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import attrs

from broadcast_core.destinations.capabilities import Places
from broadcast_core.destinations.config import default_of, options_of
from broadcast_core.destinations.contract import CONTRACT_VERSION, Destination
from broadcast_core.destinations.description import Description
from broadcast_core.errors import ConfigError
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.plugin_checks import endpoints_of
from broadcast_core.pipeline.route import configure
from broadcast_core.record.leaves import classes
from broadcast_core.secrets import is_called_a_secret
from broadcast_core.testing.conformance.expect import expect_nothing, expect_same, fail
from broadcast_core.testing.conformance.subject import Subject

_ODD_VALUES: tuple[Json, ...] = (
    None, True, False, 0, -1, 7, 3.5, "", " ", "x", "\x00", "\ud800", "é\n", "x" * 20_000, "https://",
    "https://other.example/base", "file:///other/base",
    'a"b\\c', "'; --", "a/b?c&d", "2026-11-20T12:00:00Z", "2026-11-20", [], ["x"], {}, {"x": "y"},
)  # fmt: skip


def description_laws(subject: Subject) -> type:
    """Return the laws of the description and the config of a destination."""
    destination = subject.destination

    class Laws:
        """What a destination says of itself is so."""

        def test_it_has_the_members_of_the_contract(self) -> None:
            """With a name that an entry point can have, and the version of this core."""
            assert isinstance(destination, Destination), "a member of the contract is missing"
            expect_same(CONTRACT_VERSION, destination.contract_version, "another version of the contract")
            assert re.fullmatch(r"[a-z0-9]+([-_][a-z0-9]+)*", destination.name), (
                "name: lower case and hyphens"
            )

        def test_describe_says_the_same_each_time(self) -> None:
            """A Description, with the classes of attrs that options can be read from."""
            described = destination.describe()

            assert isinstance(described, Description), "describe returns no Description"
            expect_same(described, destination.describe(), "two descriptions differ")
            assert attrs.has(described.config), (
                "config: give a class of attrs, whose fields option(...) declares"
            )

        def test_no_secret_is_an_option(self) -> None:
            """A secret is given at delivery: an option of its name would be in every plan."""
            described = destination.describe()
            options = options_of(described.config)

            wrong = [
                name
                for name in options
                if name in described.secrets or name == "key" or is_called_a_secret(name)
            ]
            expect_nothing(wrong, "options that are secrets: declare them as secrets alone")

        def test_fields_listed_as_not_carried_are_fields(self) -> None:
            """Each path in `not_carried` is a field of the record, or one that holds some."""
            known = {path.removeprefix("$.").replace("[]", "") for path, _ in classes()}
            listed = destination.describe().not_carried
            wrong = [
                path for path in listed if not any(_is_within(one, path.replace("[]", "")) for one in known)
            ]

            expect_nothing(wrong, "no such fields of the record: take them out, or mend their spelling")
            expect_nothing(
                [path for path, why in listed.items() if not why.strip()], "fields without a reason"
            )

        def test_unknown_options_are_refused(self) -> None:
            """A misspelt option is told, and does not vanish."""
            for name in ("no_such_option", "", "noSuchOption"):
                assert _refused(subject, name, "x"), f"the option {name!r} is taken, and nothing declares it"

        def test_options_of_wrong_kinds_are_refused(self) -> None:
            """Each option takes values of its kind; others are a ConfigError, and raise nothing else."""
            for name, field in options_of(destination.describe().config).items():
                for value in _ODD_VALUES:
                    if not _refused(subject, name, value):
                        config = configure(destination, {**subject.options, name: value})
                        held = getattr(config, name)
                        assert _is_of(held, field.type), (
                            f"{name}={value!r:.40} is taken, and is no {field.type}"
                        )

        def test_options_that_are_taken_can_be_used(self) -> None:
            """What would break the endpoints or the place is refused where options are read."""
            for name in options_of(destination.describe().config):
                for value in _ODD_VALUES:
                    if not _refused(subject, name, value):
                        config = configure(destination, {**subject.options, name: value})
                        endpoints_of(destination, config)
                        if isinstance(destination, Places):
                            destination.place(config)

        def test_a_default_is_of_its_kind(self) -> None:
            """The default of each option is what the option may be."""
            options = options_of(destination.describe().config)
            wrong = [name for name, one in options.items() if not _has_good_default(one)]

            expect_nothing(wrong, "options with a default of another kind")

        def test_every_option_has_a_help(self) -> None:
            """What it does, in words: settings and tables are made from it."""
            options = options_of(destination.describe().config)

            silent = [name for name, one in options.items() if not str(one.metadata["help"]).strip()]
            expect_nothing(silent, "options without a help")

        def test_the_config_is_pickled_and_equal(self) -> None:
            """A config goes to another process, and two of the same options are the same."""
            config = subject.config
            copied = pickle.loads(pickle.dumps(config))  # noqa: S301  # our own bytes

            assert config == subject.config, "two configs of the same options differ: use attrs.frozen"
            expect_same(config, copied, "a config and its pickled copy")

        def test_the_config_cannot_be_changed(self) -> None:
            """What one plan did cannot change the next."""
            config = subject.config
            for field in attrs.fields(type(config)):
                try:
                    setattr(config, field.name, getattr(config, field.name))
                except AttributeError:
                    continue
                fail(f"the config can be changed at {field.name}: use attrs.frozen")

        def test_the_destination_is_pickled(self) -> None:
            """It goes to another process by its class or by its name."""
            copied = pickle.loads(pickle.dumps(destination))  # noqa: S301  # our own bytes

            expect_same(destination.name, copied.name, "the name of a pickled copy")

        def test_the_endpoints_can_be_used(self) -> None:
            """They have URLs, room for an item, headers that are texts; and are the same each time."""
            first = endpoints_of(destination, subject.config)

            assert first, "it declares no endpoint"
            expect_same(first, endpoints_of(destination, subject.config), "endpoints of the same options")

    return Laws


def other_configs(subject: Subject) -> list[Any]:
    """Return configs in each of which one option has another value that is taken."""
    return [configure(subject.destination, options) for options in other_options(subject)]


def other_options(subject: Subject, values: Sequence[Json] = _ODD_VALUES) -> list[dict[str, Json]]:
    """Return options in each of which one has another value that is taken: of some, and of its own words."""
    return [
        {**subject.options, name: value}
        for name in options_of(subject.destination.describe().config)
        for value in (*values, *_words_of(subject, name))
        if value is not None and not _refused(subject, name, value)
    ]


def _words_of(subject: Subject, name: str) -> tuple[Json, ...]:
    """Return the words that an option may be, where it is one of some."""
    kind = options_of(subject.destination.describe().config)[name].type
    return get_args(kind) if get_origin(kind) is Literal else ()


def _refused(subject: Subject, name: str, value: Json) -> bool:
    """Tell whether an option is refused; anything but a ConfigError is raised on."""
    try:
        configure(subject.destination, {**subject.options, name: value})
    except ConfigError:
        return True
    return False


def _is_within(field: str, path: str) -> bool:
    return field == path or field.startswith(f"{path}.")


def _is_of(value: object, kind: Any) -> bool:
    """Tell whether a value is of the kind that an annotation says."""
    if kind is None or kind is NoneType:
        return value is None
    if get_origin(kind) is Literal:
        return any(value == word and type(value) is type(word) for word in get_args(kind))
    if kind in (int, bool):
        return type(value) is kind
    if get_origin(kind) in (list, tuple):
        return isinstance(value, get_origin(kind)) and all(isinstance(one, str) for one in value)
    if (get_origin(kind) or kind) in (dict, Mapping):
        texts = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        return texts or (isinstance(value, dict) and get_args(kind)[1:] != (str,))
    if isinstance(kind, type):
        return isinstance(value, kind) and kind is not object
    return any(_is_of(value, one) for one in get_args(kind))


def _has_good_default(field: attrs.Attribute[Any]) -> bool:
    return field.default is attrs.NOTHING or _is_of(default_of(field), field.type)
