"""Content and its text: written once, and never past what somebody has changed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given

from broadcast_core import Content, Generation, Policy, Route, Timing, jsontext, plan
from broadcast_core.jsontext import dumps, dumps_lossy
from broadcast_core.readers import read_text
from broadcast_core.record.codec import decode_line, encode_line
from broadcast_core.record.content_value import ContentValue
from broadcast_core.record.generation import content_value, know_texts
from broadcast_core.testing.strategies import EPOCH, generations
from tests.fake import Lines

SIDES = ("input", "output", "request")
LINE = b'{"id":"gen-1","timing":{"start":"2026-11-23T10:00:00Z"},"model":"m","content":{"input":{"a":[1]}}}'


@given(generation=generations())
def test_what_was_read_has_the_text_that_would_be_written(generation: Generation) -> None:
    """Of each side, by both readers."""
    line = encode_line(generation)
    (read,) = read_text(line).generations
    for found in (decode_line(line), read):
        for side in SIDES:
            value = content_value(found.content, side)  # type: ignore[arg-type]
            if value is not None:
                assert (dumps_lossy(value.value)[0], ()) == (value.text, value.changed)
        assert found == decode_line(line)


def test_a_text_is_only_that_of_its_own_value() -> None:
    """A document of another form may have an object of that name."""
    document = {
        "request": {"model": "m", "messages": [{"role": "user", "content": "asked"}]},
        "response": {"id": "gen-1", "choices": [{"message": {"role": "assistant", "content": "answered"}}]},
        "started_at": "2026-11-23T10:00:00Z",
        "content": {"input": "another", "output": "another"},
    }
    (generation,) = read_text(dumps(document)).generations
    (asked, answered, _) = _texts(generation.content)

    assert b"asked" in (asked or b"")
    assert b"answered" in (answered or b"")


def _texts(content: Content) -> list[bytes | None]:
    found = (content_value(content, side) for side in SIDES)  # type: ignore[arg-type]
    return [one and one.text for one in found]


def test_who_has_seen_a_value_may_have_changed_it() -> None:
    """Its text is that of the value as it is then, also when it is changed again after a plan."""
    generation = decode_line(LINE)
    content_value(generation.content, "input")
    generation.content.input["a"].append(2)

    assert b'{"a":[1,2]}' == _texts(generation.content)[0]
    generation.content.input["a"].append(3)
    assert b'{"a":[1,2,3]}' == _texts(generation.content)[0]


def test_who_has_seen_one_side_may_have_changed_what_another_shares() -> None:
    """A reader may leave one object in two places."""
    shared = [1]
    content = Content(input={"a": shared}, request={"b": shared})
    know_texts(content, {}, {})
    assert [b'{"a":[1]}', None, b'{"b":[1]}'] == _texts(content)
    content.input["a"].append(2)

    assert [b'{"a":[1,2]}', None, b'{"b":[1,2]}'] == _texts(content)


def test_a_hook_that_changes_content_in_its_place_is_heeded() -> None:
    """What it took out is in no request, whether the record was read or made, and planned before or not."""

    def without_input(content: Content) -> Content:
        content.input["a"] = "taken out"
        return content

    kept, held = Route.to(Lines(), name="kept"), Route.to(Lines(), policy=Policy(content_hook=without_input))
    made = Generation(id="gen-2", timing=Timing(start=EPOCH), model="m", content=Content(input={"a": [1]}))
    for generation in (decode_line(LINE), made):
        for routes in ([kept, held], [held, kept], [held]):
            bodies = {request.route: request.body for request in plan([generation], routes).requests}

            assert b"taken out" in bodies["lines"]
            assert b"[1]" not in bodies["lines"]
            assert b"[1]" in bodies.get("kept", b"[1]")


def test_a_value_of_a_program_is_written_anew_each_time() -> None:
    """It may change between two plans."""
    asked: dict[str, Any] = {"a": 1}
    generation = Generation(id="gen-1", timing=Timing(start=EPOCH), model="m", content=Content(input=asked))
    route = Route.to(Lines())
    first = plan([generation], route).requests[0].body
    asked["a"] = 2

    assert b'"a":1' in first
    assert b'"a":2' in plan([generation], route).requests[0].body


def test_content_is_a_record_like_any_other() -> None:
    """Equal, shown, copied, pickled and evolved by its values."""
    read, made = decode_line(LINE).content, Content(input={"a": [1]})
    for same in (copy.deepcopy(read), copy.copy(read), pickle.loads(pickle.dumps(read)), attrs.evolve(read)):
        assert made == same
        assert repr(made) == repr(same)
    assert made == read
    assert Content(input={"a": [1]}, output=1) == attrs.evolve(read, output=1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        read.input = None  # type: ignore[misc]


def test_a_value_with_its_text_is_its_value() -> None:
    """It equals another of an equal value, is pickled with it alone, and has no hash."""
    value = ContentValue({"a": 1}, b'{"a":1}')

    assert value == ContentValue({"a": 1}) == pickle.loads(pickle.dumps(value))
    assert value != {"a": 1}
    assert "ContentValue({'a': 1})" == repr(value)
    assert 7 == value.size
    with pytest.raises(TypeError):
        hash(value)


def test_what_json_cannot_carry_of_a_value_is_known_with_its_text() -> None:
    """The paths of what is changed."""
    value = ContentValue({"a": [float("nan")]})

    assert b'{"a":[null]}' == value.text
    assert (("a", 0),) == value.changed


def test_the_text_of_a_reading_hangs_on_no_engine() -> None:
    """Each writes its own, and they are the same."""
    texts = []
    for engine in ("orjson", "stdlib"):
        jsontext.use_engine(engine)  # type: ignore[arg-type]
        try:
            texts.append(_texts(decode_line(LINE.replace(b"[1]", b"[ 1.0E5, 5e-5, -0.0 ]")).content))
        finally:
            jsontext.use_engine("orjson")

    assert [[b'{"a":[100000.0,0.00005,0.0]}', None, None]] * 2 == texts
