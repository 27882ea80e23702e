"""Deliveries as OTLP in protobuf, made of their JSON by protobuf's own classes."""

from __future__ import annotations

import base64
from typing import Any

IDS = ("traceId", "spanId", "parentSpanId")


def message(document: Any) -> bytes:
    """Return the message of a delivery in OTLP's JSON."""
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    return bytes(ParseDict(_with_base64(document), ExportTraceServiceRequest()).SerializeToString())


def _with_base64(value: Any) -> Any:
    """Return OTLP's JSON with ids as protobuf's own JSON has them."""
    if isinstance(value, list):
        return [_with_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode() if key in IDS else _with_base64(item)
        for key, item in value.items()
    }


def metrics() -> bytes:
    """Return a message of metrics."""
    from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData

    data = MetricsData()
    metric = data.resource_metrics.add().scope_metrics.add().metrics.add(name="process.cpu.time", unit="s")
    metric.sum.data_points.add(as_double=1.5, time_unix_nano=1_795_255_200_000_000_000)
    return bytes(data.SerializeToString())


def logs(text: str, **fields: Any) -> bytes:
    """Return a message of a line of a log."""
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData

    data = LogsData()
    record = data.resource_logs.add().scope_logs.add().log_records.add(**fields)
    record.body.string_value = text
    return bytes(data.SerializeToString())
