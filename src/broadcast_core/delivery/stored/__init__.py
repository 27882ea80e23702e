"""The one stored form of planned requests and of outcomes: plan files, checkpoints, spools and dead letters.

requests.py   a planned request stored, and planned again      lines.py     it as one line of JSON
head.py       its fields, checked when they are read           packing.py   its endpoint
outcomes.py   what became of each generation in a plan
"""
