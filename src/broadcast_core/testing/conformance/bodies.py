"""Laws of the bodies of requests: what their content type says, within limits, and with the rows declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from hypothesis import given

from broadcast_core.batching import Item, Request
from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import corpus, deep_generations
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.formats import (
    Format,
    format_of,
    python_spellings,
    read_json,
    read_multipart,
    read_ndjson,
    read_protobuf,
)
from broadcast_core.testing.conformance.subject import Subject, some_generations


def body_laws(subject: Subject) -> type:
    """Return the laws of the bodies of a destination."""

    @cache
    def requests_of_corpus() -> tuple[Request, ...]:
        return subject.plan(corpus()).requests

    @cache
    def requests_of_deep() -> tuple[Request, ...]:
        return subject.plan([*corpus(), *deep_generations()]).requests

    def all_read(requests: Iterable[Request], kind: Format, read: Callable[[Request], Any]) -> list[Any]:
        return [read(request) for request in requests if format_of(request.endpoint) == kind]

    class Laws:
        """Bodies are what they say that they are."""

        @subject.settings
        @given(some_generations())
        def test_json_bodies_are_json_that_any_parser_reads(self, batch: list[Generation]) -> None:
            """The envelope fits its items; no NaN, no lone surrogate, no key twice."""
            all_read(subject.plan(batch).requests, "json", lambda request: read_json(request.body))

        def test_json_bodies_of_a_corpus_are_json(self) -> None:
            """With many items, and with odd content."""
            all_read(requests_of_deep(), "json", lambda request: read_json(request.body))

        @subject.settings
        @given(some_generations())
        def test_ndjson_bodies_are_lines_of_json(self, batch: list[Generation]) -> None:
            """Each line is JSON that any parser reads; no item spans lines or shares one."""
            all_read(subject.plan(batch).requests, "ndjson", _lines)

        def test_ndjson_bodies_of_a_corpus_are_lines(self) -> None:
            """With many items, and with odd content."""
            all_read(requests_of_deep(), "ndjson", _lines)

        def test_protobuf_bodies_are_messages(self) -> None:
            """By their wire format; several messages one after another are one."""
            all_read(requests_of_corpus(), "protobuf", lambda request: read_protobuf(request.body))

        def test_multipart_bodies_are_parts(self) -> None:
            """Between boundaries that no content holds, each with headers."""
            all_read(requests_of_corpus(), "multipart", _parts)

        def test_json_has_nothing_as_only_python_writes_it(self) -> None:
            """No `Decimal('1')`, no `datetime.datetime(...)`, no `<object at 0x...>`."""
            values = all_read(requests_of_corpus(), "json", lambda request: read_json(request.body))
            values += all_read(requests_of_corpus(), "ndjson", lambda request: read_ndjson(request.body))

            expect_nothing(
                [one for value in values for one in python_spellings(value)], "written by Python's repr"
            )

        @subject.settings
        @given(some_generations())
        def test_an_item_has_no_more_rows_than_it_declares(self, batch: list[Generation]) -> None:
            """Where rows can be counted, in JSON and NDJSON: else `max_items` holds for nothing."""
            for request in subject.plan(batch).requests:
                _check_rows(request)

        def test_items_of_a_corpus_have_no_more_rows_than_they_declare(self) -> None:
            """With long traces and odd content."""
            for request in requests_of_corpus():
                _check_rows(request)

        def test_keys_of_items_tell_them_apart(self) -> None:
            """Two items of one request have two keys: answers name them by it."""
            for request in requests_of_corpus():
                keys = [item.key for item in request.items if item.key is not None]
                assert len(keys) == len(set(keys)), "two items of a request have the same key"

    return Laws


def _lines(request: Request) -> None:
    values = read_ndjson(request.body)
    assert None not in values, "a line is null"
    assert len(values) == sum(len(read_ndjson(item.body)) for item in request.items), (
        "the separator, or the suffix, puts items into one line, or parts them: use b'\\n' for both"
    )


def _parts(request: Request) -> None:
    kinds = [value for name, value in request.headers.items() if name.lower() == "content-type"]
    parts = read_multipart(request.body, (kinds or [request.endpoint.content_type])[0])
    assert len(parts) >= len(request.items), "there are fewer parts than items"


def _check_rows(request: Request) -> None:
    """Raise for an item, or a body, with more rows than declared; of other formats nothing is counted."""
    kind = format_of(request.endpoint)
    if kind == "ndjson":
        for item in request.items:
            assert len(read_ndjson(item.body)) <= item.rows, (
                "an item has more lines than rows: the line of an action is a row too"
            )
    elif kind == "json":
        body = read_json(request.body)
        if isinstance(body, list):
            assert len(body) <= sum(item.rows for item in request.items), "a body has more rows than declared"
        if request.endpoint.prefix.rstrip().endswith(b"["):
            for item in request.items:
                _check_elements(item)


def _check_elements(item: Item) -> None:
    elements = _elements(item.body)
    assert isinstance(elements, list), "no elements"
    rows = max(len(one) if isinstance(one, list) and _is_rows(one) else 0 for one in (*elements, []))
    assert max(len(elements), rows) <= item.rows, "an item has more rows than it declares"


def _elements(body: bytes) -> Json:
    """Return the elements of an array that an item is, or that stand in a JSON string."""
    try:
        return read_json(b"[%s]" % body)
    except ValueError:
        text = read_json(b'"[%s]"' % body)
        return read_json(str(text).encode())


def _is_rows(value: list[Any]) -> bool:
    """Tell whether a list holds several rows, and is not one row of values in their order."""
    return bool(value) and all(isinstance(one, dict) for one in value)
