"""The standard logging payload of LiteLLM: one model call as its callbacks and its HTTP logger have it.

payload.py   the payload              usage.py    tokens and cost
content.py   messages and response    failure.py  why a call failed
identity.py  who asked, and which session and tags

The payload has no version, and its keys came and went between releases: what is known is read, the rest is
kept. It lacks what LiteLLM loses: `docs/embed.md` says what.
"""
