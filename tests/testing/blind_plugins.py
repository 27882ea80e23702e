"""Plugins that are wrong: one right destination, and many that differ from it by one fault each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import asdict, frozen

from broadcast_core.destinations import (
    CONTRACT_VERSION,
    REQUIRED,
    Checked,
    Cost,
    Delivered,
    Description,
    Diagnostic,
    Endpoint,
    Fitted,
    Generation,
    Item,
    Json,
    Refused,
    Request,
    Response,
    Secret,
    Secrets,
    SharedContent,
    TraceTree,
    Usage,
    Verdicts,
    add_bearer_token,
    attempt_metadata,
    combine,
    content_of,
    fit_json,
    fit_tags,
    fit_text,
    generation_metadata,
    max_chars_of,
    name_attempts,
    option,
    plan_check,
    read_success,
    server_url,
    to_item,
    total_cost,
    verdict_of_status,
    written_time,
)

PLATFORM = "Lighthouse"
MAX_FIELD = 200_000  # bytes of content and metadata, each
MAX_ATTEMPTS = 50_000
MAX_MESSAGE = 20_000
MAX_NAME = 1000
MAX_ID = 200  # characters
MAX_TAGS = 50


@frozen(kw_only=True)
class Config:
    """Where rows go."""

    url: str = option("https://lighthouse.example", "The server.", check=server_url, ending="/")
    dataset: str = option(REQUIRED, "The dataset to write to.", check=max_chars_of(100))


class Base:
    """Writes a row for each generation to a platform that keeps the newest version of a row."""

    name = "lighthouse"
    contract_version = CONTRACT_VERSION
    max_field = MAX_FIELD

    def describe(self) -> Description:
        """Return the options and the key; every field of the record is carried."""
        key = Secret(help="The API key, from the settings of Lighthouse.")
        return Description(config=Config, secrets={"api_key": key})

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return the one that takes rows."""
        rows = Endpoint(
            name="rows",
            url=f"{config.url}/v1/rows",
            prefix=self._prefix(config),
            suffix=b"]}",
            max_items=500,
            max_bytes=1_000_000,
            compression="gzip",
            on_resend="merges",
        )
        return (rows,)

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item]:
        """Yield a row for each generation, which a late one leaves as it is."""
        content = SharedContent(self.max_field, PLATFORM, {})
        for generation in tree.generations.values():
            yield self._row(tree, generation, content)

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key as a bearer token."""
        return add_bearer_token(request, Secrets(secrets).get("api_key"), "the API key")

    def check(self, config: Config, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return a request that reads, and what its answer means."""
        if not answers:
            ping = Endpoint(name="ping", url=f"{config.url}/v1/ping", method="GET", prefix=b"", suffix=b"")
            return plan_check(ping, b"")
        meanings = {401: ("Lighthouse refused the key", "copy it again from its settings")}
        otherwise = (f"it answered {answers[-1].status}", "look at its log")
        return read_success(answers[-1], "Lighthouse takes the key", meanings, otherwise)

    def _prefix(self, config: Config) -> bytes:
        return b'{"dataset":%s,"rows":[' % fit_json(config.dataset, "$", MAX_NAME, PLATFORM).value

    def _row(self, tree: TraceTree, generation: Generation, content: SharedContent) -> Item:
        json = {**self._content(generation, content), **self._json(generation)}
        notes = self._reported(generation)
        return to_item("rows", self._speaks_of(tree, generation), self._fields(tree, generation), json, notes)

    def _speaks_of(self, tree: TraceTree, generation: Generation) -> tuple[str, ...]:
        return (generation.id,)

    def _reported(self, generation: Generation) -> tuple[Diagnostic, ...]:
        return ()

    def _fields(self, tree: TraceTree, generation: Generation) -> dict[str, Any]:
        trace, who, timing = generation.trace, generation.identity, generation.timing
        return {
            "id": self._id(tree, generation),
            "trace": _short_id(tree.key, "$.trace.trace_id"),
            "parent": _short_id(trace.parent_span_id, "$.trace.parent_span_id"),
            "version": self._version(tree, generation),
            "start": self._written(timing.start),
            "end": self._written(timing.end) if timing.end else None,
            "duration_ms": self._milliseconds(timing.end - timing.start) if timing.end else None,
            "first_token_ms": timing.first_token_ms,
            "model": fit_text(generation.served_model or generation.model, "$.model", MAX_NAME),
            "name": fit_text(trace.generation_name, "$.trace.generation_name", MAX_NAME),
            "trace_name": fit_text(trace.trace_name, "$.trace.trace_name", MAX_NAME),
            "span_name": fit_text(trace.span_name, "$.trace.span_name", MAX_NAME),
            "user": fit_text(who.user_id, "$.identity.user_id", MAX_NAME),
            "session": fit_text(who.session_id, "$.identity.session_id", MAX_NAME),
            "tags": self._tags(trace.tags),
            "dollars": self._cost(generation.cost).map(
                lambda amount: None if amount is None else str(amount)
            ),
            "usage": self._usage(generation.usage),
            **self._failure(generation),
        }

    def _id(self, tree: TraceTree, generation: Generation) -> Fitted[str] | str | None:
        return _short_id(generation.id, "$.id")

    def _version(self, tree: TraceTree, generation: Generation) -> str:
        return written_time(tree.updated_at(generation))

    def _written(self, moment: datetime) -> str:
        return written_time(moment)

    def _milliseconds(self, duration: timedelta) -> float:
        return duration / timedelta(milliseconds=1)

    def _tags(self, tags: tuple[str, ...]) -> Fitted[list[str] | None] | list[str]:
        return fit_tags(tags, "$.trace.tags", MAX_TAGS, MAX_ID, PLATFORM)

    def _cost(self, cost: Cost) -> Fitted[Any]:
        return total_cost(cost)

    def _usage(self, usage: Usage) -> dict[str, int] | None:
        counts = {name: n for name, n in asdict(usage).items() if name.endswith("_tokens")}
        return {name: n for name, n in counts.items() if n is not None} or None

    def _failure(self, generation: Generation) -> dict[str, Any]:
        failure = generation.failure
        if failure is None:
            return {}
        return {
            "error_type": fit_text(failure.type, "$.failure.type", MAX_NAME),
            "error": self._message(failure.message),
            "stack": fit_text(failure.stacktrace, "$.failure.stacktrace", MAX_MESSAGE),
        }

    def _message(self, message: str | None) -> Fitted[str | None] | str | None:
        return fit_text(message, "$.failure.message", MAX_MESSAGE)

    def _content(self, generation: Generation, content: SharedContent) -> dict[str, Fitted[bytes] | None]:
        return content.of(generation)

    def _json(self, generation: Generation) -> dict[str, Fitted[bytes] | None]:
        known = {name: v for name, v in generation_metadata(generation).items() if name != _IN_A_COLUMN}
        metadata = self._combined(generation.trace.metadata, known)
        attempts = self._attempts(generation)
        return {
            "attempts": fit_json(attempts, "$.attempts", MAX_ATTEMPTS, PLATFORM) if attempts else None,
            "metadata": metadata.then(lambda whole: fit_json(whole, "$.metadata", MAX_FIELD, PLATFORM)),
        }

    def _combined(self, custom: Mapping[str, Json], known: Mapping[str, Json]) -> Fitted[dict[str, Json]]:
        return combine(custom, known, (), PLATFORM)

    def _attempts(self, generation: Generation) -> dict[str, Json]:
        return {name: attempt_metadata(attempt) for name, attempt in name_attempts(generation)}


