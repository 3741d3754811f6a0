"""`.env` is read by python-dotenv's parser, without its leniency."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance import preparation, settings as settings_module
from conformance.errors import SettingsError
from conformance.secret import Secret
from conformance.settings import ROOT, Settings, load
from tests.settings.test_settings import CANARY

FILES = {
    "contract": "openapi.yaml",
    "overlay": "overlay.yaml",
    "requirements": "requirements",
    "deviations": "deviations.yaml",
}


def test_values_are_taken_as_written(tmp_path: Path) -> None:
    """Nothing is put in for ${…}, and quotes, # and = inside a value stay."""
    (tmp_path / ".env").write_text(
        "export PARTNERS_API_CLIENT_ID='${HOME}#=x'\nPARTNERS_API_CLIENT_SECRET=a#b=c$d # said beside it\n"
    )

    settings = load(environ={"HOME": "/root"}, root=tmp_path)

    assert settings.client_id == Secret("${HOME}#=x")
    assert settings.client_secret == Secret("a#b=c$d")


def test_two_values_for_one_setting_are_refused(tmp_path: Path) -> None:
    """Which of them is meant nobody can know; both lines are named, and neither value."""
    (tmp_path / ".env").write_text(f"PARTNERS_API_CLIENT_SECRET={CANARY}\n\nPARTNERS_API_CLIENT_SECRET={CANARY}2\n")

    with pytest.raises(
        SettingsError, match=r"PARTNERS_API_CLIENT_SECRET.*\.env, line 1 and in \.env, line 3"
    ) as caught:
        load(environ={}, root=tmp_path)

    assert CANARY not in str(caught.value)


def test_a_blank_line_of_a_setting_is_no_second_value(tmp_path: Path) -> None:
    """A blank value is no value, before the other and behind it."""
    (tmp_path / ".env").write_text("PARTNERS_API_SEED=\nPARTNERS_API_SEED=7\nPARTNERS_API_SEED=\n")

    assert load(environ={}, root=tmp_path).seed == 7


@pytest.mark.parametrize("line", [" #ss", "\t#ss", " # of the night"])
def test_a_secret_that_a_comment_may_have_cut_is_told(tmp_path: Path, line: str) -> None:
    """The parser ends it at the #; whether that belonged to it, only its owner knows."""
    (tmp_path / ".env").write_text(f"PARTNERS_API_CLIENT_ID=me\nPARTNERS_API_CLIENT_SECRET={CANARY}{line}\n")

    settings = load(environ={}, root=tmp_path)

    assert settings.client_secret == Secret(CANARY)
    (note,) = settings.notes
    assert ".env, line 2" in note
    assert "PARTNERS_API_CLIENT_SECRET" in note
    assert "single quotes" in note
    assert CANARY not in note


@pytest.mark.parametrize(
    "line", ["CLIENT_SECRET='pa #ss'", "CLIENT_SECRET='pa' # ss", "CLIENT_SECRET=pa#ss", "SEED=7 # ss"]
)
def test_a_value_that_is_whole_is_not_told(tmp_path: Path, line: str) -> None:
    """Quotes show where it ends; a # in its middle is part of it; what is no secret has none."""
    (tmp_path / ".env").write_text(f"PARTNERS_API_{line}\n")

    assert load(environ={}, root=tmp_path).notes == ()


def test_error_names_the_line(tmp_path: Path) -> None:
    """A wrong value in .env is found by its line."""
    (tmp_path / ".env").write_text("# one\n\nPARTNERS_API_SEED=x\n")

    with pytest.raises(SettingsError, match=r"PARTNERS_API_SEED='x'.*\.env, line 3"):
        load(environ={}, root=tmp_path)


def test_line_that_is_none_is_refused_unseen(tmp_path: Path) -> None:
    """A line that cannot be read is named by its number; what stands there may be a secret."""
    (tmp_path / ".env").write_text(f"PARTNERS_API_SEED=1\nPARTNERS_API_CLIENT_SECRET='{CANARY}\n")

    with pytest.raises(SettingsError, match=r"\.env, line 2 is not accepted: a line is NAME='value'") as caught:
        load(environ={}, root=tmp_path)

    assert CANARY not in str(caught.value)


def test_octets_that_are_no_text_are_refused_by_their_line(tmp_path: Path) -> None:
    """A .env that is not UTF-8 is refused as a whole, and a byte order mark is no part of a line."""
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbf# one\r\n\r\nPARTNERS_API_SEED=\xff\r\n")

    with pytest.raises(SettingsError, match=r"^\.env, line 3 is not accepted: there are octets that are no UTF-8$"):
        load(environ={}, root=tmp_path)


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    """Docker makes one where the file that it is to mount is missing: what was set in it is lost."""
    (tmp_path / ".env").mkdir()

    with pytest.raises(SettingsError, match=r"^\.env='.*/\.env' is not accepted: it has to be a file"):
        load(environ={}, root=tmp_path)

    assert load(environ={}, root=tmp_path, only=("contract_file",)).seed is None


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    """Whoever made it meant a file."""
    (tmp_path / ".env").symlink_to(tmp_path / "gone")

    with pytest.raises(SettingsError, match="it has to be a file"):
        load(environ={}, root=tmp_path)


