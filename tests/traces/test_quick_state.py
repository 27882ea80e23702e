"""The quick ways to store state and to read it do what the careful ones do, or leave it to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core import Generation, Join, Route, State, dump_state, jsontext, load_state, plan
from broadcast_core.errors import StateError
from broadcast_core.testing.strategies import batches, generations
from broadcast_core.traces import state_codec
from tests.fake import Lines
from tests.readers.mutation import changed, json_values, places


def _state(generations: list[Generation], *, keep: bool) -> dict[str, State]:
    return dict(plan(generations, Route.to(Lines()), join=Join() if keep else None).state)


def _written(state: dict[str, State]) -> bytes:
    """Return what the careful codec writes."""
    kept = {name: state_codec.SavedState(one) for name, one in state.items()}
    document = state_codec._document_of(state_codec._ROUTES.write(kept))
    return json.dumps(document, ensure_ascii=True).encode()


@given(generations=batches(generations()), keep=st.booleans())
def test_both_ways_store_the_same(generations: list[Generation], keep: bool) -> None:
    """And read the same of what either has stored."""
    state = _state(generations, keep=keep)
    quick, careful = dump_state(state), _written(state)

    assert repr(json.loads(quick.decode("utf-8", "surrogatepass"))) == repr(json.loads(careful))
    assert repr(load_state(quick)) == repr(load_state(careful))
    assert state == load_state(quick) == load_state(careful)


@pytest.mark.parametrize("engine", ["orjson", "stdlib"])
@given(generations=batches(generations()))
def test_the_bytes_hang_on_no_engine(engine: Any, generations: list[Generation]) -> None:
    """Nor on how often the state has been stored."""
    state = _state(generations, keep=True)
    text = dump_state(state)
    jsontext.use_engine(engine)
    try:
        assert text == dump_state(state) == dump_state(load_state(text))
    finally:
        jsontext.use_engine("orjson")


@given(generations=batches(generations()), data=st.data())
def test_what_is_wrong_is_refused_alike(generations: list[Generation], data: st.DataObject) -> None:
    """A place of a stored state that is deleted or replaced: with the same words, however it is spaced."""
    document: Any = json.loads(dump_state(_state(generations, keep=True)).decode("utf-8", "surrogatepass"))
    path = data.draw(st.sampled_from([place for place in places(document) if place]))
    value = data.draw(st.just(...) | json_values())
    document = changed(document, path, lambda _: value)
    texts = [jsontext.dumps_lossy(document)[0] + b"\n", json.dumps(document).encode()]
    found = []
    for text in texts:
        try:
            found.append(repr(load_state(text)))
        except StateError as error:
            found.append(str(error))

    assert found[0] == found[1] or b"-0.0" in texts[1] or "NaN" in found[1] or "inf" in found[1]