_IN_A_COLUMN = "provider_attempts"


def _short_id(whole: str | None, path: str) -> Fitted[str] | str | None:
    """Return an id as it is; one that is too long ends in a hash of the whole."""
    if whole is None or len(whole) <= MAX_ID:
        return whole
    short = f"{whole[: MAX_ID - 33]}-{hashlib.sha256(whole.encode()).hexdigest()[:32]}"
    return Fitted(short, (Diagnostic("truncated", path, f"{PLATFORM} takes ids of {MAX_ID} characters"),))


class OutputLostOnError(Base):
    """Takes it that a generation with a failure has no output."""

    def _content(self, generation: Generation, content: SharedContent) -> dict[str, Fitted[bytes] | None]:
        sides = content.of(generation)
        return {"input": sides["input"]} if generation.failure else sides


class RepeatedAttemptsLost(Base):
    """Names attempts by their index alone."""

    def _attempts(self, generation: Generation) -> dict[str, Json]:
        return {f"attempt-{attempt.index}": attempt_metadata(attempt) for attempt in generation.attempts}


class MetadataOverwritten(Base):
    """Lays the caller's metadata over its own."""

    def _combined(self, custom: Mapping[str, Json], known: Mapping[str, Json]) -> Fitted[dict[str, Json]]:
        present = {name: value for name, value in known.items() if value not in (None, {}, [])}
        return Fitted({**present, **custom})


