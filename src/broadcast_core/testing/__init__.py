"""For authors of destinations: Hypothesis strategies, a blocker of side effects, a conformance suite.

    strategies.py    generations that reach every field of the record
    canaries.py      documents of every dialect, with a marker wherever content can stand
    purity.py        `blocked()`: network, clock, dice, files, threads and environment raise
    conformance.py   `suite(destination, options)`: the laws as a test class, in three lines

Needs the `testing` extra: pip install 'broadcast-core[testing]'.
"""
