"""Plugins that are wrong, beside two that are right: a store of columns, and an events API."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Context, Decimal
from functools import reduce
from typing import Any
from urllib.parse import quote

import attrs
from attrs import evolve, frozen

import broadcast_core.destinations as core

MAX_FIELD = 200_000  # bytes of content, on each side, and of metadata
MAX_TEXT = 8_000
MAX_ATTEMPT = 10_000
MAX_ROWS = 50
ATTEMPTS_AN_ITEM = 20
_MILLISECOND = timedelta(milliseconds=1)


@frozen(kw_only=True)
class Config:
    """Where rows and events go."""

    url: str = core.option("https://store.example", "The server.", check=core.server_url, ending="/")
    dataset: str = core.option(core.REQUIRED, "The dataset to write to.", check=core.max_chars_of(100))


def digest_of(parts: Iterable[bytes]) -> bytes:
    """Return a hash of some parts, each with its length, so that no two sequences are alike."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.digest()


def text_id(text: str) -> str:
    """Return an id that a column holds; one that is long or odd begins with # and ends in a hash of it."""
    if len(text) <= 100 and text == core.clean(text) and not text.startswith("#"):
        return text
    return (
        f"#{core.clean(text)[:60].rstrip()}-{digest_of([text.encode('utf-8', 'surrogatepass')]).hex()[:32]}"
    )


def dollars(amount: Decimal | None) -> str | None:
    """Return an exact amount as text; unknown is absent, zero is zero."""
    return None if amount is None else f"{amount:f}"


def milliseconds_between(start: datetime, end: datetime | None) -> float | None:
    """Return a duration in milliseconds."""
    return None if end is None else (end - start) / _MILLISECOND


def known_usage(usage: core.Usage) -> dict[str, Any]:
    """Return the token counts that are known, and how they are to be read."""
    return {name: value for name, value in attrs.asdict(usage).items() if value is not None}


def described(generation: core.Generation, platform: str) -> dict[str, core.Fitted[Any] | core.Json]:
    """Return what both platforms say of a generation in columns of their own."""
    trace, who, usage = generation.trace, generation.identity, generation.usage
    long = f"{platform} keeps 200 characters; the whole is in the metadata"
    failure = core.failure_text(generation.error, 200, MAX_TEXT, generation.attempts)
    return {
        "generation": core.fit_id(generation.id, "$.id", 200, long),
        "trace_key": core.fit_id(trace.trace_id, "$.trace.trace_id", 200, f"{platform} keeps 200 characters"),
        "parent": core.fit_id(
            trace.parent_span_id, "$.trace.parent_span_id", 200, f"{platform} keeps 200 characters"
        ),
        "name": core.fit_text(trace.generation_name, "$.trace.generation_name", MAX_TEXT),
        "trace_name": core.fit_text(trace.trace_name, "$.trace.trace_name", 500),
        "span_name": core.fit_text(trace.span_name, "$.trace.span_name", 500),
        "tags": core.fit_tags(trace.tags, "$.trace.tags", 50, 100, platform),
        "user": core.fit_id(who.user_id, "$.identity.user_id", 200, long),
        "session": core.fit_id(who.session_id, "$.identity.session_id", 200, long),
        "status": generation.status,
        "operation": core.fit_text(generation.operation, "$.operation", 200),
        "model": core.fit_text(generation.served_model or generation.model, "$.model", 200),
        "provider": core.fit_text(generation.provider, "$.provider", 200),
        "start": core.written_time(generation.timing.start),
        "end": core.written_time(generation.timing.end) if generation.timing.end else None,
        "first_token_ms": generation.timing.first_token_ms,
        "usage": known_usage(usage),
        "tokens": usage.known_total,
        "dollars": core.total_cost(generation.cost).map(dollars),
        "failure": None
        if failure is None
        else failure.map(lambda text: text.named("type", "message", "stack")),
    }


def metadata_of(generation: core.Generation, platform: str) -> core.Fitted[bytes]:
    """Return all else that is known of a generation as JSON text."""
    whole = core.combine(generation.trace.metadata, core.generation_metadata(generation), (), platform)
    return whole.then(lambda known: core.fit_json(known, "$.metadata", MAX_FIELD, platform))


def answer_of(response: core.Response) -> dict[str, Any]:
    """Return the object that a server answered; empty where it is none."""
    try:
        answer = core.loads(response.body)
    except core.JsonError:
        return {}
    return answer if isinstance(answer, dict) else {}


