"""One trace as a tree of lines: trace > named span > generation > provider attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from attrs import frozen
from rich.console import Console, ConsoleOptions
from rich.text import Text
from rich.tree import Tree

from broadcast_core.cli.console import formatting
from broadcast_core.cli.console.terminal import harmless
from broadcast_core.readers.trace_keys import DEFAULT_GENERATION_NAME, DEFAULT_TRACE_NAME
from broadcast_core.record.generation import Attempt, Generation
from broadcast_core.record.messages import ConversationPreview
from broadcast_core.traces.keys import SpanKey, span_key_of
from broadcast_core.traces.summary import Summary
from broadcast_core.traces.tree import TraceTree

LONGEST_NAME = 100
MAX_PREVIEW = 200
_BETWEEN = "  "
_STATUS_STYLES = {"ok": "green", "error": "bold red", "cancelled": "yellow"}


@frozen
class Parts:
    """A line of parts, which a narrow terminal breaks between two of them and not inside one."""

    parts: tuple[Text, ...]
    style: str = ""

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield as many lines as the width asks for."""
        line: list[Text] = []
        for part in self.parts:
            if line and self._joined([*line, part]).cell_len > options.max_width:
                yield self._joined(line)
                line = []
            line.append(part)
        yield self._joined(line)

    def _joined(self, line: list[Text]) -> Text:
        text = Text(_BETWEEN).join(line)
        text.style = self.style
        return text


def view(trace: TraceTree, previews: Mapping[str, ConversationPreview]) -> Tree:
    """Return a trace as a tree; `previews` has the texts to show, by generation id."""
    root = Tree(_trace_line(trace))
    branches: dict[SpanKey, Tree] = {}
    for generation in sorted(trace.generations.values(), key=_order(trace)):
        key = span_key_of(generation)
        parent = root
        if key is not None:
            parent = branches.get(key) or root.add(_span_line(key, trace.spans[key]))
            branches[key] = parent
        _add_generation(parent, generation, previews.get(generation.id, ConversationPreview()))
    return root


def _order(trace: TraceTree) -> Callable[[Generation], tuple[datetime, datetime, str]]:
    def order(generation: Generation) -> tuple[datetime, datetime, str]:
        key = span_key_of(generation)
        start = generation.timing.start
        return (start if key is None else trace.spans[key].start, start, generation.id)

    return order


def _trace_line(trace: TraceTree) -> Parts:
    summary = trace.summary
    name = summary.name.value if summary is not None and summary.name is not None else DEFAULT_TRACE_NAME
    generations = trace.generations.values()
    return _parts(
        _named(name, "bold"),
        _cut(trace.key),
        formatting.moment(trace.anchor if summary is None else summary.start),
        _labelled("took", formatting.between(summary.start, summary.end) if summary else formatting.UNKNOWN),
        _labelled("tokens", formatting.sum_of_counts(one.usage.known_total for one in generations)),
        _labelled("cost", formatting.sum_of_money(one.cost.total for one in generations)),
    )


def _span_line(key: SpanKey, span: Summary) -> Parts:
    return _parts(_named(key[0], "bold"), _labelled("took", formatting.between(span.start, span.end)))


def _add_generation(parent: Tree, generation: Generation, preview: ConversationPreview) -> None:
    branch = parent.add(_generation_line(generation))
    for attempt in generation.attempts:
        branch.add(_attempt_line(attempt))
    for word, text in (("asked", preview.question), ("answered", preview.answer)):
        if text is not None:
            branch.add(Text(f"{word}: {harmless(text, MAX_PREVIEW)}", style="italic"))


def _generation_line(generation: Generation) -> Parts:
    timing, usage = generation.timing, generation.usage
    return _parts(
        _named(generation.trace.generation_name or DEFAULT_GENERATION_NAME, "cyan"),
        _cut(generation.served_model or generation.model),
        _cut(generation.provider),
        _status(generation),
        formatting.time_of_day(timing.start),
        _labelled("took", formatting.between(timing.start, timing.end)),
        _labelled("first token", formatting.milliseconds(timing.first_token_ms)),
        _labelled("in", formatting.count(usage.input_tokens)),
        _labelled("out", formatting.count(usage.output_tokens)),
        _labelled("cost", formatting.money(generation.cost.total)),
        _labelled("finish", _cut(generation.finish_reason)),
    )


def _status(generation: Generation) -> Text:
    failure = generation.failure
    why = None if failure is None else failure.code or (failure.type if failure.type != "Error" else None)
    text = generation.status if why is None else f"{generation.status} {_cut(why)}"
    return Text(text, style=_STATUS_STYLES[generation.status])


def _attempt_line(attempt: Attempt) -> Parts:
    return _parts(
        f"attempt {attempt.index + 1}",
        _cut(attempt.provider),
        _labelled("status", formatting.count(attempt.status_code)),
        _labelled("took", formatting.milliseconds(attempt.latency_ms)),
        style="red" if attempt.failed else "dim",
    )


def _named(name: str, style: str) -> Text:
    return Text(_cut(name), style=style)


def _cut(text: str | None) -> str:
    return formatting.UNKNOWN if text is None else harmless(text, LONGEST_NAME)


def _labelled(label: str, value: str) -> str:
    return value if value == formatting.UNKNOWN else f"{label} {value}"


def _parts(*parts: str | Text, style: str = "") -> Parts:
    """Return a line of its parts without those that are unknown."""
    known = (part for part in parts if part != formatting.UNKNOWN)
    return Parts(tuple(part if isinstance(part, Text) else Text(part) for part in known), style)
