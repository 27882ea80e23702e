"""The fields of the record one by one: all of them, and each can be changed alone."""

from __future__ import annotations

from hypothesis import given

from broadcast_core import Attempt, Generation, Timing, TraceContext
from broadcast_core.record.codec import encode
from broadcast_core.record.leaves import classes, leaves
from broadcast_core.testing.strategies import EPOCH, generations

ABSENT = object()


@given(generations())
def test_a_change_of_a_field_changes_it_and_no_other(generation: Generation) -> None:
    """So that what differs on the wire is due to that field."""
    before = {leaf.path: leaf.value for leaf in leaves(generation)}
    for leaf in leaves(generation):
        changed = leaf.changed(generation)
        assert encode(generation) != encode(changed)
        after = {one.path: one.value for one in leaves(changed)}
        paths = before.keys() | after.keys()
        differing = {path for path in paths if before.get(path, ABSENT) != after.get(path, ABSENT)}
        assert {leaf.path} == differing


def test_what_is_many_is_one_field() -> None:
    """Keys of an object and records of one kind, so that a record has never very many fields."""

    def paths(keys: int, attempts: int) -> list[str]:
        metadata = {f"k{n}": n for n in range(keys)}
        tries = tuple(Attempt(index=n) for n in range(attempts))
        trace = TraceContext(metadata=metadata)
        many = Generation(id="gen-1", timing=Timing(start=EPOCH), trace=trace, attempts=tries)
        return [leaf.path for leaf in leaves(many)]

    assert {"$.trace.metadata.k99", "$.attempts[29].index"} <= set(paths(100, 30))
    assert {"$.trace.metadata", "$.attempts"} <= set(paths(101, 31))


def test_keys_that_are_in_no_list_are_one_field() -> None:
    """They may be what somebody said, and so are not named; those of metadata are the caller's own names."""
    generation = Generation(
        id="gen-1",
        timing=Timing(start=EPOCH),
        parameters={"temperature": 1, "my own words": 2, "thinking": {}, 5: 6},
        generation_cost={"usage": 1, "cache_creation.ephemeral_5m_input_tokens": 2, "cache_creation.mine": 3},
        trace=TraceContext(metadata={"mine": 1}),
    )
    found = {leaf.path: leaf for leaf in leaves(generation)}

    assert {"my own words": 2, 5: 6} == found["$.parameters.*"].value
    assert {"temperature": 1, "thinking": {}} == found["$.parameters.*"].changed(generation).parameters
    assert {"cache_creation.mine": 3} == found["$.generation_cost.*"].value
    assert {"$.parameters.temperature", "$.parameters.thinking", "$.trace.metadata.mine"} <= found.keys()


@given(generations())
def test_every_known_value_of_the_record_is_a_field(generation: Generation) -> None:
    """Nothing that the codec writes is passed over."""
    paths = {path.split("[")[0] for path in (leaf.path for leaf in leaves(generation))}
    written = encode(generation)

    assert {f"$.{name}" for name in written} - {"$.extra", "$.status"} <= {
        ".".join(path.split(".")[:2]) for path in paths
    } | {"$.timing", "$.trace"}


def test_every_field_has_a_privacy_class() -> None:
    """One without counts as content; this is the whole list, by its classes."""
    found = dict(classes())

    assert {"content", "identity", "operational"} == set(found.values())
    assert (
        "content" == found["$.failure.message"] == found["$.attempts[].message"] == found["$.content.input"]
    )
    assert "identity" == found["$.identity.user_id"] == found["$.trace.metadata"]
    assert 85 < len(found)
