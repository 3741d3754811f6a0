"""Which token a cache may keep, on literals."""

# ruff: noqa: D103 - the name of a test is the fact it states

from __future__ import annotations

from tests.checks.literals import NO_STORE, WRONG, Row, answered, broken, each, refusal, success

STORABLE = "security.not-publicly-cacheable"
KEPT = "security.no-store"

LATER = ("Expires", "Wed, 01 Jan 2098 00:00:00 GMT")
HERE = ("Content-Location", "/api/v3/oauth/token")
BEFORE = ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
FIELDS = (("WWW-Authenticate", "Bearer"),)


def control(*values: str, broken: str = "", others: tuple[tuple[str, str], ...] = ()) -> Row:
    """A token with these fields Cache-Control."""
    fields = (*(("Cache-Control", value) for value in values), *others)
    shown = ", ".join(f"{name}: {value}" for name, value in fields)
    return Row(f"stored under {shown or 'nothing'}", answered(200, success().content, *fields), broken)


ROWS = (
    control("no-store"),
    control("No-Store"),
    control("no-cache, no-store, max-age=0, must-revalidate"),
    control("no-cache", "no-store"),
    control("no-store", others=(LATER,)),
    control("no-store, max-age=60"),
    control("no-store, public"),
    control("private, no-store"),
    control(broken=KEPT),
    control("", broken=KEPT),
    control("private", broken=KEPT),
    control("private, max-age=60", broken=KEPT),
    control("no-cache", broken=KEPT),
    control("no-cache", broken=KEPT, others=(LATER,)),
    control("no-cache, max-age=60", broken=KEPT),
    control("max-age=0", broken=KEPT),
    control("max-age=0", broken=KEPT, others=(LATER,)),
    control("s-maxage=0", broken=KEPT, others=(LATER,)),
    control("max-age=60, s-maxage=0", broken=KEPT),
    control("max-age=²", broken=KEPT),
    control("max-age=-1", broken=KEPT),
    control("max-age", broken=KEPT),
    control("must-revalidate", broken=KEPT),
    control('x="no-store"', broken=KEPT),
    control("no-storefront", broken=KEPT),
    control(broken=KEPT, others=(BEFORE,)),
    control(broken=KEPT, others=(("Expires", "0"),)),
    control(broken=KEPT, others=(("Pragma", "no-cache"),)),
    control("no-store", others=(("Age", "0"),)),
    control("no-store", others=(("Age", "²"),)),
    control("public", broken=STORABLE),
    control("public, max-age=60", broken=STORABLE),
    control("max-age=60", broken=KEPT),
    control("max-age=60", broken=STORABLE, others=(HERE,)),
    control("max-age=1", broken=KEPT),
    control("max-age=1", broken=STORABLE, others=(HERE,)),
    control('max-age="60"', broken=KEPT),
    control('max-age="60"', broken=STORABLE, others=(HERE,)),
    control('no-cache="Set-Cookie", max-age=60', broken=KEPT),
    control('no-cache="Set-Cookie", max-age=60', broken=STORABLE, others=(HERE,)),
    control("no-cache, public", broken=STORABLE),
    control("must-revalidate", "Max-Age=60", broken=KEPT),
    control("must-revalidate", "Max-Age=60", broken=STORABLE, others=(HERE,)),
    control("s-maxage=60", broken=STORABLE),
    control("max-age=0, s-maxage=60", broken=STORABLE),
    control(broken=KEPT, others=(LATER,)),
    control(broken=KEPT, others=(("Expires", "Wed Jan  1 00:00:00 2098"),)),
    control(broken=STORABLE, others=(LATER, HERE)),
    control(broken=STORABLE, others=(("Expires", "Wed Jan  1 00:00:00 2098"), HERE)),
    control(broken=KEPT, others=(BEFORE, HERE)),
    control(broken=KEPT, others=(HERE,)),
    control("no-store, max-age=60", others=(HERE,)),
    control("private, max-age=60", broken=KEPT, others=(HERE,)),
    control("max-age=60", broken=STORABLE, others=(("Content-Location", "token"),)),
    control("max-age=60", broken=STORABLE, others=(("Content-Location", "https://api.example/api/v3/oauth/token"),)),
    control("max-age=60", broken=KEPT, others=(("Content-Location", "/oauth/token/17"),)),
    control("max-age=60", broken=KEPT, others=(("Content-Location", "http://["),)),
    control('private="set-cookie", max-age=60', broken=KEPT),
    control('private="set-cookie", max-age=60', broken=STORABLE, others=(HERE,)),
    control('private="set-cookie", public', broken=STORABLE),
    control('private="set-cookie", s-maxage=60', broken=STORABLE),
    control("no-store", broken=STORABLE, others=(("CDN-Cache-Control", "max-age=60"),)),
    control("no-store", broken=STORABLE, others=(("Age", "5"),)),
    Row("a refusal that may be stored", answered(401, refusal().content, *FIELDS, ("Cache-Control", "public")), "", WRONG),
)  # fmt: skip


@each(ROWS)
def test_a_token_is_judged_by_what_it_lets_caches_do(row: Row) -> None:
    assert broken(row.assessed()) == row.broken


def test_only_a_field_that_holds_a_token_is_asked_for_no_store() -> None:
    found = Row("", answered(401, refusal().content, *FIELDS, NO_STORE), asked=WRONG).assessed()

    assert not {STORABLE, KEPT} & found.judged.keys()
