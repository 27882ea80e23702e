"""The files that the command reads and writes. Nothing here prints.

In:
    paths.py         directories as files                documents.py    files as documents
    document.py      one of them                         messages.py     files of messages with their lengths
    compressed.py    gzip and zstd                       binary.py       files that are no text
    generations.py   documents as generations            settings.py     routes and secrets
    secrets_file.py  secrets of routes in TOML           keyring_store.py   secrets in the keyring

Out:
    output.py        stdout, or a file that appears complete at the end
    request_lines.py a request as a line of JSON         rejects.py      documents that could not be used
    streams.py       writes that are complete            termination.py  signals as exceptions
    conflicts.py     output that would replace an input

What is sent:
    checkpoint.py    how far a run has come              dead_letters.py  what was refused or not delivered

State:
    state_file.py    state from run to run               state_lock.py   one run at a time

Routes that the command keeps:
    routes_file.py   one change at a time                toml_text.py    TOML read and changed
"""
