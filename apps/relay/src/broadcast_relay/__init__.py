"""The relay: takes Broadcast's webhook, keeps each delivery on disk, and sends it to every route.

command.py        its arguments                   running.py        from a file of settings to a clean end
configuration.py  the file, read and checked      settings.py       the table [relay] in it
reloading.py      a changed file, while running   listening.py      the address, and who may reach it
server.py         uvicorn, run from here          protocol.py       what uvicorn does not bound
application.py    which path is whose             payloads.py       which deliveries hold nothing
intake.py         one delivery, and its answer    access.py         shared secrets
incoming.py       a body with a limit and a time  inflating.py      how large gzip is, without keeping it
answers.py        what is answered                pages.py          /healthz and /metrics
metrics.py        what is counted
stamps.py         whether a file has changed      asgi.py           the types of ASGI
acknowledging.py  deliveries that are on disk     engine.py         what keeps and sends them, as seen here
spooling.py       the engine: the core's spool    mailbox.py        what it is asked while it runs
exchanged.py      files of questions and answers  purges.py         a purge as a question
purge_command.py  arguments of broadcast purge    spool_argument.py  which spool a command is about
letter_files.py   dead letters in files           letters_command.py  arguments of broadcast letters
"""
