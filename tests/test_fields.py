"""The fields of the record one by one: all of them, and each can be changed alone."""

from __future__ import annotations

from hypothesis import given

from broadcast_core import Attempt, Generation, Timing, TraceContext
from broadcast_core.codec import encode
from broadcast_core.fields import classes, leaves
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
    keys = {f"k{n}": n for n in range(10_000)}
    few = {f"k{n}": n for n in range(100)}
    many = Generation(
        id="gen-1",
        timing=Timing(start=EPOCH),
        trace=TraceContext(metadata=keys),
        parameters=few,
        attempts=tuple(Attempt(index=n) for n in range(31)),
    )
    paths = [leaf.path for leaf in leaves(many)]

    assert {"$.trace.metadata", "$.attempts", "$.parameters.k99"} <= set(paths)
    assert len(paths) < 115


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