def objects_of(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects in a list of an answer; empty where there is none."""
    values = answer.get(name)
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


class Columns:
    """A store of columns: a row for each trace, and rows for generations and attempts, by day.

    It keeps the newest version of a row, and knows a batch that it has by the token in the URL.
    """

    name = "columns"
    contract_version = core.CONTRACT_VERSION
    glue = b"\n"

    def describe(self) -> core.Description:
        """Return the options and the key."""
        key = core.Secret(help="The API key of the store.", place="header")
        return core.Description(config=Config, secrets={"api_key": key})

    def endpoints(self, config: Config) -> tuple[core.Endpoint, ...]:
        """Return the tables."""
        dataset = quote(config.dataset, safe="")
        return tuple(
            core.Endpoint.of_lines(
                name=table,
                url=f"{config.url}/v1/insert?dataset={dataset}&table={table}",
                max_items=MAX_ROWS,
                max_bytes=2_000_000,
                max_item_bytes=1_000_000,
                compression="gzip",
                on_resend="merges",
                oldest=timedelta(days=90),
            )
            for table in ("traces", "rows")
        )

    def items(self, tree: core.TraceTree, config: Config) -> Iterator[core.Item]:
        """Yield the row of the trace where it is known whole, and those of its generations."""
        yield from self.trace_items(tree)
        shared = core.SharedContent(MAX_FIELD, "Columns", {})
        for generation in tree.generations.values():
            yield from self.generation_items(tree, generation, shared)

    def trace_items(self, tree: core.TraceTree) -> Iterator[core.Item]:
        """Yield the row of the trace; none where it was forgotten, since a poorer one would replace it."""
        if tree.summary is None:
            return
        shared = core.SharedContent(MAX_FIELD, "Columns", {})
        body = core.to_item(
            "traces",
            self.subject_of(tree, tree.summary),
            self.trace_fields(tree, tree.summary),
            {**shared.of(tree.summary), "metadata": self.trace_metadata(tree.summary)},
        )
        yield self.placed(body, self.trace_row(tree), tree.anchor)

    def subject_of(self, tree: core.TraceTree, summary: core.Summary) -> tuple[str, ...]:
        """Return the generations that the row of a trace is sent for."""
        return tuple(tree.generations)

    def trace_fields(
        self, tree: core.TraceTree, summary: core.Summary
    ) -> dict[str, core.Fitted[Any] | core.Json]:
        """Return the columns of the row of a trace."""
        long = "Columns keeps 200 characters"
        failure = core.failure_text(summary.failure, 200, MAX_TEXT)
        return {
            "id": self.trace_row(tree),
            "trace_key": core.fit_id(tree.trace_id, "$.trace.trace_id", 200, long),
            "day": day_of(tree.anchor),
            "version": self.trace_version(summary),
            "name": core.fit_text(summary.text("name"), "$.trace.trace_name", MAX_TEXT),
            "tags": core.fit_tags(summary.tags, "$.trace.tags", 50, 100, "Columns"),
            "user": core.fit_id(summary.text("user_id"), "$.identity.user_id", 200, long),
            "session": core.fit_id(summary.text("session_id"), "$.identity.session_id", 200, long),
            "start": core.written_time(summary.start),
            "end": core.written_time(summary.end) if summary.end else None,
            "duration_ms": milliseconds_between(summary.start, summary.end),
            "first_token_ms": summary.first_token_ms,
            "generations": len(summary.generation_ids),
            "failure": None
            if failure is None
            else failure.map(lambda text: text.named("type", "message", "stack")),
        }

    def trace_version(self, summary: core.Summary) -> str:
        """Return the version of the row of a trace."""
        return core.written_time(summary.updated_at)

    def trace_metadata(self, summary: core.Summary) -> core.Fitted[bytes]:
        """Return all else that is known of a trace as JSON text."""
        known = {"all_tags": sorted(summary.tags), "content_withheld": summary.withheld or None}
        whole = core.combine(summary.custom, known, (), "Columns")
        return whole.then(lambda values: core.fit_json(values, "$.trace.metadata", MAX_FIELD, "Columns"))

    def trace_row(self, tree: core.TraceTree) -> str:
        """Return the id of the row of a trace: a caller's trace id is no generation id of that text."""
        return f"t:{text_id(tree.key)}" if tree.trace_id is not None else f"o:{text_id(tree.key)}"

    def generation_items(
        self, tree: core.TraceTree, generation: core.Generation, shared: core.SharedContent
    ) -> Iterator[core.Item]:
        """Yield the rows of a generation and its attempts; those of some attempts travel together."""
        row = self.generation_row(tree, generation, shared)
        named = list(core.name_attempts(generation))
        rows = [self.attempt_row(tree, generation, name, attempt) for name, attempt in named]
        key, start = f"g:{text_id(generation.id)}", generation.timing.start
        yield self.placed(self.merged([row, *rows[:ATTEMPTS_AN_ITEM]]), key, start)
        for n in range(ATTEMPTS_AN_ITEM, len(rows), ATTEMPTS_AN_ITEM):
            key = attempt_key(generation, named[n][0])
            yield self.placed(self.merged(rows[n : n + ATTEMPTS_AN_ITEM]), key, start)

    def generation_row(
        self, tree: core.TraceTree, generation: core.Generation, shared: core.SharedContent
    ) -> core.Item:
        """Return the row of a generation."""
        timing = generation.timing
        fields = {
            "id": f"g:{text_id(generation.id)}",
            "kind": "generation",
            "trace": self.trace_row(tree),
            "day": day_of(timing.start),
            "version": core.written_time(tree.updated_at(generation)),
            "duration_ms": milliseconds_between(timing.start, timing.end),
            **described(generation, "Columns"),
        }
        json = {**shared.of(generation), "metadata": metadata_of(generation, "Columns")}
        return core.to_item("rows", (generation.id,), fields, json)

    def attempt_row(
        self, tree: core.TraceTree, generation: core.Generation, name: str, attempt: core.Attempt
    ) -> core.Item:
        """Return the row of an attempt, on the day of its generation."""
        fields = {
            "id": attempt_key(generation, name),
            "kind": "attempt",
            "trace": self.trace_row(tree),
            "parent_row": f"g:{text_id(generation.id)}",
            "day": day_of(generation.timing.start),
            "version": core.written_time(tree.updated_at(generation)),
        }
        known = core.fit_json(core.attempt_metadata(attempt), "$.attempts", MAX_ATTEMPT, "Columns")
        return core.to_item("rows", (generation.id,), fields, {"attempt": known})

    def merged(self, rows: Sequence[core.Item]) -> core.Item:
        """Return rows that travel together as one item."""
        body = self.glue.join(row.body for row in rows)
        reported = tuple(one for row in rows for one in row.diagnostics)
        return evolve(rows[0], body=body, diagnostics=reported, rows=len(rows))

    def placed(self, item: core.Item, key: str, moment: datetime) -> core.Item:
        """Return an item with its key, and the day on which its rows lie."""
        day = day_of(moment)
        return evolve(item, key=key, group=day, time=moment, data={"day": day})

    def address(self, request: core.Request, config: Config) -> core.Request:
        """Return a request with the day of its rows, and the token of its batch."""
        day = request.items[0].data["day"]
        return request.addressed(url=f"{request.endpoint.url}&day={day}&token={self.token(request)}")

    def token(self, request: core.Request) -> str:
        """Return what tells a batch from others."""
        return digest_of(item.body for item in request.items).hex()

    def authorize(
        self,
        request: core.Request,
        config: Config,
        secrets: Mapping[str, str],
        now: datetime,
        attempt: int,
    ) -> core.Request:
        """Return the request with the key in its header."""
        key = core.Secrets(secrets).get("api_key")
        return core.add_secret_header(request, "X-Store-Key", key, "the API key", "copy it again")

    def outcomes(self, request: core.Request, response: core.Response, config: Config) -> core.Verdicts:
        """Return what the store says of each row, counted from 0; or how many it refused without a name."""
        if not 200 <= response.status < 300:
            return core.verdict_of_status(response)
        return self.read_rows(request, answer_of(response))

    def read_rows(self, request: core.Request, answer: Mapping[str, Any]) -> core.Verdicts:
        """Return a verdict for each item, by its rows; an item with a row to be sent again goes again."""
        failed = objects_of(answer, "failed_rows")
        again: dict[int, bool] = {}
        count = sum(item.rows for item in request.items)
        for one in failed:
            row = one.get("row")
            if type(row) is not int or not 0 <= row < count:
                return core.Doubtful(len(failed), "the store refused rows that it does not name")
            again[row] = again.get(row, True) and one.get("retry") is True
        if not failed and type(answer.get("failed")) is int and answer["failed"] > 0:
            return core.Doubtful(answer["failed"], "the store refused rows that it does not name")
        return self.by_item(request, again)

    def by_item(self, request: core.Request, again: Mapping[int, bool]) -> tuple[core.Verdict, ...]:
        """Return a verdict for each item, by the numbers of the rows that failed."""
        found: list[core.Verdict] = []
        first = 0
        for item in request.items:
            rows = [again[row] for row in range(first, first + item.rows) if row in again]
            first += item.rows
            found.append(verdict_of_rows(rows))
        return tuple(found)

    def place(self, config: Config) -> core.Place:
        """Return the dataset at its server: ids are by table."""
        where = f"{core.server_of(config.url)}#{config.dataset}"
        return core.Place(space=where, home=where)

    def identify(self, original: str, moment: datetime, config: Config) -> Mapping[str, str]:
        """Return the ids of the rows of a generation, and of a trace by its id."""
        name = text_id(original)
        return {"generation": f"g:{name}", "trace": f"t:{name}", "trace of one generation": f"o:{name}"}

    def check(self, config: Config, answers: tuple[core.Response, ...] = ()) -> core.Request | core.Checked:
        """Return a question for the dataset, and what its answer means."""
        if not answers:
            url = f"{config.url}/v1/datasets/{quote(config.dataset, safe='')}"
            ask = core.Endpoint(name="dataset", url=url, method="GET", prefix=b"", suffix=b"")
            return core.plan_check(ask, b"")
        meanings = {
            401: ("the store refused the key", "copy it again from its settings"),
            404: ("the store has no such dataset", "make it, or mend the option dataset"),
        }
        otherwise = (f"it answered {answers[-1].status}", "look at its log")
        return core.read_success(answers[-1], "the store has the dataset", meanings, otherwise)


def day_of(moment: datetime) -> str:
    """Return the day of a time in UTC."""
    return core.written_time(moment)[:10]


def attempt_key(generation: core.Generation, name: str) -> str:
    """Return the id of the row of an attempt by its name."""
    return f"a:{text_id(generation.id)}:{name}"


def verdict_of_rows(again: Sequence[bool]) -> core.Verdict:
    """Return the verdict of an item by those of its rows that failed: whether each may pass later."""
    if not again:
        return core.Delivered()
    return core.Retry("the store was busy") if all(again) else core.Refused("the store refused a row")


class Events:
    """An events API: an event for each generation and each attempt, which only appends.

    It knows an event that it has by its id, and a batch by the key in its header. Of a trace nothing is
    written but what each generation says of it, so that nothing becomes wrong later.
    """

    name = "events"
    contract_version = core.CONTRACT_VERSION

    def describe(self) -> core.Description:
        """Return the options and the key."""
        key = core.Secret(help="The API key of the project.", place="body")
        return core.Description(config=Config, secrets={"api_key": key})

    def endpoints(self, config: Config) -> tuple[core.Endpoint, ...]:
        """Return the endpoint of batches, with room left for the key."""
        events = core.Endpoint(
            name="events",
            url=f"{config.url}/v1/batch",
            prefix=b'{"project":%s,"batch":[' % core.dumps(config.dataset),
            suffix=b"]}",
            max_items=100,
            max_bytes=1_000_000,
            reserved=10_000,
            max_item_bytes=900_000,
            compression="gzip",
            on_resend="merges",
        )
        return (events,)

    def items(self, tree: core.TraceTree, config: Config) -> Iterator[core.Item]:
        """Yield an event for each generation, and one for each of its attempts."""
        shared = core.SharedContent(MAX_FIELD, "Events", {})
        for generation in tree.generations.values():
            yield self.generation_event(tree, generation, shared, config)
            for name, attempt in core.name_attempts(generation):
                yield self.attempt_event(tree, generation, name, attempt, config)

    def event_id(self, config: Config, kind: str, *names: str) -> str:
        """Return the id of an event, or of a trace: a function of the dataset and the original names."""
        return uuid_of(config.dataset, kind, *names)

    def generation_id(self, tree: core.TraceTree, generation: core.Generation, config: Config) -> str:
        """Return the id of the event of a generation."""
        return self.event_id(config, "generation", generation.id)

    def trace_id(self, tree: core.TraceTree, config: Config) -> str:
        """Return the id of a trace: a caller's trace id is no generation id of that text."""
        return self.event_id(config, "trace" if tree.trace_id is not None else "trace of one", tree.key)

    def generation_event(
        self,
        tree: core.TraceTree,
        generation: core.Generation,
        shared: core.SharedContent,
        config: Config,
    ) -> core.Item:
        """Return the event of a generation."""
        key, timing = self.generation_id(tree, generation, config), generation.timing
        duration = milliseconds_between(timing.start, timing.end)
        fields = {
            "uuid": key,
            "event": "generation",
            "timestamp": core.written_time(timing.start),
            "trace": self.trace_id(tree, config),
            "latency_s": None if duration is None else duration / 1000,
            **described(generation, "Events"),
        }
        json = {**self.content(shared, generation), "metadata": metadata_of(generation, "Events")}
        event = core.to_item("events", (generation.id,), fields, json, self.reported(generation))
        return evolve(event, key=key, time=timing.start)

    def content(
        self, shared: core.SharedContent, generation: core.Generation
    ) -> dict[str, core.Fitted[bytes] | None]:
        """Return what was asked and answered."""
        return shared.of(generation)

    def reported(self, generation: core.Generation) -> tuple[core.Diagnostic, ...]:
        """Return what is reported of a generation beside what its values tell."""
        return ()

    def attempt_event(
        self,
        tree: core.TraceTree,
        generation: core.Generation,
        name: str,
        attempt: core.Attempt,
        config: Config,
    ) -> core.Item:
        """Return the event of an attempt."""
        key = self.event_id(config, "attempt", generation.id, name)
        moment = attempt.start or generation.timing.start
        fields = {
            "uuid": key,
            "event": "attempt",
            "timestamp": core.written_time(moment),
            "trace": self.trace_id(tree, config),
            "parent_uuid": self.generation_id(tree, generation, config),
        }
        known = core.fit_json(core.attempt_metadata(attempt), "$.attempts", MAX_ATTEMPT, "Events")
        event = core.to_item("events", (generation.id,), fields, {"attempt": known})
        return evolve(event, key=key, time=moment)

    def address(self, request: core.Request, config: Config) -> core.Request:
        """Return a request with the key of its batch in a header."""
        return request.addressed(headers={"Idempotency-Key": self.batch_key(request)})

    def batch_key(self, request: core.Request) -> str:
        """Return what tells a batch from others."""
        return digest_of(item.body for item in request.items).hex()

    def authorize(
        self,
        request: core.Request,
        config: Config,
        secrets: Mapping[str, str],
        now: datetime,
        attempt: int,
    ) -> core.Request:
        """Return the request with the key at the beginning of its body."""
        key = core.Secrets(secrets).get("api_key")
        if not key:
            return request
        prefix = b'{"api_key":%s,%s' % (core.dumps(str(key).strip()), request.endpoint.prefix[1:])
        return evolve(request, endpoint=evolve(request.endpoint, prefix=prefix))

    def sign(
        self, outgoing: core.Outgoing, config: Config, secrets: Mapping[str, str], now: datetime
    ) -> core.Outgoing:
        """Return what goes out with a signature over its bytes and the time."""
        return evolve(outgoing, headers={**outgoing.headers, **self.signature(outgoing, secrets, now)})

    def signature(self, outgoing: core.Outgoing, secrets: Mapping[str, str], now: datetime) -> dict[str, str]:
        """Return the header of a signature; none without a key."""
        key = core.Secrets(secrets).get("api_key")
        if not key:
            return {}
        seconds = int(now.timestamp())
        signed = hmac.new(str(key).strip().encode(), b"%d." % seconds + outgoing.body, hashlib.sha256)
        return {"X-Signature": f"t={seconds},v1={signed.hexdigest()}"}

    def outcomes(self, request: core.Request, response: core.Response, config: Config) -> core.Verdicts:
        """Return what the answer says of each event by its id; 409: it has the batch, 202: ask later."""
        if response.status == 409:
            return core.Delivered()
        if response.status == 202:
            after = core.retry_after(response.headers)
            return core.FollowUp(self.follow_up(request, response, config), after)
        if not 200 <= response.status < 300:
            return core.verdict_of_status(response)
        results = objects_of(answer_of(response), "results")
        if response.status != 207 and not results:
            return core.Delivered()
        status = {one["uuid"]: one.get("status") for one in results if isinstance(one.get("uuid"), str)}
        return tuple(verdict_of_event(status.get(item.key or "")) for item in request.items)

    def follow_up(self, request: core.Request, response: core.Response, config: Config) -> core.Request:
        """Return the question what became of a batch."""
        prefix = b'{"batch":"%s"' % self.batch_key(request).encode()
        ask = core.Endpoint(name="status", url=f"{config.url}/v1/status", prefix=prefix, suffix=b"}")
        return core.Request.planned(route=request.route, endpoint=ask)

    def place(self, config: Config) -> core.Place:
        """Return the dataset at its server: ids are unique at the server, and made of the dataset too."""
        return core.Place(space=core.server_of(config.url), home=config.dataset, ids=config.dataset)

    def identify(self, original: str, moment: datetime, config: Config) -> Mapping[str, str]:
        """Return the ids of the event of a generation, and of a trace by its id."""
        kinds = ("generation", "trace", "trace of one")
        return {kind: uuid_of(config.dataset, kind, original) for kind in kinds}

    def check(self, config: Config, answers: tuple[core.Response, ...] = ()) -> core.Request | core.Checked:
        """Return a question for the key, then one for the dataset, and what the answers mean."""
        if answers and not 200 <= answers[-1].status < 300:
            return self.read_failure(config, answers)
        if len(answers) == 2:
            return core.Checked(works=True, what="the project takes events")
        name = ("key", "project")[len(answers)]
        ask = core.Endpoint(
            name=name,
            url=f"{config.url}/v1/ask/{name}",
            prefix=b'{"project":%s' % core.dumps(config.dataset),
            suffix=b"}",
        )
        return core.plan_check(ask, b"")

    def read_failure(self, config: Config, answers: tuple[core.Response, ...]) -> core.Request | core.Checked:
        """Return what an answer means that is no success."""
        meanings = {
            401: ("the key was refused", "copy it again from the settings"),
            404: ("there is no such project", "make it, or mend the option dataset"),
        }
        return core.read_status(
            answers[-1], meanings, (f"it answered {answers[-1].status}", "look at its log")
        )


def uuid_of(*names: str) -> str:
    """Return a UUID that is a function of some names."""
    digest = digest_of(name.encode("utf-8", "surrogatepass") for name in names)
    return str(uuid.UUID(bytes=digest[:16], version=5))


def verdict_of_event(status: object) -> core.Verdict:
    """Return the verdict of an event by its status; one that is not named is sent again, and merges."""
    if type(status) is not int:
        return core.Retry("the answer does not name the event")
    if status == 409 or 200 <= status < 300:
        return core.Delivered()
    if status == 429 or status >= 500:
        return core.Retry(f"the event was answered {status}")
    return core.Refused(f"the event was answered {status}")


# Stores of columns that are wrong ---------------------------------------------------------------------


class TokenOfFirst(Columns):
    """The token of a batch is that of its first item, so that half of a batch passes for the whole."""

    def token(self, request: core.Request) -> str:
        """Return what tells a batch from others."""
        return digest_of([request.items[0].body]).hex()


class TokenOfProcess(Columns):
    """The token of a batch is Python's own hash, which is another in each process."""

    def token(self, request: core.Request) -> str:
        """Return what tells a batch from others."""
        return f"{hash(tuple(item.body for item in request.items)) & (2**64 - 1):016x}"


class DaysTogether(Columns):
    """Items have no group, so that a request goes to the day of its first item with rows of other days."""

    def placed(self, item: core.Item, key: str, moment: datetime) -> core.Item:
        """Return an item with its key, and the day on which its rows lie."""
        return evolve(super().placed(item, key, moment), group=None)


class RowsUncounted(Columns):
    """An item of several rows says that it is one, so that requests have more rows than the store takes."""

    def merged(self, rows: Sequence[core.Item]) -> core.Item:
        """Return rows that travel together as one item."""
        return evolve(super().merged(rows), rows=1)


class RowsOnOneLine(Columns):
    """The rows of a generation with attempts stand on one line with commas between them."""

    glue = b","


class UnfinishedVanish(Columns):
    """A generation without an end has no row, and the row of its trace speaks for it."""

    def generation_items(
        self, tree: core.TraceTree, generation: core.Generation, shared: core.SharedContent
    ) -> Iterator[core.Item]:
        """Yield the rows of a generation and its attempts; those of some attempts travel together."""
        if generation.timing.end is not None or tree.summary is None:
            yield from super().generation_items(tree, generation, shared)


class PoorerRow(Columns):
    """A trace whose row was forgotten gets a row of the late generations alone, which replaces the richer."""

    def trace_items(self, tree: core.TraceTree) -> Iterator[core.Item]:
        """Yield the row of the trace."""
        if tree.summary is None:
            (alone,) = core.assemble(tree.generations.values())
            tree = evolve(tree, summary=alone.summary)
        yield from super().trace_items(tree)


class SumOfThisPlan(Columns):
    """The row of a trace has the cost of the generations sent now, which replaces that of all before."""

    def trace_fields(
        self, tree: core.TraceTree, summary: core.Summary
    ) -> dict[str, core.Fitted[Any] | core.Json]:
        """Return the columns of the row of a trace."""
        costs = [core.total_cost(one.cost).value for one in tree.generations.values()]
        known = [cost for cost in costs if cost is not None]
        total = dollars(reduce(Context(prec=200).add, known)) if known else None
        return {**super().trace_fields(tree, summary), "dollars": total}


class VersionOfLatest(Columns):
    """The version of a trace's row is its latest time, which an earlier, late generation leaves as it is."""

    def trace_version(self, summary: core.Summary) -> str:
        """Return the version of the row of a trace."""
        return core.written_time(summary.latest)


class SpeaksOfAll(Columns):
    """The row of a trace is sent for all generations of it, also for those of plans before."""

    def subject_of(self, tree: core.TraceTree, summary: core.Summary) -> tuple[str, ...]:
        """Return the generations that the row of a trace is sent for."""
        return tuple(sorted(summary.generation_ids))


class StatusUnread(Columns):
    """An answer is read by its body alone, so that an error page counts as delivered."""

    def outcomes(self, request: core.Request, response: core.Response, config: Config) -> core.Verdicts:
        """Return what the store says of each row, counted from 0; or how many it refused without a name."""
        return self.read_rows(request, answer_of(response))


class RowsForItems(Columns):
    """The number of a failed row is taken for that of an item, also where items have several rows."""

    def by_item(self, request: core.Request, again: Mapping[int, bool]) -> tuple[core.Verdict, ...]:
        """Return a verdict for each item, by the numbers of the rows that failed."""
        return tuple(verdict_of_rows([again[n]] if n in again else []) for n in range(len(request.items)))


class TimeOfTrace(Columns):
    """The time of an item is the start of its trace, so that new rows of an old trace count as too old."""

    def generation_items(
        self, tree: core.TraceTree, generation: core.Generation, shared: core.SharedContent
    ) -> Iterator[core.Item]:
        """Yield the rows of a generation and its attempts; those of some attempts travel together."""
        for item in super().generation_items(tree, generation, shared):
            yield evolve(item, time=tree.anchor)


# Events APIs that are wrong ---------------------------------------------------------------------------


class IdsRunTogether(Events):
    """Ids are made of names run together: the first attempt of gen-1 has the id of the generation gen-10."""

    def event_id(self, config: Config, kind: str, *names: str) -> str:
        """Return the id of an event, or of a trace: a function of the dataset and the original names."""
        if kind.startswith("trace"):
            return super().event_id(config, kind, *names)
        return uuid_of(config.dataset, "generation", "".join(names).replace("attempt-", ""))

    def identify(self, original: str, moment: datetime, config: Config) -> Mapping[str, str]:
        """Return the ids of the event of a generation, and of a trace by its id."""
        generation = self.event_id(config, "generation", original)
        return {**super().identify(original, moment, config), "generation": generation}


class IdsByPosition(Events):
    """The generations after the first of a tree have ids by their position in what is sent now."""

    def generation_id(self, tree: core.TraceTree, generation: core.Generation, config: Config) -> str:
        """Return the id of the event of a generation."""
        position = list(tree.generations).index(generation.id)
        if position == 0:
            return super().generation_id(tree, generation, config)
        return self.event_id(config, "generation", tree.key, str(position))


class HeadersLost(Events):
    """The signature replaces all other headers, those that say how the body is compressed too."""

    def sign(
        self, outgoing: core.Outgoing, config: Config, secrets: Mapping[str, str], now: datetime
    ) -> core.Outgoing:
        """Return what goes out with a signature over its bytes and the time."""
        return evolve(outgoing, headers=self.signature(outgoing, secrets, now))


class KeyOnFirstTry(Events):
    """The key is in the body of the first try alone."""

    def authorize(
        self,
        request: core.Request,
        config: Config,
        secrets: Mapping[str, str],
        now: datetime,
        attempt: int,
    ) -> core.Request:
        """Return the request with the key at the beginning of its body."""
        return super().authorize(request, config, secrets, now, attempt) if attempt == 1 else request


class FollowsAnywhere(Events):
    """A follow-up goes with the key to whatever address the answer names."""

    def follow_up(self, request: core.Request, response: core.Response, config: Config) -> core.Request:
        """Return the question what became of a batch."""
        asked = super().follow_up(request, response, config)
        named = {name.lower(): value for name, value in response.headers.items()}.get("location")
        if named is None:
            return asked
        return core.Request.planned(route=request.route, endpoint=evolve(asked.endpoint, url=named))


class ContentKept(Events):
    """Content is kept by the id of its generation, and shown again where a policy has taken it out."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, core.Fitted[bytes] | None]] = {}

    def content(
        self, shared: core.SharedContent, generation: core.Generation
    ) -> dict[str, core.Fitted[bytes] | None]:
        """Return what was asked and answered."""
        if generation.id not in self._kept:
            self._kept[generation.id] = super().content(shared, generation)
        return self._kept[generation.id]


class IdsNotFound(Events):
    """The ids that a person looks for are made without the dataset, which the events have in theirs."""

    def identify(self, original: str, moment: datetime, config: Config) -> Mapping[str, str]:
        """Return the ids of the event of a generation, and of a trace by its id."""
        return {kind: uuid_of(kind, original) for kind in super().identify(original, moment, config)}


class KeysShared(Events):
    """The event of an attempt has the key of its generation, so that answers are read for the wrong one."""

    def attempt_event(
        self,
        tree: core.TraceTree,
        generation: core.Generation,
        name: str,
        attempt: core.Attempt,
        config: Config,
    ) -> core.Item:
        """Return the event of an attempt."""
        event = super().attempt_event(tree, generation, name, attempt, config)
        return evolve(event, key=self.generation_id(tree, generation, config))


class AsksForEver(Events):
    """A check that fails with an error of the server asks again, and never ends."""

    def read_failure(self, config: Config, answers: tuple[core.Response, ...]) -> core.Request | core.Checked:
        """Return what an answer means that is no success."""
        if answers[-1].status < 500:
            return super().read_failure(config, answers)
        ask = core.Endpoint(name="key", url=f"{config.url}/v1/ask/key", prefix=b'{"again":true', suffix=b"}")
        return core.plan_check(ask, b"")


class ContentReported(Events):
    """What was asked is quoted in a diagnostic where it is too long."""

    def reported(self, generation: core.Generation) -> tuple[core.Diagnostic, ...]:
        """Return what is reported of a generation beside what its values tell."""
        asked = core.content_of(generation, "input")
        if asked is None or asked.size <= MAX_FIELD:
            return ()
        what = f"the prompt is too long for Events: {asked.text[:80].decode(errors='replace')}"
        return (core.Diagnostic("truncated", "$.content.input", what),)


class HeaderOfId(Events):
    """A header has the id of a generation as it is, which no header takes where it is not ASCII."""

    def address(self, request: core.Request, config: Config) -> core.Request:
        """Return a request with the key of its batch in a header."""
        headers = {"Idempotency-Key": self.batch_key(request), "X-First": request.items[0].generations[0]}
        return request.addressed(headers=headers)


RIGHT: dict[str, Any] = {"columns": Columns(), "events": Events()}
"""The destinations that are right, by short name."""

_CLASSES: dict[str, Callable[[], Any]] = {
    "token_of_first": TokenOfFirst,
    "token_of_process": TokenOfProcess,
    "days_together": DaysTogether,
    "rows_uncounted": RowsUncounted,
    "rows_on_one_line": RowsOnOneLine,
    "unfinished_vanish": UnfinishedVanish,
    "poorer_row": PoorerRow,
    "sum_of_this_plan": SumOfThisPlan,
    "version_of_latest": VersionOfLatest,
    "speaks_of_all": SpeaksOfAll,
    "status_unread": StatusUnread,
    "rows_for_items": RowsForItems,
    "time_of_trace": TimeOfTrace,
    "ids_run_together": IdsRunTogether,
    "ids_by_position": IdsByPosition,
    "headers_lost": HeadersLost,
    "key_on_first_try": KeyOnFirstTry,
    "follows_anywhere": FollowsAnywhere,
    "content_kept": ContentKept,
    "ids_not_found": IdsNotFound,
    "keys_shared": KeysShared,
    "asks_for_ever": AsksForEver,
    "content_told": ContentReported,
    "header_of_id": HeaderOfId,
}

WRONG: dict[str, tuple[Any, str]] = {
    name: (cls(), (cls.__doc__ or "").splitlines()[0]) for name, cls in _CLASSES.items()
}
"""The destinations that are wrong, by short name, each with what is wrong with it."""
