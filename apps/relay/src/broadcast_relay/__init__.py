"""The relay: takes Broadcast's webhook, keeps each delivery on disk, and sends it to every route.

running.py   from a file of settings to a clean end
settings/    the file of settings: read, checked, and exchanged while the relay runs
serving/     the server: where it listens, its limits, which path is whose, /healthz and /metrics
intake/      one delivery, and its answer
spool/       what keeps deliveries and sends them, and what it is asked while it runs
commands/    `broadcast relay`, `broadcast purge` and `broadcast letters`
"""
