"""What a secret is packed into is masked, and nothing else is."""

from __future__ import annotations

import jwt
from hypothesis import assume, example, given, settings, strategies as st

from conformance.masking import credentials, packings
from conformance.redaction import RANDOM, Redactor
from conformance.secret import Secret
from tests.redaction import disguised

NAME = "$PARTNERS_API_CLIENT_SECRET"
SECRET = "sK7mQ2xZ9pLw4Rt8Vb3Nc6Yh1Jd5Gf0Ua"
TOKEN = jwt.encode({"sub": "person@clients", "exp": 1800000000}, "k" * 64, "HS256")
#: what only what is known already is found in, and of a token nothing is
APART = ("characters between", "escapes of", "octal", "braced", "base64 of the other way round")


@given(
    secret=st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.!", min_size=16, max_size=64),
    around=st.sampled_from(
        [("", ""), ('{"message":"', '"}'), ("<p>", "</p>"), ("Invalid secret: ", "."), ("\n", "\n")]
    ),
)
@example(secret="0000101120345678", around=("", ""))
# its base32hex is base32 of another text
@example(secret="Td10B50522Q010C1", around=("", ""))
@example(secret=SECRET, around=("", ""))
@example(secret="0000000012345678abc", around=("", ""))
@settings(max_examples=60, deadline=None)
def test_a_secret_is_masked_whatever_it_is_packed_into(secret: str, around: tuple[str, str]) -> None:
    """Compressed, in base32, in figures: nothing of what it is packed into is left."""
    assume(len(set(secret)) > 8)
    redactor = Redactor([(Secret(secret), NAME)])
    for name, packed in disguised.packings(secret):
        shown = redactor.text(f"{around[0]}{packed}{around[1]}")
        # a row of digits may be compressed to less than what is taken for a packed word
        if packings.WORD.search(packed) is None and name.endswith("deflated"):
            continue

        # of little variety, what was deflated may read as text before it is inflated
        told = (NAME, "[masked]", RANDOM) if name.endswith("deflated") else (NAME, "[masked]")
        assert any(mask in shown for mask in told), name
        assert packed.strip("+-=") not in shown, name


def test_a_token_is_masked_in_what_it_is_packed_into() -> None:
    """Though nobody has seen it before."""
    for name, packed in disguised.packings(TOKEN):
        shown = Redactor().text(f"not {packed}!")

        if not name.startswith(APART):
            assert packed.strip("+-=")[8:-8] not in shown, name


@given(
    st.from_regex(packings.WORD, fullmatch=True) | st.from_regex(packings.ROW, fullmatch=True) | st.binary().map(str)
)
@settings(max_examples=200, deadline=None)
def test_a_word_that_holds_no_secret_is_left_as_it_is(text: str) -> None:
    """Whatever is made of it, by whomever; what looks drawn at random is masked as such."""
    # drawn from our own constants it may hold a credential's name, and what stands behind that is masked unseen
    assume(not any(credentials.find(text)))
    shown = Redactor([(Secret(SECRET), NAME)]).text(text)
    assume(RANDOM not in shown)

    assert shown == text.encode("utf-8", "backslashreplace").decode()


def test_what_stands_behind_the_name_of_a_credential_is_masked_unseen() -> None:
    """Be it a quotation mark: such a text is none that is left as it is."""
    assert Redactor([(Secret(SECRET), NAME)]).text('b\'"clientSecret":"\'') == 'b\'"clientSecret":"[masked]'
