"""HMAC keys that are in public documentation, tutorials and defaults, and that a server must therefore not sign with.

RFC 8725, section 3.5: human-memorisable passwords are no keys. The list is short on purpose: a token signed with one of
these can be forged by anybody within a second. Whoever judges a token adds what it knows of the client and the server.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
from typing import Final

_WORDS: Final = """
secret Secret SECRET secret1 secret12 secret123 secretkey secret-key secret_key SecretKey secretKey SECRET_KEY
SECRETKEY mysecret my-secret my_secret mySecret MySecret my_secret_key my-secret-key mySecretKey MySecretKey
mysecretkey MY_SECRET supersecret super-secret super_secret superSecret SuperSecret supersecretkey super-secret-key
super_secret_key superSecretKey SuperSecretKey topsecret top-secret top_secret topSecret verysecret very-secret
very_secret verysecretkey shhh shhhh shhhhh shhhhhared-secret shared-secret shared_secret sharedsecret sssshhh
keepitsecret keep-it-secret jwt JWT jwtsecret jwt-secret jwt_secret jwtSecret JWT_SECRET JWTSecret JwtSecret
jwtSecretKey jwt_secret_key jwt-secret-key JWT_SECRET_KEY jwtkey jwt-key jwt_key JWT_KEY jwtPrivateKey jwt_private_key
jwtpassword jwt_token jwttoken token TOKEN token_secret tokensecret tokenSecret TOKEN_SECRET token-secret
access_token_secret accessTokenSecret ACCESS_TOKEN_SECRET access-token-secret refresh_token_secret auth authsecret
auth-secret auth_secret AUTH_SECRET client_secret client-secret clientSecret CLIENT_SECRET clientsecret client_id
client-id clientId oauth oauth2 oauth-secret key Key KEY key1 mykey my-key my_key MyKey testkey test-key test_key
signingkey signing-key signing_key signingKey SIGNING_KEY SigningKey hmackey hmac-key hmacsecret hmac-secret private
privatekey private-key private_key privateKey PRIVATE_KEY public publickey public-key public_key symmetrickey
symmetric-key sessionsecret session-secret session_secret password Password PASSWORD password1 Password1 password123
Password123 passw0rd P@ssw0rd P@ssword pass pass123 passphrase changeme change-me change_me changeMe ChangeMe CHANGEME
CHANGE_ME changeit change-it changethis change-this change_this CHANGE_THIS change_this_secret changeinproduction
change-in-production pleasechangeme please-change-me replaceme replace-me replace_me REPLACE_ME todo TODO fixme FIXME
placeholder your-secret your_secret yourSecret yoursecret YOUR_SECRET your-secret-key your_secret_key yourSecretKey
yoursecretkey YOUR_SECRET_KEY your-jwt-secret your_jwt_secret your-256-bit-secret your-384-bit-secret
your-512-bit-secret your-256-bit-secret-key your_256_bit_secret a-string-secret-at-least-256-bits-long
a-valid-string-secret-that-is-at-least-384-bits-long
a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long test Test TEST test1 test123 test1234 testing
tests testsecret test-secret test_secret testSecret TEST_SECRET test-token dev Dev DEV devsecret dev-secret dev_secret
dev-secret-key dev_secret_key development development-secret develop local localhost localsecret local-secret staging
stage prod production production-secret demo demosecret demo-secret sample sample-secret sample_secret samplesecret
example example-secret example_secret example-key example_key examplekey dummy dummy-secret dummy_secret dummysecret
default default-secret default_secret defaultsecret default-key default_key fake fake-secret mock mock-secret
mocksecret temp temporary tmp foo bar baz foobar foobarbaz helloworld hello hello-world HelloWorld hello123 welcome
Welcome1 letmein admin Admin administrator admin123 root toor user guest master superuser abc abc123 abcd abcd1234
abcdef abcdefgh abcdefghijklmnopqrstuvwxyz qwerty qwerty123 qwertyuiop asdf asdfgh asdfasdf asdfghjkl zxcvbn zxcvbnm
1q2w3e4r 1qaz2wsx iloveyou monkey dragon trustno1 batman football baseball sunshine princess 0 1 12 123 1234 12345
123456 1234567 12345678 123456789 1234567890 0123456789 0123456789abcdef 00000000 11111111
12345678901234567890123456789012 123456789012345678901234567890ab 0123456789abcdef0123456789abcdef
00000000000000000000000000000000 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1234567890123456789012345678901234567890 null NULL
None none undefined nil true false empty NaN [object] [object_Object] object cobee Cobee COBEE cobee-secret
cobee_secret cobeesecret partners partners-api partners_api partner partner-secret express fastify fastify-secret
nestjs nest node django django-insecure flask rails laravel spring springboot symfony api apikey api-key api_key
API_KEY apisecret api-secret api_secret API_SECRET app appsecret app-secret app_secret APP_SECRET app_key APP_KEY
application nextauth NEXTAUTH_SECRET hasura-secret HS256 HS384 HS512 sha256 hmac
GQDstcKsx0NHjPOuXOYg5MbeJ1XT0uFiwDVvVBrk
AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow
qwertyuiopasdfghjklzxcvbnm123456 abcdefghijklmnopqrstuvwxyz123456 thisisasecret thisismysecret this-is-a-secret
this_is_a_secret thisisasecretkey this_is_my_secret thisismykey notsosecret not-so-secret not_so_secret notasecret
not-a-secret insecure unsafe s3cr3t S3cr3t S3CR3T s3cret sekret sikret SecretKeyForJwt somesecret some-secret
some_secret anysecret any-secret randomsecret random-secret random_secret random longsecret long-secret
very-long-secret ThisIsASecretKey MyVeryOwnSecretKey my32characterultrasecurekey
my-32-character-ultra-secure-and-ultra-long-secret keyboard-cat keyboardcat salt pepper saltnpepper hunter2
correcthorsebatterystaple swordfish opensesame
""".split()  # noqa: SIM905  # a list of five hundred quoted words is harder to read

#: Well-known keys with white space in them: session and token samples, and comments left in configuration files.
_PHRASES: Final = (
    "keyboard cat",
    "my secret",
    "my secret key",
    "super secret",
    "super secret key",
    "top secret",
    "shared secret",
    "change me",
    "change this",
    "change this secret",
    "your secret",
    "your secret key",
    "your 256 bit secret",
    "this is a secret",
    "this is my secret",
    "this is a secret key",
    "this is my custom Secret key for authentication",
    "some secret",
    "not so secret",
    "hello world",
    "correct horse battery staple",
    "[object Object]",
    "secret\n",
    "secret ",
    " ",
    "\n",
)


@functools.cache
def well_known_keys() -> tuple[bytes, ...]:
    """The keys as octets, likeliest first: each text, what it is as base64, runs of one octet."""
    texts = ["", *dict.fromkeys(_WORDS), *_PHRASES]
    plain = [text.encode() for text in texts]
    decoded = [octets for text in texts if (octets := _from_base64(text))]
    encoded = [base64.b64encode(text.encode()) for text in texts[:40] if text]
    # What is left of a key that was never filled in: zeros, ones, or one letter, in the sizes keys have.
    sizes = (16, 24, 32, 48, 64, 128)
    runs = [bytes([octet]) * size for size in sizes for octet in (0, 1, 0xFF, 0x20, 0x30, 0x41, 0x61, 0x78)]
    return tuple(dict.fromkeys(plain + decoded + encoded + runs))


@functools.lru_cache(8)
def derived_keys(client_id: str, secret: str) -> dict[bytes, str]:
    """Keys made of a client's credentials, each with what it is: whoever holds the credentials can forge a token."""
    pair = [
        ("the client secret", secret),
        ("the client id", client_id),
        *(
            (f"client id and secret joined by {mark!r}", f"{client_id}{mark}{secret}")
            for mark in ("", ":", ".", "|", "-", "_")
        ),
        *((f"secret and client id joined by {mark!r}", f"{secret}{mark}{client_id}") for mark in ("", ":", ".")),
        ("the client secret reversed", secret[::-1]),
        ("the client secret in upper case", secret.upper()),
        ("the client secret in lower case", secret.lower()),
    ]
    found: dict[bytes, str] = {}
    for name, text in pair:
        plain = text.encode("utf-8", "surrogatepass")
        found.setdefault(plain, name)
        found.setdefault(base64.b64encode(plain), f"{name} in base64")
        found.setdefault(base64.urlsafe_b64encode(plain).rstrip(b"="), f"{name} in base64url")
        found.setdefault(plain.hex().encode(), f"{name} in hexadecimal")
        found.setdefault(_from_base64(text) or plain, f"{name}, taken for base64")
        for algorithm in ("md5", "sha1", "sha256", "sha512"):
            digest = hashlib.new(algorithm, plain, usedforsecurity=False)
            found.setdefault(digest.digest(), f"the {algorithm} digest of {name}")
            found.setdefault(digest.hexdigest().encode(), f"the {algorithm} digest of {name} in hexadecimal")
    return found


def _from_base64(text: str) -> bytes | None:
    """The octets some libraries take a textual key for, or None."""
    try:
        standard = text.replace("-", "+").replace("_", "/")
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
