"""How much of what was said leaves: one side, or what the caller's own function returns."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import given

from broadcast_core import Attempt, Content, Diagnostic, Failure, Generation, Policy, Timing
from broadcast_core.jsontext import dumps_lossy
from broadcast_core.policy import Evaluation, evaluate
from broadcast_core.testing.strategies import EPOCH, generations

SAID = Content(input="asked", output="answered", request={"tools": ["tooled"]})
GENERATION = Generation(
    id="a",
    timing=Timing(start=EPOCH),
    content=SAID,
    failure=Failure(message="quoted", stacktrace="quoted", raw="quoted"),
    attempts=(Attempt(index=0, message="quoted"),),
    parameters={"temperature": 1, "stop": ["quoted"]},
    extra={"unknown": "quoted"},
)


def _allowed(policy: Policy, generation: Generation = GENERATION) -> Evaluation:
    evaluation = evaluate(policy, generation)
    assert evaluation.redacted is not None
    return evaluation


BESIDE = Diagnostic(
    "withheld", "$", "error texts, unknown fields and unknown parameters may quote what is held back"
)
NO_WORD = "in no list of known words, so that it may be what somebody said"
PARAMETERS = Diagnostic("withheld", "$.parameters", NO_WORD)
SIDES: dict[str, tuple[dict[str, bool], Content]] = {
    "input": ({"drop_input": True}, Content(output="answered", withheld="drop_input")),
    "output": (
        {"drop_output": True},
        Content(input="asked", request={"tools": ["tooled"]}, withheld="drop_output"),
    ),
    "both": ({"drop_input": True, "drop_output": True}, Content(withheld="drop_input, drop_output")),
}


@pytest.mark.parametrize(("switches", "expected"), SIDES.values(), ids=SIDES)
def test_one_side_can_be_held_back(switches: dict[str, Any], expected: Content) -> None:
    """With it goes what may quote it: errors, unknown fields, unknown parameters."""
    allowed = _allowed(Policy(**switches))

    assert expected == allowed.redacted.content
    assert b"quoted" not in dumps_lossy(repr(allowed.redacted))[0]
    assert {"temperature": 1} == allowed.redacted.parameters
    assert {"withheld"} == {note.kind for note in allowed.diagnostics}


def test_the_hook_decides_what_is_said() -> None:
    """It gets the content and returns content; nothing else that may quote it leaves."""

    def shout(content: Content) -> Content:
        return Content(input=str(content.input).upper(), output=content.output)

    allowed = _allowed(Policy(content_hook=shout))

    assert Content(input="ASKED", output="answered") == allowed.redacted.content
    assert "quoted" not in repr(allowed.redacted)


def _raises(content: Content) -> Content:
    raise KeyError(content.input)


HOOKS: dict[str, tuple[Any, str]] = {
    "raises": (
        _raises,
        f"the content hook failed: KeyError at {__name__}:{_raises.__code__.co_firstlineno + 1}",
    ),
    "returns None": (lambda content: None, "the content hook returned NoneType and no Content"),
    "returns text": (lambda content: "x", "the content hook returned str and no Content"),
}


@pytest.mark.parametrize(("hook", "what"), HOOKS.values(), ids=HOOKS)
def test_a_hook_that_fails_lets_nothing_through_and_says_so(hook: Any, what: str) -> None:
    """The outcome tells what failed, and quotes nothing."""
    allowed = _allowed(Policy(content_hook=hook))

    assert Content(withheld="content_hook") == allowed.redacted.content
    assert (Diagnostic("withheld", "$.content", what), BESIDE, PARAMETERS) == allowed.diagnostics
    assert "asked" not in repr(allowed)


NOTES: dict[str, tuple[Policy, Content, list[str]]] = {
    "input": (
        Policy(drop_input=True),
        SAID,
        [
            "withheld $.content.input: drop_input is on for this route",
            "withheld $.content.request: drop_input is on for this route",
        ],
    ),
    "input without a request": (
        Policy(drop_input=True),
        Content(input="asked", output="answered"),
        ["withheld $.content.input: drop_input is on for this route"],
    ),
    "output": (
        Policy(drop_output=True),
        SAID,
        ["withheld $.content.output: drop_output is on for this route"],
    ),
    "output where there is none": (Policy(drop_output=True), Content(input="asked"), []),
    "a hook that works": (Policy(content_hook=lambda content: content), SAID, []),
}


@pytest.mark.parametrize(("policy", "content", "expected"), NOTES.values(), ids=NOTES)
def test_what_is_held_back_is_told_field_by_field(
    policy: Policy, content: Content, expected: list[str]
) -> None:
    """Once for each that held something, then what may quote it."""
    allowed = _allowed(policy, attrs.evolve(GENERATION, content=content))

    assert [*expected, str(BESIDE), str(PARAMETERS)] == [str(note) for note in allowed.diagnostics]


def test_privacy_mode_is_told_once() -> None:
    """With the fields whose words are in no list."""
    allowed = _allowed(Policy(privacy_mode=True))
    note = Diagnostic("withheld", "$.content", "privacy mode is on for this route")

    assert (note, PARAMETERS) == allowed.diagnostics


def test_what_was_withheld_before_stays_told() -> None:
    """Beside what this route holds back; why, only in words of ours."""
    ours = {one: one for one in ("privacy_mode", "drop_output, content_hook")}
    others = dict.fromkeys(("my own words", "drop_output, my own words"), "earlier")
    for reason, told in {**ours, **others}.items():
        before = attrs.evolve(GENERATION, content=Content(input="asked", withheld=reason))
        after = _allowed(Policy(drop_input=True), before).redacted.content
        hooked = _allowed(Policy(content_hook=lambda content: content), before).redacted.content

        assert (f"{told}, drop_input", told) == (after.withheld, hooked.withheld)


def test_content_that_python_does_not_copy_goes_to_a_hook_as_plain_json() -> None:
    """It is not lost for that; and the hook is asked."""
    deep: Any = "asked"
    for _ in range(5000):
        deep = [deep]
    asked: list[Content] = []

    def hook(content: Content) -> Content:
        asked.append(content)
        return content

    for odd in (deep, MappingProxyType({"messages": ["asked"]})):
        allowed = _allowed(Policy(content_hook=hook), attrs.evolve(GENERATION, content=Content(input=odd)))

        assert allowed.redacted.content == asked[-1]
        assert isinstance(allowed.redacted.content.input, list | dict)
        assert "coerced $.content: plain JSON for the content hook" in str(allowed.diagnostics[0])


class _Replacements(list[str]):
    """A hook that is a list of its own settings, empty at first."""

    def __call__(self, content: Content) -> Content:
        return Content(input=[word for word in self if word in str(content.input)])


def test_a_hook_that_counts_as_false_is_asked() -> None:
    """It is a function all the same."""
    assert Content(input=[]) == _allowed(Policy(content_hook=_Replacements())).redacted.content


def test_a_hook_cannot_change_the_record_of_another_route() -> None:
    """It works on a copy."""
    generation = Generation(
        id="a", timing=Timing(start=EPOCH), content=Content(input={"messages": ["asked"]})
    )

    def spoils(content: Content) -> Content:
        content.input["messages"].clear()
        return content

    allowed = _allowed(Policy(content_hook=spoils), generation)

    assert {"messages": []} == allowed.redacted.content.input
    assert {"messages": ["asked"]} == generation.content.input


def test_a_hook_sees_only_what_may_leave() -> None:
    """A side that is dropped is dropped before."""
    seen: list[Content] = []

    def look(content: Content) -> Content:
        seen.append(content)
        return content

    _allowed(Policy(content_hook=look, drop_input=True))
    _allowed(Policy(content_hook=look, privacy_mode=True))

    assert [Content(output="answered", withheld="drop_input")] == seen


@given(generations())
def test_without_a_switch_content_stays_as_it_is(generation: Generation) -> None:
    """Only the operator's policy takes anything out."""
    allowed = _allowed(Policy(), generation)

    assert (generation.content, generation.failure, generation.extra) == (
        allowed.redacted.content,
        allowed.redacted.failure,
        allowed.redacted.extra,
    )
