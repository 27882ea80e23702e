"""A small API of our own in the shapes that the reader knows, written in every keyword that schemas use.

It is no schema of the gateway's: it has what the tests of the law need, and some that no API has.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number", "format": "double"}
FLAG: Schema = {"type": "boolean"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _words(*words: str | None) -> Schema:
    return {"enum": list(words)}


def _list(items: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits}


def _object(required: str = "", **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required.split()}


def _event(kind: str, required: str = "", **properties: Schema) -> Schema:
    return _object(f"type {required}", type=_words(kind), **properties)


def _at(kind: str, key: str, schema: Schema, **rest: Schema) -> Schema:
    """Return an event of the Responses API that has something of an item."""
    places = {"sequence_number": WHOLE, "output_index": WHOLE, "item_id": TEXT, "content_index": WHOLE}
    return _event(
        f"response.{kind}", f"sequence_number output_index {key}", **places, **{key: schema}, **rest
    )


_SAMPLING = {
    "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
    "top_p": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "seed": {"type": "integer", "minimum": -5, "maximum": 5},
    "metadata": {"type": "object", "additionalProperties": TEXT},
    "tools": _list(_ref("Tool"), maxItems=2),
    "stream": FLAG,
    "store": {"const": False},
    "user": {"type": "string", "maxLength": 128, "minLength": 1},
    "session_id": {"type": "string", "pattern": "^[a-z]{3,9}$"},
    "trace": {**_object(trace_id=TEXT, trace_name=TEXT, tags=_list(TEXT)), "additionalProperties": {}},
    "provider": {
        "anyOf": [_object(order=_list(TEXT), sort=_words("price", "latency", None)), {"type": "null"}]
    },
}
_COUNTS = {"cost": NUMBER, "is_byok": FLAG, "cost_details": _object(upstream_inference_cost=NUMBER)}

SCHEMAS: dict[str, Schema] = {
    "Tool": {
        "oneOf": [_ref("Function"), _object("type", type=_words("search"), limit=WHOLE, inner=_ref("Tool"))],
        "discriminator": {"propertyName": "type"},
    },
    "Function": {
        **_object(
            "type name", type=_words("function"), name=TEXT, strict=FLAG, url={"format": "uri", **TEXT}
        ),
        "additionalProperties": False,
    },
    "Base": _object("model", model=TEXT, **_SAMPLING),
    "Message": _object(
        "role content", role=_words("user", "system", "tool"), content=_ref("Parts"), name=TEXT
    ),
    "Parts": {"anyOf": [TEXT, _list(_object("type text", type=_words("text"), text=TEXT), minItems=1)]},
    "ChatRequest": {
        "allOf": [_ref("Base"), _object("messages", messages=_list(_ref("Message"), minItems=1))]
    },
    "Call": _object(
        "id function",
        index=WHOLE,
        id=TEXT,
        type=_words("function"),
        function=_object("name arguments", name=TEXT, arguments=TEXT),
    ),
    "Said": _object(
        "role",
        role=_words("assistant"),
        content=MAYBE,
        reasoning=MAYBE,
        refusal=MAYBE,
        tool_calls=_list(_ref("Call")),
        annotations=_list(_object("url", type=_words("url_citation"), url=TEXT)),
        audio=_object(id=TEXT, data=TEXT, transcript=TEXT),
    ),
    "Usage": _object(
        "prompt_tokens completion_tokens",
        prompt_tokens=WHOLE,
        completion_tokens=WHOLE,
        total_tokens=WHOLE,
        prompt_tokens_details=_object(cached_tokens=WHOLE, audio_tokens=WHOLE),
        completion_tokens_details={"type": ["object", "null"], "properties": {"reasoning_tokens": WHOLE}},
        **_COUNTS,
    ),
    "Metadata": _object(
        strategy=_words("direct", "auto"),
        attempts=_list(_object("provider", provider=TEXT, model=TEXT, status=WHOLE)),
        attempt=WHOLE,
        is_byok=FLAG,
    ),
    "Head": _object(
        "id created",
        id=TEXT,
        created=WHOLE,
        model=TEXT,
        provider=TEXT,
        usage=_ref("Usage"),
        service_tier=MAYBE,
        openrouter_metadata=_ref("Metadata"),
    ),
    "ChatAnswer": {
        "allOf": [
            _ref("Head"),
            _object(
                "choices object",
                object=_words("chat.completion"),
                choices=_list(
                    _object(
                        "index message finish_reason",
                        index=WHOLE,
                        message=_ref("Said"),
                        finish_reason=_words("stop", "length", "tool_calls", None),
                        native_finish_reason=TEXT,
                        logprobs=_object(content=_list(_object(token=TEXT, logprob=NUMBER))),
                    )
                ),
            ),
        ]
    },
    "ChatChunk": {
        "allOf": [
            _ref("Head"),
            _object(
                "choices",
                choices=_list(_object("index delta", index=WHOLE, delta=_ref("Said"), finish_reason=MAYBE)),
                error=_object("code message", code=WHOLE, message=TEXT, metadata=_object(error_type=TEXT)),
            ),
        ]
    },
    "Failure": _object(
        "error",
        error=_object("code message", code=WHOLE, message=TEXT, metadata={"type": "object"}),
        user_id={"type": "string", "format": "uuid"},
    ),
    "ResponseRequest": {
        "allOf": [_ref("Base"), _object("input", input=_ref("Parts"), instructions=TEXT)],
    },
    "Logprobs": _list(_object("token", token=TEXT, logprob=NUMBER)),
    "Part": {
        "oneOf": [
            _object(
                "type text",
                type=_words("output_text"),
                text=TEXT,
                annotations=_list(_object(type=_words("url_citation"), url=TEXT)),
                logprobs=_ref("Logprobs"),
            ),
            _object("type refusal", type=_words("refusal"), refusal=TEXT),
        ]
    },
    "Item": {
        "oneOf": [
            _object(
                "type content",
                type=_words("message"),
                id=TEXT,
                role=_words("assistant"),
                content=_list(_ref("Part")),
            ),
            _object(
                "type summary",
                type=_words("reasoning"),
                id=TEXT,
                summary=_list(_object("type text", type=_words("summary_text"), text=TEXT)),
                content=_list(_object("type text", type=_words("reasoning_text"), text=TEXT)),
                encrypted_content=MAYBE,
            ),
            _object(
                "type call_id name arguments",
                type=_words("function_call"),
                id=TEXT,
                call_id=TEXT,
                name=TEXT,
                arguments=TEXT,
            ),
            _object("type", type=_words("web_search_call"), id=TEXT, status=_words("completed"), action={}),
        ]
    },
    "ResponseAnswer": _object(
        "id object output status",
        id=TEXT,
        object=_words("response"),
        created_at=WHOLE,
        completed_at={"type": "integer", "minimum": 1_800_000_000},
        model=TEXT,
        status=_words("completed", "incomplete", "in_progress"),
        output=_list(_ref("Item")),
        incomplete_details={"anyOf": [_object(reason=_words("max_output_tokens")), {"type": "null"}]},
        usage=_object(
            "input_tokens output_tokens",
            input_tokens=WHOLE,
            output_tokens=WHOLE,
            input_tokens_details=_object(cached_tokens=WHOLE, cache_write_tokens=WHOLE),
            **_COUNTS,
        ),
        temperature=NUMBER,
        openrouter_metadata=_ref("Metadata"),
    ),
    "ResponseEvent": {
        "oneOf": [
            *(
                _event(
                    f"response.{kind}",
                    "response sequence_number",
                    response=_ref("ResponseAnswer"),
                    sequence_number=WHOLE,
                )
                for kind in ("created", "completed", "incomplete")
            ),
            *(_at(f"output_item.{kind}", "item", _ref("Item")) for kind in ("added", "done")),
            *(_at(f"content_part.{kind}", "part", _ref("Part")) for kind in ("added", "done")),
            _at("output_text.delta", "delta", TEXT, logprobs=_ref("Logprobs")),
            _at("output_text.done", "text", TEXT, logprobs=_ref("Logprobs")),
            _at("refusal.delta", "delta", TEXT),
            _at("refusal.done", "refusal", TEXT),
            _at("output_text.annotation.added", "annotation", _object(url=TEXT), annotation_index=WHOLE),
            _at("reasoning_summary_text.delta", "delta", TEXT, summary_index=WHOLE),
            _at("reasoning_summary_text.done", "text", TEXT, summary_index=WHOLE),
            _at("reasoning_text.delta", "delta", TEXT),
            _at("function_call_arguments.delta", "delta", TEXT),
            _at("function_call_arguments.done", "arguments", TEXT, name=TEXT),
            _at("custom_tool_call_input.done", "input", TEXT),
            _at("code_interpreter_call_code.delta", "delta", TEXT),
            _at("apply_patch_call_operation_diff.done", "diff", TEXT),
            _at("image_generation_call.partial_image", "partial_image_b64", TEXT, partial_image_index=WHOLE),
            _at("panel_call.panel.added", "model", TEXT),
            _at("panel_call.panel.delta", "delta", TEXT, model=TEXT),
            _at("panel_call.panel.failed", "error", TEXT, model=TEXT, status_code=WHOLE),
            _at("panel_call.analysis.completed", "analysis", _object(consensus=_list(TEXT))),
            _event("response.search_call.in_progress", "output_index", output_index=WHOLE, item_id=TEXT),
            _event("response.debug", "debug", debug={"type": "object", "additionalProperties": {}}),
            _event("error", "code message", code=MAYBE, message=TEXT, param=MAYBE, sequence_number=WHOLE),
        ]
    },
    "BlockRequest": {
        "allOf": [
            _ref("Base"),
            _object(
                "messages max_tokens",
                max_tokens=WHOLE,
                system=_ref("Parts"),
                messages=_list(
                    _object("role content", role=_words("user", "assistant"), content=_ref("Parts")),
                    minItems=1,
                ),
            ),
        ]
    },
    "Block": {
        "anyOf": [
            _object(
                "type text",
                type=_words("text"),
                text=TEXT,
                citations={"type": ["array", "null"], "items": _object(cited_text=TEXT)},
            ),
            _object("type thinking signature", type=_words("thinking"), thinking=TEXT, signature=TEXT),
            _object("type data", type=_words("redacted_thinking"), data=TEXT),
            _object(
                "type id name input", type=_words("tool_use"), id=TEXT, name=TEXT, input={"type": "object"}
            ),
        ]
    },
    "BlockUsage": _object(
        "input_tokens output_tokens",
        input_tokens=WHOLE,
        output_tokens=WHOLE,
        cache_read_input_tokens=WHOLE,
        cache_creation_input_tokens=WHOLE,
        cache_creation=_object(ephemeral_5m_input_tokens=WHOLE),
        service_tier=_words("standard", "priority", None),
        iterations=_list(_object(type=_words("message"), input_tokens=WHOLE)),
        **_COUNTS,
    ),
    "BlockAnswer": _object(
        "id type role content stop_reason usage",
        id=TEXT,
        type=_words("message"),
        role=_words("assistant"),
        model=TEXT,
        content=_list(_ref("Block")),
        stop_reason=_words("end_turn", "max_tokens", "tool_use", "refusal"),
        stop_sequence=MAYBE,
        container={"type": ["object", "null"], "properties": {"id": TEXT}},
        usage=_ref("BlockUsage"),
        openrouter_metadata=_ref("Metadata"),
    ),
    "BlockDelta": {
        "oneOf": [
            _event("text_delta", "text", text=TEXT),
            _event("thinking_delta", "thinking", thinking=TEXT),
            _event("input_json_delta", "partial_json", partial_json=TEXT),
            _event("signature_delta", "signature", signature=TEXT),
            _event("citations_delta", "citation", citation=_object(cited_text=TEXT)),
            _event("compaction_delta", "content", content=TEXT, encrypted_content=MAYBE),
            _event("other_delta", "other", other=TEXT),
        ]
    },
    "BlockEvent": {
        "oneOf": [
            _event("message_start", "message", message=_ref("BlockAnswer")),
            _event("content_block_start", "index content_block", index=WHOLE, content_block=_ref("Block")),
            _event("content_block_delta", "index delta", index=WHOLE, delta=_ref("BlockDelta")),
            _event("content_block_stop", "index", index=WHOLE),
            _event("message_delta", "delta usage", delta=_object(stop_reason=TEXT), usage=_ref("BlockUsage")),
            _event("message_stop", openrouter_metadata=_ref("Metadata")),
            _event("ping"),
            _event("error", "error", error=_object("type message", type=TEXT, message=TEXT)),
        ]
    },
    "PictureRequest": {"allOf": [_ref("Base"), _object("prompt", prompt=TEXT, size=TEXT)]},
    "PictureAnswer": _object(
        "created data",
        created=WHOLE,
        data=_list(_object("b64_json", b64_json=TEXT, media_type=TEXT)),
        usage=_ref("Usage"),
    ),
    "PictureEvent": {
        "anyOf": [
            _event("image_generation.partial_image", "b64_json", b64_json=TEXT, partial_image_index=WHOLE),
            _event("image_generation.text_chunk", "text phase", text=TEXT, phase=_words("content", "draft")),
            _event(
                "image_generation.completed", "b64_json", b64_json=TEXT, created=WHOLE, usage=_ref("Usage")
            ),
            _event("image_generation.unknown", "note", note=TEXT),
            _event("error", "error", error=_object("message", message=TEXT, code=MAYBE)),
        ]
    },
    "VectorRequest": _object(
        "model input", model=TEXT, input=_list(TEXT, minItems=1), dimensions={"type": "integer", "minimum": 1}
    ),
    "VectorAnswer": _object(
        "object data",
        id=TEXT,
        object=_words("list"),
        model=TEXT,
        data=_list(
            _object("object embedding", object=_words("embedding"), embedding=_list(NUMBER), index=WHOLE)
        ),
        usage=_object(prompt_tokens=WHOLE, total_tokens=WHOLE, cost=NUMBER),
    ),
    "SpeechRequest": _object("model input voice", model=TEXT, input=TEXT, voice=TEXT, speed=NUMBER),
}


def _json(schema: Schema) -> Schema:
    return {"content": {"application/json": {"schema": schema}}}


def _path(request: str, answer: str = "", event: str = "") -> Schema:
    content = _json(_ref(answer))["content"] if answer else {"audio/*": {"schema": TEXT}}
    if event:
        frame = _object("data", data=_ref(event))
        content["text/event-stream"] = {"schema": frame}
    responses = {"200": {"content": content}, "429": _json(_ref("Failure"))}
    return {"post": {"requestBody": _json(_ref(request)), "responses": responses}}


API: Schema = {
    "paths": {
        "/chat/completions": _path("ChatRequest", "ChatAnswer", "ChatChunk"),
        "/responses": _path("ResponseRequest", "ResponseAnswer", "ResponseEvent"),
        "/messages": _path("BlockRequest", "BlockAnswer", "BlockEvent"),
        "/images": _path("PictureRequest", "PictureAnswer", "PictureEvent"),
        "/embeddings": _path("VectorRequest", "VectorAnswer"),
        "/audio/speech": _path("SpeechRequest"),
        "/models": {"get": {"responses": {}}},
    },
    "components": {"schemas": SCHEMAS},
}
