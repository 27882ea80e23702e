"""Runs that send: the input is planned in chunks, and each route is sent by threads of its own.

runs.py            a run, from its files to its exit code     senders.py   the senders of all routes
planned_input.py   the input, kept as requests                ending.py    what stopped, and what is left
sample.py          a generation of our own, to look for
"""
