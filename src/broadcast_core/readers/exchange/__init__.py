"""An exchange: the request that a caller sent with its response, stream or error.

chat.py              the exchange, as a program or a document gives it
document.py          the document itself                answer.py             where the answer stands
failure.py           whether it failed, and why         usage.py              tokens and cost
stream.py            chunks, put together               deltas.py             values that grow by deltas
responses_stream.py  events of the Responses API        sse.py                lines of the wire
"""
