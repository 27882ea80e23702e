"""A strict model of an Opik server, to test against where no server is.

    server.py      `OpikModel`: requests as data in, answers as data out, and what it then shows
    refusal.py     the statuses and the words of a server that refuses
    access.py      accounts, quota, rate limit
    body.py        what a body may be: sizes, gzip, JSON, one to a thousand rows
    parsing.py     JSON as deep as a server reads it
    rules.py       which fields a row has, each with its rule
    values.py      one rule a kind of value, as a server has it
    stricter.py    on what the model insists beyond, on purpose
    rulebook.py    how each rule is known: measured, from source, strict
    storing.py     what a server makes of values that it takes otherwise than they came
    attachments.py files in texts
    uuids.py       version 7, and the window of time
    tables.py      which row replaces which
    rollup.py      what a trace and a span show beside their rows: usage, cost, providers
    projects.py    a project by its name
    threads.py     traces of one session as a conversation
    rendering.py   whether the Messages tab appears, and what a thread says
    alike.py       what two servers have in common but for the UUIDs of traces
    loopback.py    the same behind a real socket

    mapping.py     which paths of the rows a field of the record reaches, as the table of the README

Sections named in docstrings are those of SOURCES below. `rulebook.RULEBOOK` has every rule with how it is
known: measured on a real server, read in its source, or strict: beyond what a server is known to do, where it
would take a value but lose, alter or invent something. `OpikModel(strict=False)` leaves the strict ones out.
Not modelled: single writes and PATCH, ids that a server invents, and costs that Opik works out from its own
price table.
"""

SOURCES = {
    0: "measured: the backend of server 2.1.23 with its own migrations, on loopback, in November 2026; wins",
    1: "the write API: api/Trace.java, Span.java, TraceBatch.java, ErrorInfo.java, config.yml; server 2.1",
    2: "UUIDv7: domain/IdGenerator.java, infrastructure/db/UuidV7TimestampValidator.java",
    3: "upserts: TraceDAO, SpanDAO (ReplacingMergeTree), TraceService, SpanService",
    4: "accounts, limits, projects: RemoteAuthService, RateLimitInterceptor, UsageLimitInterceptor, "
    "IsAliveResource, ProjectsResource",
    5: "usage and cost: TraceDAO, SpanDAO, CostService, JsonUtils.prependField",
    6: "threads and the page: ThreadDAO, PrettyLLMMessage, lib/traces.ts, EnvironmentAutoCreateListener",
}
"""Where each section of the rules was read; server 2.1 of July 2026 and later, and the SDK 2.2."""
