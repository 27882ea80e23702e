"""For authors of destinations: what proves a plugin, and what shows what it does.

    strategies.py      Hypothesis strategies: generations that reach every field of the record
    conformance/       `suite(destination, options)`: the laws as a test class, in three lines
    other_process.py   the digest of a plan as another process has it
    canaries/          documents of every dialect, with a marker wherever content can stand
    purity.py          `blocked()`: network, clock, dice, files, threads and environment raise
    lineage.py         where each field of the record goes in the rows of a destination
    mapping_table.py   the same as a table for a README
    loopback.py        a model of a server behind a real socket
    shapes/            small destinations of every shape, each with a strict model of what receives it

Needs the `testing` extra: pip install 'broadcast-core[testing]'.
"""
