"""What an answer shows of other requests, on literals."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from conformance.checks.foreign_data import everything
from conformance.messages import Request, Response
from tests.checks.literals import (
    CLAIMS,
    CLIENT_ID,
    INVALID,
    PAIR,
    VALID,
    WRONG,
    Row,
    answered,
    asked,
    broken,
    each,
    exchange,
    judge,
    octets,
    refusal,
    segment,
    success,
    token,
    wrong,
)

FOREIGN = "security.no-foreign-data"
OTHER, OTHER_SECRET = "decoy-client-0123456789ab", "decoy-0123456789abcdef01234567"
OWN, OWN_SECRET = "decoy-client-fedcba987654", "decoy-fedcba9876543210fedcba98"
ASKED = wrong(clientId=OWN, clientSecret=OWN_SECRET)


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


def says(name: str, text: object, broken: str = FOREIGN, request: Request = ASKED, status: int = 401) -> Row:
    """A refusal with that in a member."""
    return Row(f"says {name}", refusal(status, told=text), broken, request)


def repeats(name: str, request: Request, text: object = OWN) -> Row:
    """A refusal that repeats what the request says in a way of its own."""
    return Row(f"repeats what was sent {name}", refusal(told=text), "", request)


def holds(name: str, broken: str = FOREIGN, request: Request = VALID, **changes: object) -> Row:
    """A token with that among its claims."""
    return Row(f"a token holds {name}", success(accessToken=token(CLAIMS | changes)), broken, request)


ROWS = (
    says("nothing", "Unauthorized", ""),
    says("whom another request named", OTHER),
    says("whom another request named, in a sentence", f"No client {OTHER}."),
    says("it behind the own one", f"{OWN} {OTHER}"),
    says("it deep inside", [{"before": [OTHER]}]),
    says("it in capital letters", OTHER.upper()),
    says("what another request had as its secret", OTHER_SECRET),
    says("it in a 400", OTHER, request=INVALID, status=400),
    says("it to the true client", OTHER, request=wrong(clientId=CLIENT_ID)),
    says("it to somebody else", OTHER, request=WRONG),
    Row("says it in escapes", answered(401, f'{{"error":401,"message":"{escaped(OTHER)}"}}'.encode(), ("WWW-Authenticate", "Bearer")), FOREIGN, ASKED),
    Row("says it in a field", answered(401, {"error": 401, "message": "no"}, ("WWW-Authenticate", "Bearer"), ("X-Client", OTHER)), FOREIGN, ASKED),
    Row("says it in the realm", answered(401, {"error": 401, "message": "no"}, ("WWW-Authenticate", f'Bearer realm="{OTHER}"')), FOREIGN, ASKED),
    Row("says it beside a token", success(client=OTHER), FOREIGN),
    says("a part of it", OTHER[:-1], ""),
    says("what requests are made with alike", "decoy decoy-other decoy-client-other decoy.decoy.decoy decoy-0123456789", ""),
    says("the true client id", CLIENT_ID, ""),
    repeats("as it is", ASKED),
    repeats("in a sentence", ASKED, f"No client <{OWN}>"),
    repeats("in capital letters", ASKED, OWN.upper()),
    repeats("less its end, and something else there", ASKED, OWN[:-4] + "0000"),
    repeats("in capital letters itself", wrong(clientId=OWN.upper())),
    repeats("in escapes", asked(f'{{"clientId":"{escaped(OWN)}","clientSecret":"x"}}'.encode())),
    repeats("in JSON inside a string", wrong(clientId=f'{{"clientId":"{escaped(OWN)}"}}')),
    repeats("in the middle of more", wrong(clientId=f"x{OWN}x")),
    repeats("as another member", wrong(clientId=CLIENT_ID, other=OWN)),
    repeats("as a member's name", wrong(**{OWN: 1})),
    repeats("percent-encoded", wrong(clientId="".join(f"%{octet:02x}" for octet in OWN.encode()))),
    repeats("in entities", wrong(clientId="".join(f"&#{octet};" for octet in OWN.encode()))),
    repeats("in base64", wrong(clientId=base64.b64encode(OWN.encode()).decode())),
    repeats("in base64url without padding", wrong(clientId=segment(OWN.encode()))),
    repeats("in letters of full width", wrong(clientId="".join(chr(ord(one) + 0xFEE0) for one in OWN))),
    repeats("in a field", asked(PAIR | {"clientId": "x"}, ("X-Client", OWN))),
    repeats("as Basic credentials", asked({"clientId": "x", "clientSecret": "y"}, ("Authorization", f"Basic {base64.b64encode(f'{OWN}:x'.encode()).decode()}"))),
    holds("nothing", ""),
    holds("another client as its subject", sub=f"{OTHER}@clients"),
    holds("another client in a claim of its own", act={"sub": [OTHER]}),
    holds("another's secret", x=OTHER_SECRET),
    holds("what its request named besides", "", asked(PAIR | {"actor": OTHER}), act=OTHER),
)  # fmt: skip


@each(ROWS)
def test_an_answer_breaks_exactly_what_its_row_says(row: Row) -> None:
    assert broken(row.assessed()) == row.broken


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_body_of_wide_characters_is_read(coding: str) -> None:
    assert OWN in everything(asked(octets(PAIR | {"clientId": OWN}).decode().encode(coding)))


def test_a_query_is_read() -> None:
    assert OWN in everything(asked(None, path=f"/oauth/token?clientId={quote(OWN)}"))


def told(answer: Response, request: Request = ASKED) -> str:
    (finding,) = judge().judge(exchange(request, answer))[1].findings
    return finding.observed


def test_a_finding_says_whose_it_is_and_no_secret() -> None:
    assert told(refusal(told=OTHER)) == f"the client id {OTHER} of another request, in a 401"
    assert told(refusal(told=OTHER_SECRET)) == "a client secret of another request, in a 401"
    assert told(success(accessToken=token(CLAIMS | {"azp": OTHER})), VALID) == (
        f"the client id {OTHER} of another request, in a token, as 'azp'"
    )
