"""How much of what was said may leave: all, nothing, one side, or what the caller's own function returns.

The function (the hook) gets a copy of the content and returns content. When it fails, or returns anything
else, the content is dropped and that is said. What may quote a side that is held back, and what the hook does
not see, stays behind too: error texts, unknown fields, parameters that are no plain settings.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TypeAlias

import attrs

from broadcast_core.diagnostics import FAILURES, Diagnostic, describe_error
from broadcast_core.jsontext.jsonable import to_jsonable
from broadcast_core.policy.redaction.privacy import held_words, without_content
from broadcast_core.record.generation import Content, Generation

Hook: TypeAlias = Callable[[Content], Content]

_BESIDE = Diagnostic(
    "withheld", "$", "error texts, unknown fields and unknown parameters may quote what is held back"
)


_SIDES = ("input", "output", "request")
_EARLIER = "earlier"
_REASONS = {"privacy_mode", "drop_input", "drop_output", "content_hook", _EARLIER}
_NO_WORD = "in no list of known words, so that it may be what somebody said"


def redact_content(
    generation: Generation, *, privacy_mode: bool, drop_input: bool, drop_output: bool, hook: Hook | None
) -> tuple[Generation, tuple[Diagnostic, ...]]:
    """Return the generation with the content that may leave, and what was held back."""
    if privacy_mode:
        note = Diagnostic("withheld", "$.content", "privacy mode is on for this route")
        private = without_content(generation)
        return private, (note, *_held_words(generation, private))
    if not (drop_input or drop_output) and hook is None:
        return generation, ()
    notes: list[Diagnostic] = []
    kept = _known_reason(generation.content)
    if drop_input:
        kept = _without(kept, ("input", "request"), "drop_input", notes)
    if drop_output:
        kept = _without(kept, ("output",), "drop_output", notes)
    if hook is not None:
        kept = _hooked(kept, hook, notes)
    private = without_content(generation)
    words = _held_words(generation, private)
    return attrs.evolve(private, content=kept), (*notes, _BESIDE, *words)


def _held_words(before: Generation, after: Generation) -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic("withheld", path, _NO_WORD) for path in held_words(before, after))


def _without(content: Content, names: tuple[str, ...], switch: str, notes: list[Diagnostic]) -> Content:
    for name in names:
        if getattr(content, name) is not None:
            notes.append(Diagnostic("withheld", f"$.content.{name}", f"{switch} is on for this route"))
    withheld = switch if content.withheld is None else f"{content.withheld}, {switch}"
    return attrs.evolve(content, **dict.fromkeys(names), withheld=withheld)


def _known_reason(content: Content) -> Content:
    """Return content that says why it was withheld before in words of ours: others may be anybody's."""
    known = content.withheld is None or _REASONS.issuperset(content.withheld.split(", "))
    return content if known else attrs.evolve(content, withheld=_EARLIER)


def _copied(content: Content, notes: list[Diagnostic]) -> Content:
    """Return a copy for a hook; of what Python does not copy, the plain JSON that would be sent."""
    try:
        return copy.deepcopy(content)
    except FAILURES as error:  # too deep, or of a type of the caller's own
        notes.append(
            Diagnostic("coerced", "$.content", f"plain JSON for the content hook: {describe_error(error)}")
        )
        return attrs.evolve(content, **{name: to_jsonable(getattr(content, name))[0] for name in _SIDES})


def _hooked(content: Content, hook: Hook, notes: list[Diagnostic]) -> Content:
    try:
        returned = hook(_copied(content, notes))
        why = "" if isinstance(returned, Content) else f"returned {type(returned).__name__} and no Content"
    except FAILURES as error:  # whatever the caller's function does, nothing gets past it
        returned, why = content, f"failed: {describe_error(error)}"
    if not why:
        return returned
    notes.append(Diagnostic("withheld", "$.content", f"the content hook {why}"))
    return Content(withheld="content_hook")
