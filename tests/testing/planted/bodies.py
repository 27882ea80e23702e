"""Faults in bodies: envelopes, JSON, rows and limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from attrs import evolve

from broadcast_core import Endpoint, Item, TraceTree, Unmapped
from broadcast_core.destinations import Generation, dumps
from tests.testing.planted.base import Array, Lines, Messages, Parts


class NoEndOfArray(Array):
    """Its envelope does not close."""

    law: ClassVar[str] = "test_json_bodies_are_json_that_any_parser_reads"
    shape: ClassVar[Mapping[str, Any]] = {**Array.shape, "suffix": b"}"}


class WritesNan(Array):
    """It writes NaN, as the standard library does."""

    law: ClassVar[str] = "test_json_bodies_are_json_that_any_parser_reads"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """With what divides by nothing."""
        body = json.dumps({"row": str(row.get("row")), "speed": float("nan")}).encode()
        return super().item(row, generations, config, body=body)


class LoneSurrogates(Array):
    """It writes lone surrogates as escapes."""

    law: ClassVar[str] = "test_json_bodies_of_a_corpus_are_json"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """Python reads that."""
        return super().item(row, generations, config, body=json.dumps(row, default=str).encode())


class NoSeparatorInArray(Array):
    """Its items of one request stand side by side."""

    law: ClassVar[str] = "test_json_bodies_of_a_corpus_are_json"
    shape: ClassVar[Mapping[str, Any]] = {**Array.shape, "separator": b""}


class NoSeparatorOfLines(Lines):
    """Its lines are one line."""

    law: ClassVar[str] = "test_ndjson_bodies_are_lines_of_json"
    shape: ClassVar[Mapping[str, Any]] = {**Lines.shape, "separator": b""}


class CommasOfLines(Lines):
    """Its lines are parted by commas."""

    law: ClassVar[str] = "test_ndjson_bodies_of_a_corpus_are_lines"
    shape: ClassVar[Mapping[str, Any]] = {**Lines.shape, "separator": b",\n"}


class IndentedLines(Lines):
    """Its rows have line breaks."""

    law: ClassVar[str] = "test_ndjson_bodies_of_a_corpus_are_lines"

    def encode(self, text: bytes) -> bytes:
        """Pretty."""
        return json.dumps(json.loads(text), indent=1).encode()


class CommasOfMessages(Messages):
    """Its messages have the envelope of JSON."""

    law: ClassVar[str] = "test_protobuf_bodies_are_messages"
    shape: ClassVar[Mapping[str, Any]] = {"content_type": "application/x-protobuf"}


class ShortMessages(Messages):
    """It writes the length of a field in one byte."""

    law: ClassVar[str] = "test_protobuf_bodies_are_messages"

    def encode(self, text: bytes) -> bytes:
        """Right for short rows."""
        return b"\x0a" + bytes([len(text) & 0x7F]) + text


class NoLastBoundary(Parts):
    """Its form does not end."""

    law: ClassVar[str] = "test_multipart_bodies_are_parts"
    shape: ClassVar[Mapping[str, Any]] = {**Parts.shape, "suffix": b"\r\n"}


class BoundaryInContent(Parts):
    """Its boundary can be in the content, since it writes that as it is."""

    law: ClassVar[str] = "test_multipart_bodies_are_parts"

    def encode(self, text: bytes) -> bytes:
        """With the boundary within a part."""
        return super().encode(text.replace(b"alpha", b"\r\n--planted alpha"))


class NoBoundary(Parts):
    """Its content type names no boundary."""

    law: ClassVar[str] = "test_multipart_bodies_are_parts"
    shape: ClassVar[Mapping[str, Any]] = {**Parts.shape, "content_type": "multipart/form-data"}


class ReprOfNumbers(Array):
    """It writes decimals and times as Python shows them."""

    law: ClassVar[str] = "test_json_has_nothing_as_only_python_writes_it"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """By repr."""
        amount = Decimal(1) if generation.cost.total is None else generation.cost.total
        return {**super().row(generation, tree), "amount": repr(amount)}


class ReprOfTimes(Lines):
    """It writes objects as Python shows them."""

    law: ClassVar[str] = "test_json_has_nothing_as_only_python_writes_it"

    def row(self, generation: Generation, tree: TraceTree) -> dict[str, Any]:
        """By repr."""
        started: datetime = generation.timing.start
        return {**super().row(generation, tree), "started": f"{started!r}"}


class ManyRowsInALine(Lines):
    """An item has a line for each generation, and declares one row."""

    law: ClassVar[str] = "test_items_of_a_corpus_have_no_more_rows_than_they_declare"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """All of a trace at once."""
        rows = [dumps({"row": self.id_of(one, tree)}) for one in tree.generations.values()]
        yield Item(endpoint="rows", body=b"\n".join(rows), generations=tuple(tree.generations))


class ManyRowsInAnElement(Array):
    """An item has an element for each generation, and declares one row."""

    law: ClassVar[str] = "test_items_of_a_corpus_have_no_more_rows_than_they_declare"

    def items(self, tree: TraceTree, config: Any) -> Iterator[Item | Unmapped]:
        """All of a trace at once."""
        rows = [dumps({"row": self.id_of(one, tree)}) for one in tree.generations.values()]
        yield Item(endpoint="rows", body=b",".join(rows), generations=tuple(tree.generations))


class TwoRowsForOne(Array):
    """Each item has a row more than it declares."""

    law: ClassVar[str] = "test_an_item_has_no_more_rows_than_it_declares"

    def encode(self, text: bytes) -> bytes:
        """Twice, to be sure."""
        return text + b"," + text


class NoLimits(Lines):
    """Its endpoint takes nothing."""

    law: ClassVar[str] = "test_the_endpoints_can_be_used"

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """With a limit of nothing."""
        return super().endpoint(config, **{**changes, "max_items": 0})


class RaisesNearTheLimit(Lines):
    """It raises where a text is too long."""

    law: ClassVar[str] = "test_a_text_near_the_limit_is_no_fault"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """Checks, and gives up."""
        found = super().item(row, generations, config, **changes)
        if any(note.kind == "truncated" for note in found.diagnostics):
            raise ValueError("too long")
        return found


class OneKeyForAll(Lines):
    """Its items have the same key."""

    law: ClassVar[str] = "test_keys_of_items_tell_them_apart"

    def item(self, row: Any, generations: tuple[str, ...], config: Any, **changes: Any) -> Item:
        """That of the dataset."""
        return evolve(super().item(row, generations, config, **changes), key=config.dataset)


class LargeNumbers(Array):
    """It writes whole numbers that few parsers read."""

    law: ClassVar[str] = "test_json_bodies_of_a_corpus_are_json"

    def encode(self, text: bytes) -> bytes:
        """Of 80 bits."""
        return text[:-1] + b',"large":1208925819614629174706176}'
