"""Shapes of platforms: small destinations, each whole, each with a strict model of what receives it.

    objects.py      an object an item, signed                    inserts.py    a token of the batch in the URL
    statements.py   rows inside a JSON string, asked again       protobuf.py   messages; refusals are counted
    multipart.py    several parts an item                        runs.py       items that travel together; 409
    body_secret.py  the key in the body                          results.py    a result for each item
    groups.py       items that may not share a request

    common.py         what the shapes share                      receiving.py  what the receivers share
    protobuf_wire.py  as much of protobuf as a shape needs

To write a destination, begin with the shape that is nearest. What a resend does is in `on_resend` of its
endpoint; `runs.py` says what becomes of requests that arrive in another order, `results.py` has an age.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from attrs import field, frozen

from broadcast_core.destinations import Destination, Json
from broadcast_core.testing.shapes.body_secret import BodySecret, BodyServer
from broadcast_core.testing.shapes.groups import Groups, LakeServer
from broadcast_core.testing.shapes.inserts import Inserts, InsertServer
from broadcast_core.testing.shapes.multipart import Multipart, PartServer
from broadcast_core.testing.shapes.objects import Objects, ObjectStore
from broadcast_core.testing.shapes.protobuf import Protobuf, ProtobufServer
from broadcast_core.testing.shapes.receiving import KEY, Receiver
from broadcast_core.testing.shapes.results import Results, ResultServer
from broadcast_core.testing.shapes.runs import Runs, RunServer
from broadcast_core.testing.shapes.statements import Statements, StatementServer

__all__ = ["ALL", "KEY", "Example", "Receiver"]


@frozen(kw_only=True)
class Example:
    """A destination, a new receiver of it, and the options and secrets that this receiver knows."""

    destination: Destination
    receiver: Callable[[], Receiver]
    options: Mapping[str, Json] = field(factory=dict)
    secrets: Mapping[str, str] = field(factory=lambda: {"api_key": KEY}, repr=False)

    __hash__ = None  # type: ignore[assignment]


ALL: Mapping[str, Example] = MappingProxyType(
    {
        destination.name: Example(destination=destination, receiver=receiver)
        for destination, receiver in (
            (Objects(), ObjectStore),
            (Inserts(), InsertServer),
            (Statements(), StatementServer),
            (Protobuf(), ProtobufServer),
            (Multipart(), PartServer),
            (BodySecret(), BodyServer),
            (Results(), ResultServer),
            (Runs(), RunServer),
            (Groups(), LakeServer),
        )
    }
)
"""Every shape by its name."""
