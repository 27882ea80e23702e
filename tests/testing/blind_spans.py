"""Plugins that are wrong: a tracing platform of traces and spans, right once, and wrong in twenty ways.

Its server takes `{"project": ..., "rows": [...]}` at `/v1/traces` and at `/v1/spans`; a row of an id that it
has is replaced by one of a newer `version`. It answers 200 with `{"errors": [{"id", "status", "message"}]}`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from attrs import evolve, frozen

from broadcast_core.destinations import (
    CONTRACT_VERSION,
    REQUIRED,
    Attempt,
    Checked,
    Delivered,
    Description,
    Doubtful,
    Endpoint,
    Fitted,
    Generation,
    Item,
    Json,
    Place,
    Refused,
    Request,
    Response,
    Retry,
    Secret,
    Secrets,
    SharedContent,
    SpanKey,
    Summary,
    TraceTree,
    Unmapped,
    Usage,
    Verdict,
    Verdicts,
    add_secret_header,
    assemble,
    attempt_failure_text,
    attempt_metadata,
    chat_input,
    chat_output,
    combine,
    content_of,
    failure_text,
    fit_id,
    fit_json,
    fit_money,
    fit_tags,
    fit_text,
    generation_metadata,
    max_chars_of,
    name_attempts,
    object_of,
    option,
    plan_check,
    read_status,
    read_success,
    retry_after,
    server_of,
    server_url,
    span_key_of,
    to_item,
    total_cost,
    verdict_of_status,
    written_time,
)

PLATFORM = "Spans"
SERVER = "https://spans.example"
MAX_FIELD = 200_000
MAX_TEXT = 20_000
MAX_NAME = 500
MAX_ID = 200
RETRIED = (408, 425, 429, 500, 502, 503, 504)
TOKENS = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "reasoning_tokens", "input_audio_tokens", "input_image_tokens",
    "input_video_tokens", "output_audio_tokens", "output_image_tokens",
)  # fmt: skip

Content: TypeAlias = dict[str, Fitted[bytes] | None]


@frozen(kw_only=True)
class Config:
    """Where spans go, and how they are shown."""

    url: str = option(SERVER, "The server.", check=server_url, ending="/")
    project: str = option(REQUIRED, "The project to write to.", check=max_chars_of(100))
    environment: str | None = option(None, "The environment of all rows.", check=max_chars_of(40))
    shape: Literal["chat", "raw"] = option("chat", "Show content as a chat, or as it is.")
    attempts: bool = option(True, "Write a span for each provider attempt.")


def hashed(*parts: object, digits: int = 32) -> str:
    """Return the id that is made of some parts, none of which has a NUL."""
    seed = "\0".join("" if part is None else f"={part}" for part in parts)
    return hashlib.sha256(seed.encode(errors="surrogatepass")).hexdigest()[:digits]


def dollars(amount: Decimal | None) -> Fitted[str | None]:
    """Return an amount as text with up to twelve decimals; the largest ones as they are."""
    if amount is None:
        return Fitted(None)
    if amount.adjusted() >= 100:
        return Fitted(f"{amount:f}")
    return fit_money(amount, 12, "$.cost", PLATFORM).map(lambda rounded: f"{rounded:f}")


def span_of_time(start: datetime | None, end: datetime | None) -> int | None:
    """Return the whole microseconds between two times; None where one is unknown or they are reversed."""
    if start is None or end is None or end < start:
        return None
    return (end - start) // timedelta(microseconds=1)


def metadata_text(whole: Fitted[dict[str, Json]]) -> Fitted[bytes]:
    """Return metadata as JSON text within its limit."""
    return whole.then(lambda value: fit_json(value, "$.metadata", MAX_FIELD, PLATFORM))


class Spans:
    """A row for each trace, and a span for each named span, generation and provider attempt."""

    name = "spans"
    contract_version = CONTRACT_VERSION
    max_field = MAX_FIELD

    def describe(self) -> Description:
        """Return the options and the key; every field of the record is carried."""
        return Description(config=Config, secrets={"api_key": Secret(help="The API key of the project.")})

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return where traces go, and where spans go."""
        return self._endpoint("traces", config, 100), self._endpoint("spans", config, 500)

    def _endpoint(self, name: str, config: Config, max_items: int) -> Endpoint:
        return Endpoint(
            name=name,
            url=f"{config.url}/v1/{name}",
            prefix=b'{"project":%s,"rows":[' % self._project(config),
            suffix=b"]}",
            max_items=max_items,
            max_bytes=3_000_000,
            max_item_bytes=1_000_000,
            compression="gzip",
            on_resend="merges",
        )

    def _project(self, config: Config) -> bytes:
        return fit_json(config.project, "", 10_000, PLATFORM).value

    def place(self, config: Config) -> Place:
        """Return the server, and the project of it, which ids are made of too."""
        return Place(space=server_of(config.url), home=config.project, ids=config.project)

    def identify(self, original: str, moment: datetime, config: Config) -> Mapping[str, str]:
        """Return the ids of a trace by a trace id, of that of a lone generation, and of a generation."""
        return {
            "trace": hashed("trace", config.project, True, original),
            "trace of a lone generation": hashed("trace", config.project, False, original),
            "span": self._generation_id(original, config),
        }

    # Ids ---------------------------------------------------------------------------------------------

    def _trace_id(self, tree: TraceTree, config: Config) -> str:
        return hashed("trace", config.project, *tree.identity)

    def _span_id(self, tree: TraceTree, key: SpanKey, config: Config) -> str:
        return hashed("named", config.project, *tree.identity, *key, digits=16)

    def _generation_id(self, original: str, config: Config) -> str:
        return hashed("generation", config.project, original, digits=16)

    # Rows --------------------------------------------------------------------------------------------

    def items(self, tree: TraceTree, config: Config) -> Iterator[Item | Unmapped]:
        """Yield the row of the trace, then its named spans, then generations, each with its attempts."""
        shapes = {"$.content.input": chat_input, "$.content.output": chat_output}
        shared = SharedContent(self.max_field, PLATFORM, shapes if config.shape == "chat" else {})
        summary = self._summary(tree)
        if summary is not None:
            version = written_time(self._trace_version(tree, summary))
            row = {"id": self._trace_id(tree, config), "version": version}
            yield self._summary_item("traces", row, summary, self._trace_speaks_of(tree), shared, config)
        for key, span in tree.spans.items():
            if names := tree.generations_by_span.get(key, ()):
                row = {
                    "id": self._span_id(tree, key, config),
                    "trace_id": self._trace_id(tree, config),
                    "kind": "span",
                    "version": written_time(span.updated_at),
                }
                yield self._summary_item("spans", row, span, tuple(names), shared, config, key)
        for generation in tree.generations.values():
            yield self._generation_item(tree, generation, shared, config)
            if config.attempts:
                for name, attempt in name_attempts(generation):
                    yield self._attempt_item(tree, generation, name, attempt, config)

    def _summary(self, tree: TraceTree) -> Summary | None:
        return tree.summary

    def _trace_version(self, tree: TraceTree, summary: Summary) -> datetime:
        return summary.updated_at

    def _trace_speaks_of(self, tree: TraceTree) -> tuple[str, ...]:
        return tuple(tree.generations)

    def _summary_item(
        self,
        endpoint: str,
        row: Mapping[str, Json],
        summary: Summary,
        names: tuple[str, ...],
        shared: SharedContent,
        config: Config,
        key: SpanKey | None = None,
    ) -> Item:
        """Return the row of a trace or of a named span, with all that is merged for it."""
        name = summary.text("name") if key is None else key[0]
        failure = summary.failure
        wait = summary.first_token_ms
        fields: dict[str, Any] = {
            **row,
            "environment": config.environment,
            "name": fit_text(name, "$.trace.trace_name" if key is None else "$.trace.span_name", MAX_NAME),
            "start": written_time(summary.start),
            "end": None if summary.end is None else written_time(summary.end),
            "duration_us": span_of_time(summary.start, summary.end),
            "first_token_ms": wait if wait is not None and wait >= 0 else None,
            "generations": len(summary.generation_ids),
            "status": "ok" if failure is None else "error",
            "error": self._error(failure_text(failure, MAX_NAME, MAX_TEXT)),
            "tags": fit_tags(summary.tags, "$.trace.tags", 50, 200, PLATFORM),
            "user": self._user(summary.text("user_id")),
            "session": self._session(summary.text("session_id")),
            "withheld": summary.withheld or None,
        }
        reserved: dict[str, Json] = {"parent_span_id": key[1]} if key else {}
        metadata = metadata_text(combine(summary.custom, reserved, (), PLATFORM))
        item = to_item(endpoint, names, fields, {**shared.of(summary), "metadata": metadata})
        return evolve(item, key=str(row["id"]))

    def _generation_item(
        self, tree: TraceTree, generation: Generation, shared: SharedContent, config: Config
    ) -> Item:
        """Return the span of a generation."""
        timing, trace = generation.timing, generation.trace
        key = span_key_of(generation)
        model = generation.served_model or generation.model
        name = fit_text(trace.generation_name, "$.trace.generation_name", MAX_NAME)
        wait = timing.first_token_ms
        own = self._generation_id(generation.id, config)
        fields: dict[str, Any] = {
            "id": own,
            "trace_id": self._trace_id(tree, config),
            "parent_id": None if key is None else self._span_id(tree, key, config),
            "kind": "llm",
            "version": written_time(tree.updated_at(generation)),
            "environment": config.environment,
            "name": name if name.value else fit_text(model or "generation", "$.model", MAX_NAME),
            "model": fit_text(model, "$.model", MAX_NAME),
            "start": written_time(timing.start),
            "end": None if timing.end is None else written_time(timing.end),
            "duration_us": span_of_time(timing.start, timing.end),
            "first_token_ms": wait if wait is not None and wait >= 0 else None,
            "status": generation.status,
            "error": self._error(failure_text(generation.error, MAX_NAME, MAX_TEXT, generation.attempts)),
            "usage": self._usage(generation.usage) or None,
            "cost": total_cost(generation.cost).then(dollars),
            "tags": fit_tags(trace.tags, "$.trace.tags", 50, 200, PLATFORM),
            "user": self._user(generation.identity.user_id),
            "session": self._session(generation.identity.session_id),
        }
        json = {**self._content(generation, shared), "metadata": self._metadata(generation, config)}
        return evolve(to_item("spans", (generation.id,), fields, json), key=own)

    def _attempt_item(
        self, tree: TraceTree, generation: Generation, name: str, attempt: Attempt, config: Config
    ) -> Item:
        """Return the span of a provider attempt, under its generation."""
        own = hashed("attempt", config.project, generation.id, name, digits=16)
        fields: dict[str, Any] = {
            "id": own,
            "trace_id": self._trace_id(tree, config),
            "parent_id": self._generation_id(generation.id, config),
            "kind": "attempt",
            "version": written_time(tree.updated_at(generation)),
            "environment": config.environment,
            "name": name,
            "provider": fit_text(attempt.provider, "$.attempts", MAX_NAME),
            "start": None if attempt.start is None else self._attempt_time(attempt.start),
            "end": None if attempt.end is None else self._attempt_time(attempt.end),
            "duration_us": span_of_time(attempt.start, attempt.end),
            "status": "error" if attempt.failed else "ok",
            "error": self._error(attempt_failure_text(attempt, MAX_TEXT)),
        }
        metadata = fit_json(attempt_metadata(attempt), "$.attempts", MAX_FIELD, PLATFORM)
        return evolve(to_item("spans", (generation.id,), fields, {"metadata": metadata}), key=own)

    def _attempt_time(self, moment: datetime) -> str:
        return written_time(moment)

    def _error(self, text: Fitted[Any] | None) -> Fitted[Any] | None:
        return None if text is None else text.map(lambda known: known.named("type", "message", "stack"))

    def _usage(self, usage: Usage) -> dict[str, int]:
        known = {name: value for name in TOKENS if (value := getattr(usage, name)) is not None}
        return known if usage.known_total is None else {**known, "total_tokens": usage.known_total}

    def _user(self, user: str | None) -> Fitted[str | None]:
        what = (
            f"ids of users in {PLATFORM} have {MAX_ID} characters; the whole is in the metadata of the span"
        )
        return fit_id(user, "$.identity.user_id", MAX_ID, what)

    def _session(self, session: str | None) -> Fitted[str | None]:
        what = f"ids of sessions in {PLATFORM} have {MAX_ID} characters; the whole is in the span's metadata"
        return fit_id(session, "$.identity.session_id", MAX_ID, what)

    def _content(self, generation: Generation, shared: SharedContent) -> Content:
        return shared.of(generation)

    def _known(self, generation: Generation, config: Config) -> dict[str, Json]:
        """Return what has no column, or has one that may shorten it."""
        trace = generation.trace
        own = {"trace_id": trace.trace_id, "parent_span_id": trace.parent_span_id}
        return {**generation_metadata(generation), **own, "generation_name": trace.generation_name}

    def _metadata(self, generation: Generation, config: Config) -> Fitted[bytes]:
        known = self._known(generation, config)
        return metadata_text(combine(generation.trace.metadata, known, (), PLATFORM))

    # Delivery ----------------------------------------------------------------------------------------

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key in its header."""
        key = Secrets(secrets).get("api_key")
        return add_secret_header(request, "X-Api-Key", key, "the API key", "copy it again from the settings")

    def check(self, config: Config, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Return a request that reaches the server, one that reads the project, then what that means."""
        if not answers:
            return self._ask(f"{config.url}/v1/health")
        refused = {
            401: ("Spans refused the key", "copy it again from the settings"),
            403: ("the key may not write to this project", "take a key of this project"),
        }
        otherwise = (f"Spans answered {answers[-1].status}", "look at its status page, and at the url")
        if len(answers) == 1 and not 200 <= answers[0].status < 300:
            return read_status(answers[0], refused, otherwise)
        if len(answers) == 1:
            return self._ask(
                f"{self._checked_server(config)}/v1/project?name={quote(config.project, safe='')}"
            )
        missing = {404: ("there is no such project", "make it, or mend the option project")}
        return read_success(self._judged(answers), "Spans takes the key", {**refused, **missing}, otherwise)

    def _checked_server(self, config: Config) -> str:
        return config.url

    def _judged(self, answers: tuple[Response, ...]) -> Response:
        return answers[-1]

    def _ask(self, url: str) -> Request:
        return plan_check(Endpoint(name="check", url=url, method="GET", prefix=b"", suffix=b""), b"")

    def outcomes(self, request: Request, response: Response, config: Config) -> Verdicts:
        """Read the errors of an answer by the ids of their rows."""
        if not 200 <= response.status < 300:
            return self._of_status(response)
        errors = object_of(response).get("errors")
        if not isinstance(errors, list):
            return Delivered()
        keys = {item.key for item in request.items}
        named: dict[str, Verdict] = {}
        nameless = 0
        for error in errors:
            key = error.get("id") if isinstance(error, dict) else None
            if not isinstance(key, str) or key not in keys:
                nameless += 1
            elif not isinstance(named.get(key), Refused):
                named[key] = self._verdict(error, response)
        if nameless and self._counts_nameless():
            return Doubtful(len(errors), "Spans refused rows without a name")
        return tuple(named.get(item.key or "", Delivered()) for item in request.items)

    def _of_status(self, response: Response) -> Verdicts:
        return verdict_of_status(response)

    def _counts_nameless(self) -> bool:
        return True

    def _verdict(self, error: Mapping[str, Json], response: Response) -> Verdict:
        status = error.get("status")
        if status == 409:
            return Delivered()  # it has this version, or a newer one
        if status in RETRIED:
            return Retry(f"Spans answered {status} for the row", retry_after(response.headers))
        return self._refused(status, error)

    def _refused(self, status: Json, error: Mapping[str, Json]) -> Refused:
        return Refused(
            f"Spans refused the row with {status}" if type(status) is int else "Spans refused the row"
        )


