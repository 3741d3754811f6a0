"""Which answers are a proxy's own, where it passes on what is said to the target in the clear.

What goes through a tunnel is the target's. What does not may be anybody's on the way: an answer is taken for the proxy's where
it says so, or has a status that nobody but a go-between gives. Of the latter a gateway of the target's may be the one as well,
and nobody can tell from here: so the target is not accused of it, and the proxy is named as what may be to blame.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.sources import PREFIX

if TYPE_CHECKING:
    from conformance.messages import Response

AUTHENTICATION: Final = 407
WANTS_AUTHENTICATION: Final = f"the proxy wants user and password (407), which are part of {PREFIX}PROXY"
# RFC 9110, sections 15.6.3 and 15.6.5
_BETWEEN: Final = {502: "got no answer that it could use (502)", 504: "got no answer in time (504)"}
# RFC 9209, section 2.1.1: the parameter stands where the one who names itself made the answer
_OWN_ERROR = re.compile(r";\s*error\s*=")
#: The field of a proxy that is older than RFC 9209 and in more places than any other.
_SQUID: Final = "X-Squid-Error"


def told_by_proxy(response: Response) -> str:
    """What a proxy says in an answer of its own, in words that hold nothing of it; empty where the answer is the target's."""
    if response.status == AUTHENTICATION:
        return WANTS_AUTHENTICATION
    if response.status in _BETWEEN:
        return f"the proxy, or a gateway behind it, {_BETWEEN[response.status]}: without the proxy it is known which"
    own = any(map(_OWN_ERROR.search, response.header_values("Proxy-Status"))) or response.header_values(_SQUID)
    return f"the proxy answered in the target's place ({response.status})" if own else ""
