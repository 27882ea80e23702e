"""OpenRouter's own dialects: Broadcast deliveries (OTLP/JSON), and the answers of `GET /generation`.

delivery.py          one delivery                       generation_api.py    one answer of GET /generation
otlp.py              the envelope                       span_groups.py       which spans belong together
snake_case.py        the envelope in other names        protobuf.py          a delivery in protobuf
attempts.py          provider attempts                  usage_and_cost.py    tokens, money and times
status.py            ok, error or cancelled             parameters.py        model parameters
trace_context.py     the caller's `trace`               custom_metadata.py   the caller's own keys of it
opt_in.py            the opt-in groups                  prefixes.py          where things are filed
content.py           prompt and completion              unmapped.py          what none of them took
"""
