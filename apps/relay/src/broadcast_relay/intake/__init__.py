"""One delivery: who sends it, how large it is, and onto disk, then its answer.

delivery.py        a request to the intake         access.py      shared secrets
incoming.py        a body with a limit and a time  inflating.py   how large gzip is, without keeping it
payloads.py        which deliveries hold nothing   answers.py     what is answered
acknowledging.py   deliveries that are on disk
"""
