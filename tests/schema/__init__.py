"""Exchanges drawn from the schema of an API, and what a reading of them loses.

    values.py      values of a schema, each text and number unlike any other
    documents.py   exchanges with each endpoint: answers, errors, streams
    streams.py     events that say nothing twice, and an answer told in events
    losses.py      what was in an exchange and is nowhere in its reading
    law.py         all that must hold of one exchange
    drawn.py       what a run over every endpoint found

The schema of the gateway is no part of the project: scripts/schema-check takes its path. The tests here have
a small one of their own.
"""