class MessageCutSilently(Base):
    """Cuts the messages of errors and tells nobody."""

    def _message(self, message: str | None) -> Fitted[str | None] | str | None:
        return fit_text(message and message[:300], "$.failure.message", MAX_MESSAGE)


class IdsCut(Base):
    """Keeps the beginning of an id, as the column is 24 characters wide."""

    def _id(self, tree: TraceTree, generation: Generation) -> Fitted[str] | str | None:
        short = generation.id[:24]
        if short == generation.id:
            return short
        return Fitted(short, (Diagnostic("truncated", "$.id", "cut to 24 characters"),))


class IdsByPosition(Base):
    """Numbers the rows of a trace after the first."""

    def _id(self, tree: TraceTree, generation: Generation) -> Fitted[str] | str | None:
        place = list(tree.generations).index(generation.id)
        if place == 0:
            return super()._id(tree, generation)
        return _short_id(f"{next(iter(tree.generations))}-{place}", "$.id")


class BlamesTheTrace(Base):
    """Says of each row that it speaks of all generations of its trace."""

    def _speaks_of(self, tree: TraceTree, generation: Generation) -> tuple[str, ...]:
        return tuple(tree.generations)


class ByokIgnored(Base):
    """Takes what the gateway charged for the whole cost."""

    def _cost(self, cost: Cost) -> Fitted[Any]:
        return Fitted(cost.total)


class DurationWraps(Base):
    """Reads the seconds of a duration, of which the days are no part."""

    def _milliseconds(self, duration: timedelta) -> float:
        return duration.seconds * 1000 + duration.microseconds / 1000


class ZeroIsUnknown(Base):
    """Leaves out counts that are zero."""

    def _usage(self, usage: Usage) -> dict[str, int] | None:
        counts = {name: n for name, n in asdict(usage).items() if name.endswith("_tokens")}
        return {name: n for name, n in counts.items() if n} or None


class KeyInError(Base):
    """Quotes the key in the message of an error."""

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key, where a header takes it."""
        key = secrets.get("api_key", "").strip()
        if not key.isascii() or not key.isprintable():
            raise ValueError("the API key cannot go into a header: " + key)
        return super().authorize(request, config, secrets, now, attempt)


class RemembersKey(Base):
    """Keeps the first key that it was given, and sends it for all routes."""

    def __init__(self) -> None:
        self._key: str | None = None

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key that is known."""
        if self._key is None:
            self._key = Secrets(secrets).get("api_key")
        return add_bearer_token(request, self._key, "the API key")


class ContentInDiagnostic(Base):
    """Quotes a long question in what it tells of it."""

    def _reported(self, generation: Generation) -> tuple[Diagnostic, ...]:
        asked = content_of(generation, "input")
        if asked is None or asked.size <= self.max_field:
            return ()
        what = f"too long for {PLATFORM}: {asked.text[:200].decode(errors='replace')}..."
        return (Diagnostic("truncated", "$.content.input", what),)


class LateCrash(Base):
    """Reads the row of a trace without asking whether it is known."""

    def _speaks_of(self, tree: TraceTree, generation: Generation) -> tuple[str, ...]:
        known: Any = tree.summary
        return tuple(name for name in (generation.id,) if name in known.generation_ids)


class RecursiveCopy(Base):
    """Walks through content by recursion, which ends where the stack does."""

    def _content(self, generation: Generation, content: SharedContent) -> dict[str, Fitted[bytes] | None]:
        fitted: dict[str, Fitted[bytes] | None] = {}
        for side, value in (("input", generation.content.input), ("output", generation.content.output)):
            plain = _copied(value)
            path = f"$.content.{side}"
            fitted[side] = None if plain is None else fit_json(plain, path, self.max_field, PLATFORM)
        return fitted


def _copied(value: Any) -> Any:
    """Return JSON with lists and dicts of its own."""
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list | tuple) else value


class DatasetUnescaped(Base):
    """Writes the name of the dataset into JSON as it is."""

    def _prefix(self, config: Config) -> bytes:
        return b'{"dataset":"%s","rows":[' % config.dataset.encode()


class FieldOverLimit(Base):
    """Cuts content at a size that no request has room for."""

    max_field = 2_000_000


class ClockVersion(Base):
    """Takes the time of planning for the version of a row."""

    def _version(self, tree: TraceTree, generation: Generation) -> str:
        return written_time(datetime.now(UTC))


