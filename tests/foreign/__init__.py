"""Servers that are not ours, for the suite to judge: Fastify with Ajv, Express, and a mock that replays the document.

`started(name)` serves one of `SERVERS`; `EXPECTED[name]` holds the requirements that a careful person would name.
"""

from tests.foreign.expected import EXPECTED, REASONS
from tests.foreign.servers import SERVERS, Absent, install, started

__all__ = ["EXPECTED", "REASONS", "SERVERS", "Absent", "install", "started"]
