"""The keys that a message about broken JSON may name: those of our record and of the dialects' envelopes.

Any other key may be what a user or a model said.
"""

from __future__ import annotations

from broadcast_core.record.codec.tables import FIELDS

_OTLP = """
resourceSpans resource scopeSpans scope spans attributes events links status schemaUrl key value stringValue
intValue doubleValue boolValue bytesValue arrayValue kvlistValue values name traceId spanId parentSpanId kind
startTimeUnixNano endTimeUnixNano timeUnixNano code message
"""
_CHAT = """
request response chunks started_at ended_at first_token_at messages prompt choices index delta message role
finish_reason text reasoning tool_calls function arguments tools error usage
"""
_GENERATION_API = "data generation created_at provider_responses"

NAMED = FIELDS.union(_OTLP.split(), _CHAT.split(), _GENERATION_API.split())
