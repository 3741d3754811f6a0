"""In which order the scenarios of this contract are asked, where that makes a difference.

The plan itself knows no scenario by name.
"""

from __future__ import annotations

FIRST, AGAIN, LAST = "valid.plain", "valid.again", "valid.last"

#: In the smallest profile, what is sent right after what. Nothing may spoil the request behind it, nor lend it what it lacks:
#: a body without its members, and an empty one, come right after a token; behind what a server may leave unread, and behind what
#: cannot be read, comes what has one answer only; right before a token comes a wrong secret. After a client id that is made up
#: for one request comes what is refused to another: there it shows where that id is kept. An odd number of refusals to the true
#: client comes before a token: behind an even one nobody sees who refuses every other. The second valid request is the
#: twentieth of all, so that a defect of every other, fourth, fifth or tenth answer hits a token once. What is given up first, for
#: want of room, comes last.
FOLLOWED = {
    FIRST: ("invalid.names",),
    "wrong.suspicious": ("wrong.secret",),
    "media.other": (
        "wrong.swapped",
        "json.malformed",
        "wrong.strings",
        "valid.together",
        "channel.query",
        "size.large",
        "wrong.normalised",
    ),
}

#: What the smallest profile gives up where it needs a request for the key set. With that counted, the second valid request
#: stays the twentieth.
GIVEN_UP = frozenset({"wrong.swapped"})
