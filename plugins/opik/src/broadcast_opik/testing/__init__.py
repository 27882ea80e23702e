"""A strict model of an Opik server, to test against where no server is.

    rules.py       what a server refuses, row by row, each rule with its source
    server.py      `OpikModel`: requests as data in, answers as data out, and what it then shows
    loopback.py    the same behind a real socket

Written from Opik's backend source, SDK and documentation (server 2.1, July 2026 and later); stricter than the
server where those leave doubt. It imports nothing that the plugin does not need.
"""
