"""What kills and planted bugs do to what a relay has acknowledged.

source.py    delivers, in a process of its own, and keeps a log of what was acknowledged
launcher.py  starts relays, from a process that has everything imported
points.py    named moments at which a relay, or its planner, kills itself
planted.py   bugs that the tests must find
campaign.py  one relay in several lives, and what the platforms have at the end
verdict.py   what must hold then
processes.py the processes of it           syncs.py   what a relay asks of the disk, in its order

The platforms are those of the tests of sending: a process of its own, which nobody kills.
"""
