"""What kills, cut connections and planted bugs do to what is sent.

witness.py   platforms in a process of their own: what they took is what counts
launcher.py  starts processes of the command, from one that has everything imported
points.py    named moments at which such a process kills itself
planted.py   bugs that the tests must find
campaign.py  one input sent in several lives, and what must hold at the end
"""
