"""Faults in what a destination says of itself, in its config, and in its endpoints."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
from attrs import frozen

from broadcast_core import Endpoint
from broadcast_core.destinations import Description, Place, option
from tests.testing.planted.base import SERVER, Lines, Options

_count = itertools.count()


class NoVersion(Lines):
    """It is written for another version of the contract."""

    law: ClassVar[str] = "test_it_has_the_members_of_the_contract"
    contract_version = 99


class OddName(Lines):
    """No entry point has its name."""

    law: ClassVar[str] = "test_it_has_the_members_of_the_contract"
    name = "My Rows!"


class DescribesItselfAnew(Lines):
    """Its description is another one each time."""

    law: ClassVar[str] = "test_describe_says_the_same_each_time"

    def describe(self) -> Description:
        """With a number in it."""
        found = super().describe()
        return attrs.evolve(found, not_carried={**found.not_carried, f"extra{next(_count)}": "a number"})


@frozen(kw_only=True)
class WithKey(Options):
    """Options with the key among them."""

    api_key: str = option("none", "The key.")


class SecretIsAnOption(Lines):
    """A secret is an option too, and is in every header."""

    law: ClassVar[str] = "test_no_secret_is_an_option"
    config: ClassVar[type] = WithKey

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """The option in a header."""
        return super().endpoint(config, **{"headers": {"X-Api-Key": config.api_key}, **changes})


class NotCarriedIsNoField(Lines):
    """It lists a field that is none."""

    law: ClassVar[str] = "test_fields_listed_as_not_carried_are_fields"
    not_carried: ClassVar[Mapping[str, str]] = {**Lines.not_carried, "usage.inputs": "no such field"}


class NotCarriedHasNoReason(Lines):
    """It does not say why."""

    law: ClassVar[str] = "test_fields_listed_as_not_carried_are_fields"
    not_carried: ClassVar[Mapping[str, str]] = {"schema_version": " "}


class TakesAnyOption(Lines):
    """Options that nobody declared are taken, since its secrets and config have no end."""

    law: ClassVar[str] = "test_unknown_options_are_refused"

    def describe(self) -> Description:
        """With a class that declares what it is asked for."""
        return Description(config=_open_config(), secrets=self.secrets, not_carried=self.not_carried)


def _open_config() -> type:
    names = ("no_such_option", "noSuchOption")
    fields = {name: option("", "Anything.") for name in names}
    return attrs.make_class(
        "Open", {"dataset": option("main", "The dataset."), **fields}, frozen=True, kw_only=True
    )


@frozen(kw_only=True)
class Loose(Options):
    """Options of kinds that no text is."""

    tags: list[str] = option(None, "Tags.")


class TakesAnyKind(Lines):
    """A list takes a text."""

    law: ClassVar[str] = "test_options_of_wrong_kinds_are_refused"
    config: ClassVar[type] = Loose


@frozen(kw_only=True)
class Broad(Options):
    """Options of a kind that is none."""

    limit: float = option(None, "A limit.")


class TakesTextForNumbers(Lines):
    """A number is read as a text."""

    law: ClassVar[str] = "test_options_of_wrong_kinds_are_refused"
    config: ClassVar[type] = Broad


@frozen(kw_only=True)
class Raising(Options):
    """Options whose check looks something up."""

    region: str = option("eu", "The region.", check=lambda text: {"eu": None, "us": None}[text])


class OptionsRaise(Lines):
    """A wrong option raises KeyError."""

    law: ClassVar[str] = "test_options_of_wrong_kinds_are_refused"
    config: ClassVar[type] = Raising


@frozen(kw_only=True)
class Unchecked(Options):
    """Options that go into a URL and a header as they are."""

    server: str = option(SERVER, "The server.")


class OptionsBreakEndpoints(Lines):
    """Any text is taken for a server."""

    law: ClassVar[str] = "test_options_that_are_taken_can_be_used"
    config: ClassVar[type] = Unchecked

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """Where the option says."""
        return super().endpoint(config, **{"url": f"{config.server}/rows", **changes})


@frozen(kw_only=True)
class OddDefault(Options):
    """Options with a default of another kind."""

    retries: int = option("three", "How often.")


class DefaultOfAnotherKind(Lines):
    """The default of an option is none that it takes."""

    law: ClassVar[str] = "test_a_default_is_of_its_kind"
    config: ClassVar[type] = OddDefault


@frozen(kw_only=True)
class NoHelp(Options):
    """Options that nobody explains."""

    mode: str = option("fast", "")


class OptionWithoutHelp(Lines):
    """An option has no help."""

    law: ClassVar[str] = "test_every_option_has_a_help"
    config: ClassVar[type] = NoHelp


@frozen(kw_only=True)
class Locked(Options):
    """Options that hold a lock."""

    lock: Any = attrs.field(factory=threading.Lock, eq=False)


class ConfigIsNotPickled(Lines):
    """Its config holds a lock."""

    law: ClassVar[str] = "test_the_config_is_pickled_and_equal"
    config: ClassVar[type] = Locked


@frozen(kw_only=True)
class Alone(Options):
    """Options that are equal to themselves alone."""

    mark: Any = attrs.field(factory=object)


class ConfigIsNotEqual(Lines):
    """Two configs of the same options differ."""

    law: ClassVar[str] = "test_the_config_is_pickled_and_equal"
    config: ClassVar[type] = Alone


@attrs.define(kw_only=True)
class Open:
    """Options that can be changed."""

    dataset: str = option("main", "The dataset.")


class ConfigCanBeChanged(Lines):
    """Its config is not frozen."""

    law: ClassVar[str] = "test_the_config_cannot_be_changed"
    config: ClassVar[type] = Open


class NotPickled(Lines):
    """It holds a lock itself."""

    law: ClassVar[str] = "test_the_destination_is_pickled"

    def __init__(self) -> None:
        self.lock = threading.Lock()


class NoUrl(Lines):
    """Its endpoint has no scheme."""

    law: ClassVar[str] = "test_the_endpoints_can_be_used"

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """A path alone."""
        return super().endpoint(config, **{"url": "/rows", **changes})


class HeadersAreNoTexts(Lines):
    """A header is a number."""

    law: ClassVar[str] = "test_the_endpoints_can_be_used"

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """As it is."""
        return super().endpoint(config, **{"headers": {"X-Version": 1}, **changes})


class EndpointsChange(Lines):
    """Its endpoints are others each time."""

    law: ClassVar[str] = "test_the_endpoints_can_be_used"

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """Numbered."""
        return super().endpoint(config, **{"headers": {"X-N": str(next(_count))}, **changes})


class PlaceMoves(Lines):
    """Its place is another one each time."""

    law: ClassVar[str] = "test_the_place_and_the_ids_are_the_same_each_time"

    def place(self, config: Any) -> Place:
        """Numbered."""
        return Place(space=SERVER, home=str(next(_count)))
