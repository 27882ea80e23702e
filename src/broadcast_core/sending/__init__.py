"""Sending: clients that obey what `delivery` decides. Here alone the core touches network, disk and threads.

client.py         a request in exchange for its answer, or for why there is none
async_client.py   the same, awaited
transport.py      the client of httpx2 or httpx behind them, and its requests
answers.py        answers of the library as ours
exchange.py       one exchange on its way: its deadline, how far it came, and nothing of it in the log
failures.py       what an exception of the library is about, in plain words
threads.py        threads that send, and hold up no end of a program
checking.py       the connection test of a route, run
route_sender.py   the threads that send the requests of a route, as its queue says
journal.py        what they keep before it counts
store/            deliveries on their way, in a file of SQLite
queue/            the queue of a service: what it offers is sent by a worker process
spool/            deliveries accepted, planned and sent: the relay, and the queue of a service
"""
