"""One generation over several calls of `plan`: what a route let out of it before, and what it tells now.

The policy is asked once, of what the versions of the first call make up. Later versions are redacted and
joined with those that were let out, so that the result hangs on the set of all of them alone. Where a
generation hangs, and the time of its ids, stay as they were planned first.
"""

from __future__ import annotations

from attrs import evolve

from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.errors import RecordError
from broadcast_core.jsontext import dumps_lossy
from broadcast_core.jsontext.jsonable import storable
from broadcast_core.pipeline.route import Route
from broadcast_core.policy import Evaluation, Policy, evaluate
from broadcast_core.policy.versions import completed, versions_let_out
from broadcast_core.record.codec import decode, encode
from broadcast_core.record.generation import Content, Generation
from broadcast_core.record.joining import SIDES, Joined, joined
from broadcast_core.traces.let_out import LetOut, Place

_NOT_KEPT = Diagnostic("dropped", "$", "not kept to be joined: a later version is judged without this one")
_NO_RECORD = Diagnostic("dropped", "$", "not kept to be joined: it cannot be written as a record")
_BEFORE = Diagnostic("merged", "$.id", "joined with what was let out of it before")
_STAYS = Diagnostic("merged", "$.trace", "planned at another place of the traces before: it stays there")
_STAYS_HELD = Diagnostic("withheld", "$.content", "this route withheld some of it before, and does still")


def let_out_of(one: Joined, route: Route, hash_key: str | None) -> Evaluation:
    """Return what may leave of a generation, whose versions all came in this call."""
    if len(one.versions) == 1:
        return evaluate(route.policy, one.generation, route=route.name, hash_key=hash_key)
    return _of_versions(one, route, hash_key, None)[0]


def join_with_earlier(
    one: Joined, route: Route, hash_key: str | None, known: LetOut | None
) -> tuple[Evaluation, LetOut | None]:
    """Return what may leave of a generation with all that was let out of it before, and what to keep of it.

    None: nothing is kept, as it does not leave.
    """
    evaluation, kept = _of_versions(one, route, hash_key, known)
    if evaluation.redacted is None:
        told = () if evaluation.error is not None else (_NOT_KEPT,)
        return evolve(evaluation, diagnostics=told), None
    if kept is None or not all(map(_is_record, kept.versions)):
        return evolve(evaluation, diagnostics=(*evaluation.diagnostics, _NO_RECORD)), None
    return evaluation, kept


def _of_versions(
    one: Joined, route: Route, hash_key: str | None, known: LetOut | None
) -> tuple[Evaluation, LetOut | None]:
    """Return what may leave, and what of it may be kept.

    The checks, and a content hook, are asked of all versions together, and each is redacted by itself: what
    one of them may say is not lost with what another may not.
    """
    was_let_out = known is not None and bool(known.versions)
    evaluation = evaluate(
        route.policy, one.generation, route=route.name, hash_key=hash_key, was_let_out=was_let_out
    )
    if evaluation.redacted is None:
        return evaluation, None
    try:
        return _joined(one, route, hash_key, known, evaluation, evaluation.redacted)
    except FAILURES as error:  # fail closed: what cannot be joined does not leave
        what = f"what is told of it cannot be joined ({describe_error(error)})"
        return Evaluation(error=f"{what}: look at the types of its fields"), None


def _joined(
    one: Joined,
    route: Route,
    hash_key: str | None,
    known: LetOut | None,
    evaluation: Evaluation,
    redacted: Generation,
) -> tuple[Evaluation, LetOut]:
    before = () if known is None else known.versions
    held = frozenset() if known is None else known.held
    whole, told = _without(redacted.content, held)
    found = joined((*before, *versions_let_out(route.policy, one.versions, whole, hash_key)))
    out, moved = _in_place(completed(found.generation), known)
    again = (_BEFORE,) if before else ()
    notes = (*one.notes, *again, *found.notes, *moved, *told, *evaluation.diagnostics)
    kept = LetOut(
        versions=found.versions,
        start=out.timing.start if known is None else known.start,
        place=Place.of(out),
        held=held | _newly_held(one.generation.content, whole, route.policy),
        latest=max(version.timing.end or version.timing.start for version in found.versions),
        size=sum(len(dumps_lossy(encode(version))[0]) for version in found.versions),
    )
    return evolve(evaluation, redacted=out, diagnostics=tuple(dict.fromkeys(notes))), kept


def _without(content: Content, held: frozenset[str]) -> tuple[Content, tuple[Diagnostic, ...]]:
    """Return content without the sides that were withheld before, and what is told of them."""
    sides = {name: None for name in held if getattr(content, name) is not None}
    return (evolve(content, **sides), (_STAYS_HELD,)) if sides else (content, ())


def _newly_held(given: Content, whole: Content, policy: Policy) -> frozenset[str]:
    """Return the sides that a content hook took out; settings hold back what they do each time."""
    if policy.content_hook is None:
        return frozenset()
    return frozenset(
        name for name in SIDES if getattr(given, name) is not None and getattr(whole, name) is None
    )


def _in_place(generation: Generation, known: LetOut | None) -> tuple[Generation, tuple[Diagnostic, ...]]:
    """Return a generation where it was planned first, and whether its versions tell otherwise."""
    if known is None or Place.of(generation) == known.place:
        return generation, ()
    return evolve(generation, trace=known.place.of_trace(generation.trace)), (_STAYS,)


def _is_record(version: Generation) -> bool:
    """Tell whether a version can be stored and read back."""
    try:
        decode(storable(encode(version)))
    except RecordError:
        return False
    return True
