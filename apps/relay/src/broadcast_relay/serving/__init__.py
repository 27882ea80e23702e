"""The server of a relay.

server.py        uvicorn, run from here          listening.py     the address, and who may reach it
protocol.py      what uvicorn does not bound     asgi.py          the types of ASGI
application.py   which path is whose             pages.py         /healthz and /metrics
metrics.py       what is counted
"""
