"""`.env` is read by python-dotenv's parser, without its leniency."""

from __future__ import annotations

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

    with pytest.raises(SettingsError, match="line 2") as caught:
        load(environ={}, root=tmp_path)

    assert CANARY not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A .env that is not UTF-8 is refused as a whole."""
    (tmp_path / ".env").write_bytes(b"PARTNERS_API_SEED=\xff\n")

    with pytest.raises(SettingsError, match="UTF-8"):
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
