"""The commands of the relay, one a file.

relay.py     run a relay                        purge.py            erase what a spool holds
letters.py   write its dead letters to files    spool_argument.py   which spool a command is about
"""
