"""Words of gateways, providers and libraries: what may stand in a code, a reason or a name in privacy mode.

Some providers put whole sentences where a word is expected, and a sentence can look like a word: `like_this`,
or a line of Chinese. So reasons, error types and codes are those of lists; letter case, and the way in which
words are joined, do not matter. Only names (models, providers, ids at a provider) cannot be listed: they have
a strict form. From the APIs of OpenRouter, OpenAI, Anthropic, Google, Amazon, Cohere, Mistral and of servers
that speak like them, and from the exceptions of Python and its HTTP and gateway clients.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{5,18}(Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_STATUS = re.compile(r"(?:(?:HTTP|Error|Status|Code)[ _-]?)?-?[0-9]{1,6}", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9~@][A-Za-z0-9._~:/@+-]{0,127}")
_TITLE = re.compile(r"[A-Z0-9(][A-Za-z0-9.()-]{0,23}")
_MOST_TITLES = 4
_MOST_WORD = 80  # characters; none that is known has more
_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[ -]")
_ENDINGS = ("_error", "_exception", "_failure")

_FINISH_REASONS = """
stop length tool_calls tool_call function_call content_filter error cancelled canceled end_turn max_tokens
stop_sequence tool_use pause_turn refusal compaction model_context_window_exceeded completed incomplete
failed in_progress queued pending expired max_output_tokens max_prompt_tokens eos eos_token endoftext
end_of_text eot_id end_of_turn complete finished done abort aborted repetition safety recitation language
other blocklist prohibited_content spii malformed_function_call image_safety unexpected_tool_call
too_many_tool_calls image_prohibited_content no_image image_recitation image_other
finish_reason_unspecified missing_thought_signature malformed_response error_toxic error_limit user_cancel
timeout model_length max_length length_capped token_limit guardrail_intervened content_filtered
malformed_model_output malformed_tool_use insufficient_system_resource sensitive network_error max_output
unknown none null
"""
FINISH_REASONS = frozenset(_FINISH_REASONS.split())
"""Why an answer ended: OpenRouter's own words, and those of providers."""

_ERRORS = """
error exception unknown unmapped server api internal internal_server server_overloaded service
invalid_request bad_request invalid_prompt invalid_input invalid_argument invalid_parameter invalid_value
invalid_type invalid_json missing_required_parameter unsupported_parameter unsupported_value unprocessable
unprocessable_entity validation request_validation failed_precondition precondition_failed authentication
authorization unauthenticated unauthorized invalid_api_key incorrect_api_key api_key_expired permission
permission_denied access_denied forbidden billing payment_required insufficient_quota insufficient_credits
insufficient_balance quota_exceeded billing_hard_limit_reached account_deactivated rate_limit
rate_limit_exceeded too_many_requests throttling throttled resource_exhausted concurrency_limit requests
tokens tokens_exceeded_limit request_limit_exceeded not_found model_not_found model_not_available
no_model_available resource_not_found unsupported_model model_not_ready model_unavailable
endpoint_not_found route_not_found unknown_model conflict already_exists gone not_implemented
method_not_allowed unsupported_operation unsupported_media_type payload_too_large request_too_large
content_too_large context_length_exceeded max_tokens_exceeded token_limit_exceeded string_too_long
string_above_max_length context_window_exceeded prompt_too_long provider provider_overloaded
provider_unavailable overloaded unavailable service_unavailable bad_gateway gateway_timeout upstream
upstream_timeout engine_overloaded model_overloaded timeout time_out deadline_exceeded request_timeout
timed_out connect_timeout read_timeout write_timeout pool_timeout api_timeout api_connection connection
connection_reset connection_refused connection_aborted broken_pipe network dns ssl connect read write
proxy remote_protocol local_protocol protocol transport incomplete_read chunked_encoding
server_disconnected client client_payload client_os client_connector client_response http http_status
api_status status api_response_validation content_type stream_consumed cancelled canceled aborted abort
interrupted client_disconnected client_closed_request disconnected expired content_filter content_policy
content_policy_violation content_filtered responsible_ai_policy_violation moderation moderation_blocked
guardrail refusal safety blocked prohibited_content bio_policy cyber_policy invalid_image image_too_large
image_too_small unsupported_image_format image_not_found image_download_failed invalid_image_format
invalid_base64_image invalid_image_url image_parse image_content_policy_violation invalid_image_mode
image_file_too_large unsupported_image_media_type empty_image_file failed_to_download_image
image_file_not_found vector_store_timeout data_residency_mismatch invalid_tool_input
invalid_function_parameters tool_use_failed execution_time_exceeded output_file_too_large file_not_found
url_too_long url_not_allowed url_not_accessible unsupported_content_type max_uses_exceeded query_too_long
json_validate_failed malformed_response empty_response no_response no_answer stream stream_ended model
model_stream model_timeout service_quota_exceeded out_of_range data_loss failed failure incomplete
idempotency deployment_not_found operation_not_supported region_not_supported
unsupported_country_region_territory organization_not_found project_not_found budget_exceeded value key
type index attribute runtime assertion os io lookup arithmetic overflow memory recursion import
module_not_found name stop_iteration stop_async_iteration unicode unicode_decode unicode_encode eof
json_decode decode decoding invalid_response invalid_url invalid_header missing_schema too_many_redirects
retry unrecoverable temporary transient
"""
ERRORS = frozenset(_ERRORS.split())
"""What went wrong: types and codes of errors without the ending `_error`, `Error` or `Exception`."""

