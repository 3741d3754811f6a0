"""A catalogue of servers that behave badly, each a small real one on loopback.

    with HOSTILE_BY_NAME["gzip-bomb"].serve(after=3) as base_url:
        ...

`after` requests are answered as the contract says, so that a client gets past its first look; then the behaviour begins. The
same from a shell: `python -m tests.hostile gzip-bomb --port 8080 --after 3`; `--list` shows them all.
"""

from __future__ import annotations

from tests.hostile import codings, connections, content, fickle, framing, reflections, tls, tokens
from tests.hostile.server import Hostile, Server

__all__ = ["HOSTILE", "HOSTILE_BY_NAME", "SAMPLE", "Hostile", "Server"]

HOSTILE: tuple[Hostile, ...] = (
    *connections.HOSTILE,
    *framing.HOSTILE,
    *codings.HOSTILE,
    *content.HOSTILE,
    *tokens.HOSTILE,
    *reflections.HOSTILE,
    *tls.HOSTILE,
    *fickle.HOSTILE,
)

HOSTILE_BY_NAME: dict[str, Hostile] = {hostile.name: hostile for hostile in HOSTILE}

_SAMPLE = """
refused no-such-host never-accepts closes-at-once resets-at-once never-answers one-octet-a-second slow-headers
endless-headers endless-chunks endless-body enormous-then-stalls stalls-in-body resets-in-body
status-line-garbage status-line-terminal status-line-markup status-line-000 status-line-999 field-flood field-8-bit
content-length-short content-length-long content-length-twice content-length-with-chunked chunks-bad-size
chunks-extension-flood chunks-no-last continue-flood continue-slowly switches-protocols empty-200
gzip-bomb gzip-bomb-nested brotli-bomb gzip-invalid
utf-8-invalid utf-16 lone-surrogates control-characters terminal-escapes markup-everywhere xml-illegal
nested-arrays nested-member integers-of-20000-digits integer-member number-1e400 duplicate-members long-text
token-for-anyone token-of-900-kb token-of-segments token-nested-claims token-exp-1e400 token-exp-of-20000-digits
token-claims-terminal token-claims-markup
reflects-in-body reflects-percent-all reflects-base64-1 reflects-json-escaped reflects-reversed reflects-in-field
reflects-in-cookie reflects-in-reason reflects-in-redirect reflects-in-stack-trace reflects-token
tls-expired tls-self-signed tls-wrong-host tls-missing tls-stalls tls-unasked
dies-after-20 silent-after-20 502-after-20 locks-after-10 slower-and-slower right-or-silent right-or-closed
right-or-garbage answers-twice answers-again-late redirects-to-itself redirects-elsewhere 500-always 503-always
200-always throttles-zero throttles-for-ever throttles-epoch quota-spent cookies
"""

SAMPLE: tuple[Hostile, ...] = tuple(HOSTILE_BY_NAME[name] for name in _SAMPLE.split())
"""One or a few of each sort, for checks that cost a whole run each."""
