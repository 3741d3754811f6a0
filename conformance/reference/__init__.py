"""The reference API: a small server that keeps every promise of the contract, and its mutants, which break one each.

`python -m conformance.reference --port 0` starts it. The parts, in the order a request meets them:

protocol.py    HTTP/1.1 on the socket (uvicorn, with the answers it leaves bare made complete)
app.py         the ASGI application: routes, body limit, throttling
service.py     what is asked and what is answered
behaviour.py   the rules it answers by, each a replaceable function of one frozen value
reading.py     octets → JSON → credentials, refusing all that is not strictly so
tokens.py      RS256 access tokens and the key set that verifies them
values.py      requests, answers and refusals

`mutants/` changes one rule at a time. Nothing here imports the rest of `conformance`: what judges a
server has no part in it.
"""
