"""The pages beside the intake: `/healthz` for who restarts the relay, `/metrics` for Prometheus."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from broadcast_core.diagnostics import describe_error
from broadcast_core.jsontext import Json
from broadcast_relay.serving.metrics import CONTENT_TYPE, Metrics
from broadcast_relay.spool.engine import Spool, SpoolState


def pages(spool: Spool, metrics: Metrics, path: str) -> Starlette:
    """Return the application of the pages; `path` is that of the intake, for who is lost.

    Both ask the spool in a thread, since it may be busy. Neither shows content.
    """

    def healthz(_request: Request) -> Response:
        try:
            page = _health(spool.state())
        except Exception as error:  # noqa: BLE001  # whatever fails, it is not healthy
            page = {"status": "failed", "why": describe_error(error)}
        return JSONResponse(page, 200 if page["status"] == "ok" else 503)

    def numbers(_request: Request) -> Response:
        try:
            page = metrics.page(spool.state())
        except Exception as error:  # noqa: BLE001  # its text may quote, and a server would log it
            return JSONResponse({"message": f"the spool does not answer: {describe_error(error)}"}, 503)
        return Response(page, headers={"content-type": CONTENT_TYPE})

    def lost(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        message = {"message": f"deliveries go to {path}; GET /healthz and /metrics are the other pages"}
        return JSONResponse(message, status, headers=getattr(error, "headers", None))

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/metrics", numbers)],
        exception_handlers={404: lost, 405: lost},
    )


def _health(state: SpoolState) -> dict[str, Json]:
    return {
        "status": "ok" if state.full is None else "full",
        "why": state.full,
        "spool_bytes": state.bytes,
        "waiting_deliveries": state.deliveries,
        "dead_letters": state.letters,
        "waiting_requests": sum(state.requests.values()),
        "oldest_seconds": None if state.oldest is None else round(state.oldest.total_seconds(), 3),
    }