_MODULES = """
openai anthropic cohere mistralai groq google genai api_core generativeai litellm langchain_core
openrouter httpx httpcore requests urllib3 aiohttp urllib http client socket ssl websockets grpc botocore
boto3 azure core exceptions _exceptions errors error client_exceptions asyncio concurrent futures builtins
json decoder pydantic pydantic_core
"""
MODULES = frozenset(_MODULES.split())
"""Where the classes of errors stand: `openai.RateLimitError`, `asyncio.exceptions.CancelledError`."""

_OPERATIONS = """
chat completion completions text_completion responses messages embedding embeddings rerank tts speech stt
transcription transcriptions translation image images image_generation generate_content video videos
moderation audio invoke_agent create_agent execute_tool
"""
OPERATIONS = frozenset(_OPERATIONS.split())
"""What was asked for: the kinds of API of OpenRouter, and OpenTelemetry's names of operations."""

_SERVICE_TIERS = """
auto default fast flex priority scale standard standard_only batch
"""
SERVICE_TIERS = frozenset(_SERVICE_TIERS.split())
"""How fast, and at which price, a request may be asked to be served."""

_SHORTENED = """
gen_ai.prompt gen_ai.completion span.input span.output trace.input trace.output
"""
SHORTENED = frozenset(_SHORTENED.split())
"""Attributes of deliveries that may be marked as shortened."""


def is_finish_reason(text: str) -> bool:
    """Tell whether a text is a known reason why an answer ended."""
    return _plain(text) in FINISH_REASONS


def is_error(text: str) -> bool:
    """Tell whether a text is a known type or code of an error: a word, a class or a number."""
    if len(text) > _MOST_WORD:
        return False
    *modules, name = text.split(".")
    word = _plain(name)
    while word not in ERRORS and (end := next(filter(word.endswith, _ENDINGS), None)):
        word = word.removesuffix(end)
    return (word in ERRORS and MODULES.issuperset(modules)) or _STATUS.fullmatch(text) is not None


def is_operation(text: str) -> bool:
    """Tell whether a text is a known kind of request."""
    return _plain(text) in OPERATIONS


def is_name(text: str) -> bool:
    """Tell whether a text has the form of a model, a provider or an id: one piece of ASCII without spaces."""
    return _NAME.fullmatch(text) is not None


def is_title(text: str) -> bool:
    """Tell whether a text has the form of a provider's name: a name, or a few words with capitals."""
    words = text.split(" ")
    return is_name(text) or (len(words) <= _MOST_TITLES and all(map(_TITLE.fullmatch, words)))


def is_quantity(text: str) -> bool:
    """Tell whether a text is a number or a time."""
    return _NUMBER.fullmatch(text) is not None or _TIME.fullmatch(text) is not None


def _plain(text: str) -> str:
    """Return a word as the lists have it: `RateLimitError` and `RATE-LIMIT-ERROR` are `rate_limit_error`."""
    return _BORDER.sub("_", text).lower() if len(text) <= _MOST_WORD and text.isascii() else ""
