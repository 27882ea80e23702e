"""Laws of what is too large: it is shortened and told, without a word of it, and costs no generation."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from broadcast_core.pipeline.plugin_checks import endpoints_of
from broadcast_core.record.generation import Content, Generation
from broadcast_core.testing.conformance.corpus import VARIANTS, full
from broadcast_core.testing.conformance.details import of_length
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.subject import MARKER, Subject

_MAX_TRIED = 8_000_000
"""Bytes of a text beyond which none is made to see what happens."""


def size_laws(subject: Subject) -> type:
    """Return the laws of texts that are as large as a request, and larger."""

    def capacities() -> Iterator[int]:
        """Yield how much an item of each endpoint may have, in bytes, where that can be tried."""
        for endpoint in endpoints_of(subject.destination, subject.config).values():
            if endpoint.capacity < _MAX_TRIED:
                yield endpoint.capacity

    class Laws:
        """What is too large is shortened."""

        def test_a_text_near_the_limit_is_no_fault(self) -> None:
            """Content as long as an item may be is shortened, or rejected with its reason; nothing raises."""
            for size in capacities():
                for text in ("a" * size, "é" * (size // 2), "\n" * size, "a" * (size // 2)):
                    outcomes = subject.plan([_saying(text)]).outcomes
                    expect_nothing([one.reason for one in outcomes if " failed: " in one.reason], "faults")

        def test_what_is_too_large_is_shortened_and_not_rejected(self) -> None:
            """A text for which no request has room costs the end of the text, and not the generation."""
            lost = []
            for size in set(capacities()):
                for (field, name), detail in of_length(size + size // 2).items():
                    made = VARIANTS["an error"](detail("end"))
                    rejected = [
                        one.reason for one in subject.plan([made]).outcomes if one.status != "planned"
                    ]
                    lost += [f"{field}, {name} of {size + size // 2:,} characters: {why}" for why in rejected]
            expect_nothing(lost, "generations that are lost as one text is too long")

        def test_many_large_texts_are_shortened_together(self) -> None:
            """Each of which has room alone: a row that they fill twice is shortened, and not rejected."""
            for size in set(capacities()):
                made = VARIANTS["an error"](_all_of(size * 2 // 3))
                rejected = [one.reason for one in subject.plan([made]).outcomes if one.status != "planned"]
                expect_nothing(rejected, f"rejected, where every text has {size * 2 // 3:,} characters")

        def test_diagnostics_of_long_texts_quote_none(self) -> None:
            """What is shortened, or refused for its length, is told by its place and its size alone."""
            loud = []
            for size in {1_000, 30_000, 400_000, *(size + size // 2 for size in capacities())}:
                for (field, name), detail in of_length(size, f"{MARKER} ").items():
                    if MARKER in repr(subject.plan([detail("end")]).outcomes) and name not in ("a key",):
                        loud.append(f"{field}, {name} of {size:,} characters")
            expect_nothing(loud, "long texts that a diagnostic or a reason quotes")

    return Laws


def _all_of(size: int) -> Generation:
    """Return a generation whose every text has a size."""
    text, made = "a" * size, full()
    assert made.failure is not None, "a full generation has one"
    content = Content(
        input={"messages": [{"role": "user", "content": text}]},
        output={"choices": [{"message": {"content": text}}]},
        request={"tools": [text]},
    )
    trace = evolve(made.trace, metadata={"key": text}, trace_name=text, generation_name=text, span_name=text)
    return evolve(
        made,
        content=content,
        trace=trace,
        failure=evolve(made.failure, message=text, stacktrace=text),
        attempts=(evolve(made.attempts[0], message=text),),
    )


def _saying(text: str) -> Generation:
    value = {"messages": [{"role": "user", "content": text}]}
    return evolve(full(), content=Content(input=value, output=value))