class _SaltedIds(Spans):
    """Ids of named spans come of Python's own hash."""

    def _span_id(self, tree: TraceTree, key: SpanKey, config: Config) -> str:
        return f"{hash((config.project, tree.identity, key)) & (1 << 64) - 1:016x}"


class _TraceIdByKey(Spans):
    """A trace id is taken for a generation id of the same text."""

    def _trace_id(self, tree: TraceTree, config: Config) -> str:
        return hashed("trace", config.project, True, tree.key)

    def identify(self, original: str, moment: datetime, config: Config) -> Mapping[str, str]:
        """Return the ids as they are made here."""
        trace = hashed("trace", config.project, True, original)
        return {"trace": trace, "span": self._generation_id(original, config)}


class _PoorerTrace(Spans):
    """A trace that is forgotten is written again, from what came late alone."""

    def _summary(self, tree: TraceTree) -> Summary | None:
        if tree.summary is not None:
            return tree.summary
        return next((one.summary for one in assemble(tree.generations.values())), None)


class _VersionOfBatch(Spans):
    """The version of a trace is that of the generations of this plan."""

    def _trace_version(self, tree: TraceTree, summary: Summary) -> datetime:
        return max(map(tree.updated_at, tree.generations.values()), default=summary.updated_at)


class _LocalAttempts(Spans):
    """Times of attempts are those of the machine's own zone, and say that they are UTC."""

    def _attempt_time(self, moment: datetime) -> str:
        return moment.astimezone().replace(tzinfo=None).isoformat() + "Z"


