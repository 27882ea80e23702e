"""How fast a line becomes Opik's batch bodies, as a multiple of reading and writing its JSON.

python -m bench        the whole report, under three minutes
python -m bench --quick        does it still run; its numbers mean little

corpus.py      what was asked and answered     dialects.py    the same, as record and as delivery
variants.py    what is timed                   rounds.py      how it is timed
imports.py     what an import costs            report.py      the tables
"""