def test_a_device_or_a_pipe_in_its_place_is_none(tmp_path: Path) -> None:
    """They are put there on purpose; nobody waits for what a pipe may give."""
    (tmp_path / ".env").symlink_to("/dev/null")
    (tmp_path / "piped").mkdir()
    os.mkfifo(tmp_path / "piped/.env")

    assert load(environ={}, root=tmp_path).seed is load(environ={}, root=tmp_path / "piped").seed is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PARTNER_API_CLIENT_SECRET", "PARTNERS_API_CLIENT_SECRET"),
        ("partners_api_client_secret", "PARTNERS_API_CLIENT_SECRET"),
        ("PARTNERSAPI_PRODUCTION_CLIENT_ID", "PARTNERS_API_PRODUCTION_CLIENT_ID"),
    ],
)
def test_a_name_that_is_nearly_one_of_ours_is_refused(tmp_path: Path, name: str, meant: str) -> None:
    """With its prefix misspelt it would be passed over as somebody else's."""
    (tmp_path / ".env").write_text(f"# mine\n{name}={CANARY}\n")

    with pytest.raises(SettingsError, match=rf"^{name}=.* \(\.env, line 2\); did you mean {meant}\?$") as caught:
        load(environ={}, root=tmp_path)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["CLIENT_SECRET", "API_CLIENT_SECRET", "REFERENCE_CLIENT_SECRET", "PARTNERS_TARGET", "HTTPS_PROXY", "SEED"]
)
def test_names_of_others_are_theirs(tmp_path: Path, name: str) -> None:
    """The file may be shared with other tools."""
    (tmp_path / ".env").write_text(f"{name}=7\n")

    assert load(environ={}, root=tmp_path).describe() == load(environ={}, root=tmp_path / "none").describe()


def test_nearly_one_of_ours_in_the_environment_is_anybodys(tmp_path: Path) -> None:
    """What is set there is not of our making."""
    assert load(environ={"PARTNER_API_SEED": "7"}, root=tmp_path).seed is None


@pytest.mark.parametrize("quotes", ["‘’", "“”", "„“", "«»", "’’"])
def test_typographic_quotes_are_refused(tmp_path: Path, quotes: str) -> None:
    """Copied from a mail they would be sent as part of the secret."""
    (tmp_path / ".env").write_text(f"PARTNERS_API_CLIENT_SECRET={quotes[0]}{CANARY}{quotes[1]}\n", "utf-8")

    with pytest.raises(SettingsError, match=r"PARTNERS_API_CLIENT_SECRET.*typographic \(\.env, line 1\)") as caught:
        load(environ={}, root=tmp_path)

    assert CANARY not in str(caught.value)


def test_typographic_quotes_in_quotes_are_part_of_the_value(tmp_path: Path) -> None:
    """A secret that has them is written so."""
    (tmp_path / ".env").write_text("PARTNERS_API_CLIENT_SECRET='‘x’'\n", "utf-8")

    assert load(environ={}, root=tmp_path).client_secret == Secret("‘x’")


def test_what_the_documentation_has_in_its_place_is_no_secret(tmp_path: Path) -> None:
    """Three refusals against the true client id would be the price of sending it."""
    (tmp_path / ".env").write_text("PARTNERS_API_CLIENT_SECRET='…'\n", "utf-8")

    with pytest.raises(SettingsError, match=r"PARTNERS_API_CLIENT_SECRET.*in the documentation.*line 1"):
        load(environ={}, root=tmp_path)


def test_a_name_of_ours_alone_is_refused(tmp_path: Path) -> None:
    """Without = there is no value; with nothing behind it, there is none on purpose."""
    (tmp_path / ".env").write_text("PARTNERS_API_SEED=\nPARTNERS_API_CLIENT_SECRET\n")

    with pytest.raises(SettingsError, match=r"^PARTNERS_API_CLIENT_SECRET is not accepted: .*\.env, line 2"):
        load(environ={}, root=tmp_path)


def test_byte_order_mark_is_not_part_of_the_first_name(tmp_path: Path) -> None:
    """An editor's byte order mark does no harm."""
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfPARTNERS_API_SEED=5\n")

    assert load(environ={}, root=tmp_path).seed == 5


def test_what_is_told_of_it_is_told_in_the_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is among the notes of a run."""
    (tmp_path / ".env").write_text("PARTNERS_API_CLIENT_SECRET=pa #ss\n")

    def here(options: dict[str, str]) -> Settings:
        return load(options, environ={}, root=tmp_path)

    monkeypatch.setattr(settings_module, "load", here)
    spec = {f"{name}_file": str(ROOT / "spec" / file) for name, file in FILES.items()}

    (note,) = preparation.prepare({"profile": "smoke", **spec}).notes

    assert "PARTNERS_API_CLIENT_SECRET" in note
