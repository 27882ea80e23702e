"""What a destination may offer beside the contract; core asks with `isinstance`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from broadcast_core.record.field_checks import instance


@frozen(kw_only=True)
class Place:
    """Where the rows of a route are: `space` is what ids must be unique in, `home` the part that is sent to.

    `ids` is what the ids are made of beside the original id: routes with the same `space` and `ids` give one
    generation one id. `stated` tells whether the options say so themselves, `advice` what to write there.
    """

    space: str = field(validator=instance(str))
    home: str = field(validator=instance(str))
    ids: str = field(default="", validator=instance(str))
    stated: bool = True
    advice: str = ""


@runtime_checkable
class Places(Protocol):
    """What a destination may offer beside the contract: where the rows of a route are, to compare routes."""

    def place(self, config: Any) -> Place:
        """Return where the rows of a route with a config are."""
        ...


@runtime_checkable
class Identifies(Protocol):
    """What a destination may offer beside the contract: the ids that it makes of original ids."""

    def identify(self, original: str, moment: datetime, config: Any) -> Mapping[str, str]:
        """Return ids by kind for an original id whose generation, or trace, started at a moment."""
        ...
