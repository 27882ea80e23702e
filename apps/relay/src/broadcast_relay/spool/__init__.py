"""What keeps the deliveries of a relay and sends them: a spool of the core, in a directory of its own.

engine.py      as the rest of the relay sees it    spooling.py       the engine
mailbox.py     what it is asked while it runs      exchanged.py      files of questions and answers
purges.py      a purge as a question               letter_files.py   dead letters in files
"""
