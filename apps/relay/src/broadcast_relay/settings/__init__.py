"""The file of settings of a relay.

file.py        the file with its routes and secrets, read and checked as a whole
table.py       the table [relay] in it
reloading.py   a changed file, while the relay runs
stamps.py      whether a file has changed
"""
