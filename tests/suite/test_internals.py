"""Internals of an implementation are found in answers of any size, and nothing is taken for one that is none."""

from __future__ import annotations

import pytest

from conformance.checks import internals
from tests.measuring import least, processor_seconds

SHOWN = [
    "Traceback (most recent call last):",
    'File "/app/login.py", line 12, in login',
    "at com.example.Login.check(Login.java:42)",
    "at Object.<anonymous> (/app/src/login.js:10:15)",
    "at login (file:///app/login.mjs:1:2)",
    "at handler (/app/handler.tsx:3:4)",
    r"at Login.Check(String id) in C:\src\Login.cs:line 7",
    "Stack trace:<br/>\n #0 /app/index.php(3): login()",
    "thrown in /app/index.php on line 3",
    "goroutine 17 [running]:",
    "main.go:21",
    "panic: runtime error",
    "thread 'main' panicked at src/main.rs:3:5",
    "app/login.rb:5:in `check'",
    "lib/login.ex:9: Login.check/1",
    "java.lang.NullPointerException",
    "org.hibernate.exception.ConstraintViolationException",
    "System.Data.SqlClient.SqlException",
    "SQLSTATE[42P01]",
    "ORA-00942: table does not exist",
    'syntax error at or near "SELECT"',
    "sqlite3.OperationalError",
    "psycopg2.errors.UndefinedTable",
    'Cast to ObjectId failed for value "x"',
    "connect ECONNREFUSED 10.0.0.7:5432",
    "postgresql://app:pw@db.internal/users",
    "mongodb+srv://cluster.example",
    "node_modules/express/lib/router.js",
    "site-packages/flask/app.py",
    "no such file: /usr/lib/python3/login.py",
    "/home/deploy/app/login.conf",
]


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("before", [0, 700, 200_000])
def test_internals_are_found_wherever_they_stand(shown: str, before: int) -> None:
    """Among a few octets or behind many."""
    assert internals.find(b"- " * before + shown.encode() + b" -" * before)


@pytest.mark.parametrize(
    "honest",
    [
        "",
        "Unauthorized",
        "look at https://docs.example/usr/lib/errors.html",
        "an Exception to the rule, at line 7",
        "the file is in line with our terms",
        "a php page or a .java file",
        "arrives at ten in the morning, line 3",
        "Stack trace: none",
    ],
)
def test_an_honest_text_is_none(honest: str) -> None:
    """Words that traces have as well."""
    assert not internals.find(honest.encode())


@pytest.mark.parametrize(
    "content",
    [b"x", b"at ", b"at x in ", b"at x in y:line ", b"at .js:x ", b'File "', b'", line ', b"/usr/lib/", b"org.a.Exception"[:-1],
     b"/home/a.", b"Stack trace: ", b"jdbc:", b"Exception", b"System.a", b"\xff"],
    ids=repr,
)  # fmt: skip
def test_what_looks_like_internals_costs_little(content: bytes) -> None:
    """A quarter of a megabyte of it, which is as much as is looked at."""
    octets = content * ((256 << 10) // len(content))

    assert least(lambda: processor_seconds(lambda: internals.find(octets)), 0.3) < 0.3