class _RememberedContent(Spans):
    """Content is encoded once for each id of a generation, for all routes and plans."""

    def __init__(self) -> None:
        self._encoded: dict[str, Content] = {}

    def _content(self, generation: Generation, shared: SharedContent) -> Content:
        if generation.id not in self._encoded:
            self._encoded[generation.id] = shared.of(generation)
        return self._encoded[generation.id]


class _FirstEndpoints(Spans):
    """Endpoints are made once, for the first config that asks, and kept for its server."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Endpoint, ...]] = {}

    def endpoints(self, config: Config) -> tuple[Endpoint, ...]:
        """Return those of the server."""
        return self._made.setdefault(config.url, super().endpoints(config))


class _AttemptsOff(Spans):
    """Without spans of attempts, nothing of them is in the metadata either."""

    def _known(self, generation: Generation, config: Config) -> dict[str, Json]:
        known = super()._known(generation, config)
        return known if config.attempts else {**known, "provider_attempts": None}


class _RawProject(Spans):
    """The project is put between quotes as it is."""

    def _project(self, config: Config) -> bytes:
        return b'"%s"' % config.project.encode()


class _LargeFields(Spans):
    """A field may have nearly as many bytes as a whole row, and a row has two of them."""

    max_field = 900_000


class _CutUsers(Spans):
    """Long ids of users are cut, so that some become one, and nothing tells of it."""

    def _user(self, user: str | None) -> Fitted[str | None]:
        fitted = fit_text(user, "$.identity.user_id", None)
        return fitted.map(lambda whole: whole and whole[:MAX_ID].rstrip())


class _PartialOutput(Spans):
    """What came of an answer before it failed is left out."""

    def _content(self, generation: Generation, shared: SharedContent) -> Content:
        content = shared.of(generation)
        if generation.failure is not None and content_of(generation, "output") is not None:
            return {"input": content["input"]}
        return content


class _ZeroTokens(Spans):
    """Tokens that are not known count as none in the total."""

    def _usage(self, usage: Usage) -> dict[str, int]:
        known = super()._usage(usage)
        if known and usage.total_tokens is None:
            known["total_tokens"] = (usage.input_tokens or 0) + (usage.output_tokens or 0)
        return known


class _NamelessErrors(Spans):
    """Errors that name no row of the request are passed over."""

    def _counts_nameless(self) -> bool:
        return False


class _Impatient(Spans):
    """How long the server asks to wait is not read."""

    def _of_status(self, response: Response) -> Verdicts:
        if response.status in RETRIED:
            return Retry(f"Spans answered {response.status}")
        return super()._of_status(response)


class _KeylessCheck(Spans):
    """A request without rows goes without the key."""

    def authorize(
        self, request: Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Return the request with the key, where it has rows."""
        return super().authorize(request, config, secrets, now, attempt) if request.items else request