class LocalTime(Base):
    """Writes the time of the machine's own zone, and calls it UTC."""

    def _written(self, moment: datetime) -> str:
        return written_time(moment.astimezone().replace(tzinfo=UTC))


class CheckWrites(Base):
    """Tests a connection by writing a row."""

    def check(self, config: Config, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return a request with a row, and what its answer means."""
        if not answers:
            return plan_check(self.endpoints(config)[0], b'{"id":"connection-test"}')
        return super().check(config, answers)


class JsonAnswersOnly(Base):
    """Reads every answer as JSON, a proxy's page of HTML too."""

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdicts:
        """Return what an answer means by its list of errors, then by its status."""
        errors = json.loads(response.body or b"{}").get("errors")
        verdict = verdict_of_status(response)
        return Refused("it refused the rows") if errors and verdict == Delivered() else verdict


class TagsInHashOrder(Base):
    """Takes the tags out of a set as they come."""

    def _tags(self, tags: tuple[str, ...]) -> Fitted[list[str] | None] | list[str]:
        fitted = super()._tags(tags)
        return fitted.map(lambda some: some and list(set(some))) if isinstance(fitted, Fitted) else fitted


class MarksTheInput(Base):
    """Writes into the record that it was given."""

    def _content(self, generation: Generation, content: SharedContent) -> dict[str, Fitted[bytes] | None]:
        sides = content.of(generation)
        asked = generation.content.input
        if isinstance(asked, dict):
            asked["sent_to"] = PLATFORM
        return sides


class FirstTryOnly(Base):
    """Adds the key to the first try alone."""

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key when it goes out first."""
        return super().authorize(request, config, secrets, now, attempt) if attempt == 1 else request


BASE = Base()
"""The right one."""

WRONG: dict[str, tuple[Base, str]] = {
    "output_lost_on_error": (
        OutputLostOnError(),
        "The partial output of a generation with a failure is lost.",
    ),
    "repeated_attempts_lost": (
        RepeatedAttemptsLost(),
        "Of attempts with the same index only the last is sent.",
    ),
    "metadata_overwritten": (
        MetadataOverwritten(),
        "The caller's metadata silently replaces keys of the same name.",
    ),
    "message_cut_silently": (
        MessageCutSilently(),
        "Error messages over 300 characters are cut, and nothing tells.",
    ),
    "ids_cut": (IdsCut(), "Two ids that begin with the same 24 characters become one row."),
    "ids_by_position": (IdsByPosition(), "Ids hang on which generations of a trace are planned together."),
    "blames_the_trace": (
        BlamesTheTrace(),
        "Each row names all generations of its trace, so outcomes blame others.",
    ),
    "byok_ignored": (
        ByokIgnored(),
        "With a key of the caller's own, the provider's price is not in the cost.",
    ),
    "duration_wraps": (DurationWraps(), "Durations of more than a day, or below zero, are wrong."),
    "zero_is_unknown": (ZeroIsUnknown(), "A count of zero tokens is left out as if it were not known."),
    "key_in_error": (KeyInError(), "A key that no header takes is quoted in the error."),
    "remembers_key": (RemembersKey(), "The first key is kept, and sent for routes that have another."),
    "content_in_diagnostic": (ContentInDiagnostic(), "The diagnostic of a long input quotes its beginning."),
    "late_crash": (LateCrash(), "It raises on a late generation whose trace row has been forgotten."),
    "recursive_copy": (RecursiveCopy(), "It raises on content that nests deeper than the stack."),
    "dataset_unescaped": (DatasetUnescaped(), "A quote in the name of the dataset breaks every body."),
    "field_over_limit": (FieldOverLimit(), "Long content is not cut to fit, so its generation is rejected."),
    "clock_version": (ClockVersion(), "Versions are read off the clock, so a replay outdates newer rows."),
    "local_time": (LocalTime(), "Times are shifted by the time zone of the machine."),
    "check_writes": (CheckWrites(), "The connection test writes a row."),
    "json_answers_only": (
        JsonAnswersOnly(),
        "An answer that is no JSON object, such as a page of HTML, raises.",
    ),
    "tags_in_hash_order": (TagsInHashOrder(), "The order of tags, and so the body, hangs on the hash seed."),
    "marks_the_input": (MarksTheInput(), "It adds a key to the input of the caller's record."),
    "first_try_only": (FirstTryOnly(), "Retries go out without the key."),
}
"""Destinations with one fault each, and what it is, by a short name."""
