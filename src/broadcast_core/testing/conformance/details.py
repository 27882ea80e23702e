"""Generations that differ in one detail: the last of many, the end of what is long, a part of a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from broadcast_core.jsontext import Json
from broadcast_core.record.generation import Generation
from broadcast_core.testing.conformance.corpus import full

Detail = Callable[[str], Generation]
"""Returns a generation with a text in one place."""
_LONG = {"long": 600, "very long": 12_000, "huge": 300_000}
_MANY = 120


def _asked(message: Callable[[str], Json]) -> Detail:
    return lambda text: _with_content(input={"messages": [{"role": "user", "content": "a"}, message(text)]})


def _answered(message: Callable[[str], Json]) -> Detail:
    return lambda text: _with_content(output={"choices": [{"index": 0, "message": message(text)}]})


def _with_content(**changes: Json) -> Generation:
    made = full()
    return evolve(made, content=evolve(made.content, **changes))


def _with_trace(**changes: Any) -> Generation:
    made = full()
    return evolve(made, trace=evolve(made.trace, **changes))


def _with_identity(**changes: Any) -> Generation:
    made = full()
    return evolve(made, identity=evolve(made.identity, **changes))


def of_length(length: int, fill: str = "a") -> Mapping[tuple[str, str], Detail]:
    """Return details at the end of texts of about a length, by field and name; `fill` is repeated."""
    fill *= length // len(fill)
    return {
        ("content.input", "a text"): _asked(lambda text: {"role": "user", "content": fill + text}),
        ("content.input", "a prompt"): lambda text: _with_content(input={"prompt": fill + text}),
        ("content.output", "a text"): _answered(lambda text: {"role": "assistant", "content": fill + text}),
        ("content.request", "a tool"): lambda text: _with_content(request={"tools": [fill + text]}),
        ("trace.metadata", "a value"): lambda text: _with_trace(metadata={"key": fill + text}),
        ("trace.metadata", "a key"): lambda text: _with_trace(metadata={fill + text: 1}),
        ("trace.tags", "a tag"): lambda text: _with_trace(tags=(fill + text,)),
        ("trace.trace_name", "a name"): lambda text: _with_trace(trace_name=fill + text),
        ("identity.user_id", "an id"): lambda text: _with_identity(user_id=fill + text),
        ("identity.session_id", "an id"): lambda text: _with_identity(session_id=fill + text),
        ("model", "a name"): lambda text: evolve(full(), model=fill + text),
        ("failure.message", "a text"): lambda text: _failed(message=fill + text),
        ("failure.stacktrace", "a text"): lambda text: _failed(stacktrace=fill + text),
    }


def _failed(**changes: Any) -> Generation:
    made = full()
    assert made.failure is not None, "a full generation has one"
    return evolve(made, failure=evolve(made.failure, **changes))


def _attempts(text: str) -> Generation:
    made = full()
    some = [evolve(made.attempts[0], index=n) for n in range(_MANY)]
    return evolve(made, attempts=(*some, evolve(some[0], index=_MANY, provider=text)))


def _repeated(text: str) -> Generation:
    made = full()
    return evolve(made, attempts=(evolve(made.attempts[0], provider=text), *made.attempts))


_PARTS: Mapping[tuple[str, str], Detail] = {
    ("content.input", "the image of a part"): _asked(
        lambda text: {"role": "user", "content": [{"type": "image_url", "image_url": {"url": text}}]}
    ),
    ("content.input", "the text of a second part"): _asked(
        lambda text: {
            "role": "user",
            "content": [{"type": "text", "text": "a"}, {"type": "text", "text": text}],
        }
    ),
    ("content.input", "the role of a message"): _asked(lambda text: {"role": f"role {text}", "content": "a"}),
    ("content.input", "a prompt"): lambda text: _with_content(input={"prompt": text}),
    ("content.input", "a value of another shape"): lambda text: _with_content(input=[{"a": [text]}]),
    ("content.output", "the arguments of a call"): _answered(
        lambda text: {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": text}}],
        }
    ),
    ("content.output", "the reasoning"): _answered(
        lambda text: {"role": "assistant", "content": "a", "reasoning": text}
    ),
    ("content.output", "a second choice"): lambda text: _with_content(
        output={"choices": [{"message": {"content": "a"}}, {"message": {"content": text}}]}
    ),
    ("content.output", "a text of a completion"): lambda text: _with_content(
        output={"choices": [{"text": text}]}
    ),
    ("content.output", "a value of another shape"): lambda text: _with_content(
        output={"data": [{"a": text}]}
    ),
    ("trace.tags", "the last of many"): lambda text: _with_trace(tags=(*map(str, range(_MANY)), text)),
    ("trace.metadata", "the last of many"): lambda text: _with_trace(
        metadata={**{f"key{n}": n for n in range(_MANY)}, "last": text}
    ),
    ("trace.metadata", "a value deep inside"): lambda text: _with_trace(
        metadata={"a": [{"b": {"c": [text]}}]}
    ),
    ("trace.metadata", "the kind of a value"): lambda text: _with_trace(
        metadata={"a": 1 if text > "m" else "1"}
    ),
    ("attempts.provider", "the last of many"): _attempts,
    ("attempts.provider", "the first of two with one index"): _repeated,
    ("content.input", "the last of many messages"): lambda text: _with_content(
        input={"messages": [{"role": "user", "content": one} for one in (*map(str, range(_MANY)), text)]}
    ),
}

DETAILS: Mapping[tuple[str, str], Detail] = {
    **_PARTS,
    **{
        (field, f"the end of {name} that is {size}"): detail
        for size, length in _LONG.items()
        for (field, name), detail in of_length(length).items()
    },
}
"""Details by the field that they are of, and by name."""