class _CheckElsewhere(Spans):
    """The second step of the connection test asks the usual server, whatever the option says."""

    def _checked_server(self, config: Config) -> str:
        return SERVER


class _LowerIdentify(Spans):
    """Ids are looked for in small letters."""

    def identify(self, original: str, moment: datetime, config: Config) -> Mapping[str, str]:
        """Return the ids of a text in small letters."""
        return super().identify(original.lower(), moment, config)


class _QuotedRefusal(Spans):
    """A refusal quotes the server, which quotes the row."""

    def _refused(self, status: Json, error: Mapping[str, Json]) -> Refused:
        return Refused(f"Spans refused the row: {error.get('message')}")


class _FirstOfTrace(Spans):
    """The row of a trace speaks of the first generation alone."""

    def _trace_speaks_of(self, tree: TraceTree) -> tuple[str, ...]:
        return tuple(tree.generations)[:1]


def _by_name(rows: Iterable[tuple[str, Spans, str]]) -> dict[str, tuple[Spans, str]]:
    return {name: (wrong, what) for name, wrong, what in rows}


RIGHT: dict[str, Spans] = {"spans": Spans()}
"""The plugin that is right, by its short name."""

WRONG: dict[str, tuple[Spans, str]] = _by_name(
    (
        ("salted_ids", _SaltedIds(), "Ids of named spans come of `hash`, and differ in each process."),
        ("trace_id_by_key", _TraceIdByKey(), "A trace whose id is that of a lone generation shares its row."),
        ("poorer_trace", _PoorerTrace(), "A forgotten trace is replaced by a row of the late ones alone."),
        (
            "version_of_batch",
            _VersionOfBatch(),
            "A late but earlier generation makes the trace's version older.",
        ),
        (
            "local_attempts",
            _LocalAttempts(),
            "Times of attempts are local ones with a Z, wrong outside of UTC.",
        ),
        (
            "remembered_content",
            _RememberedContent(),
            "A private route sends what an open one encoded before.",
        ),
        ("first_endpoints", _FirstEndpoints(), "A second project of a server is written into the first one."),
        ("attempts_off", _AttemptsOff(), "With `attempts` off, what is known of attempts is lost."),
        ("raw_project", _RawProject(), "A project with a quote or a backslash makes every body no JSON."),
        (
            "large_fields",
            _LargeFields(),
            "A long input and a long output together make a row that never fits.",
        ),
        ("cut_users", _CutUsers(), "Long users of one beginning become one user, untold."),
        ("partial_output", _PartialOutput(), "The output of a generation that failed half-way is lost."),
        ("zero_tokens", _ZeroTokens(), "A total is made of a known part and an unknown one."),
        ("nameless_errors", _NamelessErrors(), "Rows refused without a known id are told as delivered."),
        ("impatient", _Impatient(), "`Retry-After` of a busy server is not kept to."),
        ("keyless_check", _KeylessCheck(), "The connection test goes without the key, and always fails."),
        ("check_elsewhere", _CheckElsewhere(), "The connection test sends the key to another server."),
        ("lower_identify", _LowerIdentify(), "`identify` gives ids that no row has for texts with capitals."),
        (
            "quoted_refusal",
            _QuotedRefusal(),
            "The reason of a refusal shows what a server quotes of content.",
        ),
        (
            "first_of_trace",
            _FirstOfTrace(),
            "The fate of a trace's row is told of its first generation alone.",
        ),
    )
)
"""Each plugin that is wrong, by its short name, and what is wrong with it."""
