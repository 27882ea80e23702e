"""What the relay costs: accepting against an echo that syncs as well, a steady minute, and end to end.

python -m bench.relay           the whole report, about four minutes
python -m bench.relay --quick   does it still run; its numbers mean little

load.py      delivers, in a process of its own         sink.py      a platform that answers 204
echo.py      the server of the relay, on a file         serving.py   starts all of these
accepting.py, steady.py, through.py                     what is measured
"""
