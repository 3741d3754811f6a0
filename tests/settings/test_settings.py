"""Settings: one declaration each, four sources, and errors a person can act on."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from conformance.errors import SettingsError
from conformance.secret import MASK
from conformance.settings import BY_NAME, DECLARATIONS, FIXED_SEED, ROOT, env_example, load

CANARY = "canary-7f3a9c"
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=[]))


def refusal(**environ: str) -> SettingsError:
    """The error that these variables (without their prefix) end in."""
    with pytest.raises(SettingsError) as caught:
        load(environ={f"PARTNERS_API_{name}": value for name, value in environ.items()})
    return caught.value


class TestSources:
    """Option beats environment beats .env beats default."""

    def test_default_holds_where_nothing_is_given(self, tmp_path: Path) -> None:
        """Without any source every setting has its default."""
        settings = load(environ={}, root=tmp_path)

        assert settings.target == "embedded"
        assert settings.profile is None
        assert settings.reports_dir == tmp_path / "reports"
        assert settings.request_deadline == 10
        assert settings.response_time_limit == 5
        assert settings.clock_tolerance == 30
        assert settings.client_secret is None

    def test_each_source_beats_the_next(self, tmp_path: Path) -> None:
        """The stronger of two sources wins, whatever the order they are read in."""
        (tmp_path / ".env").write_text("PARTNERS_API_SEED=2\n")
        environ = {"PARTNERS_API_SEED": "3"}

        assert load(environ={}, root=tmp_path).seed == 2
        assert load(environ=environ, root=tmp_path).seed == 3
        assert load({"seed": "4"}, environ=environ, root=tmp_path).seed == 4

    def test_blank_is_not_given(self, tmp_path: Path) -> None:
        """A blank variable, as CI makes of a missing secret, leaves the weaker source in force."""
        (tmp_path / ".env").write_text("PARTNERS_API_SEED=2\nPARTNERS_API_PROFILE=\n")

        settings = load(environ={"PARTNERS_API_SEED": "", "PARTNERS_API_CLIENT_SECRET": ""}, root=tmp_path)

        assert settings.seed == 2
        assert settings.profile is None
        assert settings.client_secret is None

    def test_blank_option_is_refused(self) -> None:
        """An option without a value is a mistake, not an absence."""
        with pytest.raises(SettingsError, match="--seed"):
            load({"seed": ""}, environ={})

    def test_relative_paths_start_where_they_were_written(self, tmp_path: Path) -> None:
        """A path in .env starts at the root, a path in an option or the environment at the current directory."""
        (tmp_path / ".env").write_text("PARTNERS_API_REPORTS_DIR=out\n")
        here = tmp_path / "elsewhere"

        assert load(environ={}, root=tmp_path, here=here).reports_dir == tmp_path / "out"
        assert load({"reports_dir": "out"}, environ={}, root=tmp_path, here=here).reports_dir == here / "out"

    def test_who_needs_a_few_is_not_stopped_by_the_others(self, tmp_path: Path) -> None:
        """Neither by one that does not exist, nor by a value that is not accepted, nor by a line that is none."""
        (tmp_path / ".env").write_text("no line\nPARTNERS_API_FOO=1\nPARTNERS_API_SEED=4\nPARTNERS_API_STRICT=maybe\n")
        environ = {"PARTNERS_API_BAR": "1", "PARTNERS_API_PROFILE": "fast"}

        settings = load(environ=environ, root=tmp_path, only=("seed",))

        assert (settings.seed, settings.strict, settings.profile) == (4, False, None)

    def test_what_is_needed_is_checked(self, tmp_path: Path) -> None:
        """A wrong value of one of the few is named."""
        with pytest.raises(SettingsError, match="PARTNERS_API_SEED"):
            load(environ={"PARTNERS_API_SEED": "soon"}, root=tmp_path, only=("seed",))

    def test_options_can_be_the_only_source(self, tmp_path: Path) -> None:
        """For `make conformance`, which is the same whatever stands elsewhere: what is wrong there is no matter either."""
        (tmp_path / ".env").write_text("PARTNERS_API_FOO=1\nPARTNERS_API_SEED=2\n")
        environ = {"CONFORMANCE_SETTINGS": "options", "PARTNERS_API_PROFILE": "smoke", "PARTNERS_API_BAR": "1"}

        settings = load({"strict": True}, environ=environ, root=tmp_path)

        assert (settings.seed, settings.profile, settings.strict) == (None, None, True)

    def test_flags_and_lists_of_options(self) -> None:
        """Flags are booleans and repeatable options lists, as pytest hands them over."""
        settings = load({"strict": True, "plan": False, "requirement": ["jwt.*", "token.*"]}, environ={})

        assert settings.strict is True
        assert settings.plan is False
        assert settings.requirement == ("jwt.*", "token.*")
        assert load({"requirement": []}, environ={}).requirement == ()

    def test_variables_of_others_are_left_alone(self, tmp_path: Path) -> None:
        """Names without our prefix are nobody's business here."""
        (tmp_path / ".env").write_text("OTHER_THING=1\nPARTNERS=2\n")

        assert load(environ={"PATH": "/bin", "PARTNERS_APIARY": "x"}, root=tmp_path) == load(environ={}, root=tmp_path)


class TestErrors:
    """An error names setting, value and what is accepted, and never a secret."""

    @pytest.mark.parametrize(
        ("name", "value", "says"),
        [
            ("PROFILE", "nightli", "smoke, release or nightly; did you mean nightly?"),
            ("STRICT", "enabled", "true or false"),
            ("SEED", "-1", "a whole number from 0 to 4294967295"),
            ("SEED", "1_0", "a whole number"),
            ("SEED", "٣", "a whole number"),
            ("REQUEST_DEADLINE", "nan", "a number from 0.1 to 300"),
            ("REQUEST_DEADLINE", "inf", "a number from 0.1 to 300"),
            ("REQUEST_DEADLINE", "0", "a number from 0.1 to 300"),
            ("REQUEST_DEADLINE", "1e1", "a number from 0.1 to 300"),
            ("CONCURRENCY", "2.5", "a whole number from 1 to 64"),
            ("REQUIREMENT", "jwt.*,", "ids of requirements or patterns"),
            ("JWKS_URL", "ftp://keys", "begins with neither http:// nor https://"),
            ("JWKS_URL", "https://h:0/", "no port is 0"),
            ("CA_BUNDLE", "/no/such/file", "there is none"),
            ("CA_BUNDLE", "~0", "there is none"),
            ("CONTRACT_FILE", "x" * 300, "File name too long"),
            ("CONTRACT_FILE", "/no/such/file", "a file that exists"),
        ],
    )
    def test_wrong_value(self, name: str, value: str, says: str) -> None:
        """The text holds the variable, the value and the accepted values."""
        error = refusal(**{name: value})

        assert f"PARTNERS_API_{name}" in str(error)
        assert repr(value) in str(error)
        assert says in str(error)

    @pytest.mark.parametrize(("limit", "deadline"), [("20", ""), ("10", "10"), ("3", "2.5")])
    def test_a_response_time_limit_that_is_never_seen_is_refused(self, limit: str, deadline: str) -> None:
        """An exchange ends at its deadline: a limit behind it would switch its requirement off without a word."""
        error = refusal(RESPONSE_TIME_LIMIT=limit, REQUEST_DEADLINE=deadline)

        assert f"PARTNERS_API_RESPONSE_TIME_LIMIT='{limit}'" in str(error)
        assert f"shorter than PARTNERS_API_REQUEST_DEADLINE, which is {deadline or 10}" in str(error)

    def test_a_response_time_limit_below_the_deadline_is_accepted(self) -> None:
        """The default limit stands beside a shorter deadline: whoever sets that one alone has not asked for a limit."""
        environ = {"PARTNERS_API_RESPONSE_TIME_LIMIT": "20", "PARTNERS_API_REQUEST_DEADLINE": "30"}

        assert load(environ=environ).response_time_limit == 20
        assert load(environ={"PARTNERS_API_REQUEST_DEADLINE": "3"}).response_time_limit == 5

    def test_unknown_setting_names_the_near_one_and_hides_its_value(self) -> None:
        """A misspelt variable is refused with the likely name; it may well hold a secret."""
        error = refusal(CLIENT_SECERT=CANARY)

        assert "did you mean PARTNERS_API_CLIENT_SECRET?" in str(error)
        assert CANARY not in str(error)

    def test_unknown_setting_far_from_all(self) -> None:
        """Where no name is near, the list of all is named."""
        assert ".env.example" in str(refusal(ZZZZ="1"))

    def test_secret_of_the_wrong_form_is_masked(self) -> None:
        """White space copied with a secret is refused without showing it."""
        error = refusal(CLIENT_SECRET=f"{CANARY} ")

        assert "white space" in str(error)
        assert CANARY not in str(error)
        assert CANARY not in repr(error)

    def test_secret_in_the_wrong_place_is_masked(self) -> None:
        """A secret pasted into another setting does not reach the error either."""
        assert CANARY not in str(refusal(CLIENT_SECRET=CANARY, PROFILE=CANARY))

    @pytest.mark.parametrize("name", ["JWKS_URL", "PROXY"])
    def test_password_in_a_url_is_masked(self, name: str) -> None:
        """User name and password of a URL are not quoted."""
        assert CANARY not in str(refusal(**{name: f"ftp://me:{CANARY}@h/"}))

    @pytest.mark.parametrize(
        ("name", "url"),
        [
            ("PROXY", f"http://me:{CANARY}"),
            ("PROXY", f"http://me:{CANARY}/a@h:1"),
            ("PROXY", f"http://me:1/{CANARY}@h"),
            ("JWKS_URL", f"http://me:a/{CANARY}@h:1"),
            ("JWKS_URL", f"http://me:{CANARY}/a@h:1"),
        ],
    )
    def test_password_in_a_broken_url_is_masked(self, name: str, url: str) -> None:
        """Where the @ is missing, or a slash stands before it, the password is taken for a port or a path."""
        error = str(refusal(**{name: url}))

        assert f"PARTNERS_API_{name}" in error
        assert CANARY not in error

    def test_a_slash_in_a_password_is_told_how_to_be_written(self) -> None:
        """The message helps without the text."""
        assert "/ is %2F" in str(refusal(PROXY="http://me:1/x@proxy:3128"))

    def test_option_is_named_as_typed(self) -> None:
        """A wrong option is named as an option."""
        with pytest.raises(SettingsError, match=r"^--profile='x' is not accepted"):
            load({"profile": "x"}, environ={})

    @given(
        st.lists(st.sampled_from(["canary", "s3cr3t", "/", "?", "#", "@", ":", "[", "]", "%", "1"]) | TEXT, min_size=1),
        st.sampled_from(["{}", "//{}", "http://{}", "https://{}", "ftp://{}", "http:{}", "http://user@{}"]),
        st.sampled_from(
            ["", "@proxy:3128", "@proxy:x", "@[::1", "@proxy/", " ", ":99999", "\N{FULLWIDTH COMMERCIAL AT}h"]
        ),
    )
    def test_no_part_of_a_password_is_shown(self, parts: list[str], before: str, behind: str) -> None:
        """Whatever a proxy's password holds and wherever the URL is broken: a library's words quote the part it trips on."""
        text = before.format(f"user:canary{''.join(parts)}s3cr3t") + behind
        try:
            settings = load(environ={"PARTNERS_API_PROXY": text})
        except SettingsError as error:
            shown = f"{error}{error!r}{error.__cause__}"
        else:
            shown = f"{settings!r}{settings.describe()}"

        assert "canary" not in shown
        assert "s3cr3t" not in shown

    @given(st.dictionaries(st.sampled_from(DECLARATIONS), TEXT, max_size=3))
    def test_any_text_gives_settings_or_a_settings_error(self, texts: dict[object, str]) -> None:
        """No text whatever ends in another exception, nor in a number that is none."""
        try:
            settings = load(environ={key.variable: text for key, text in texts.items()})  # type: ignore[attr-defined]
        except SettingsError:
            return
        numbers = [getattr(settings, name) for name in BY_NAME]
        assert all(math.isfinite(number) for number in numbers if isinstance(number, float))

    @given(TEXT.filter(lambda text: len(text) > 4 and text == text.strip()), st.sampled_from(DECLARATIONS))
    def test_no_secret_is_shown(self, secret: str, other: object) -> None:
        """Neither `repr`, nor `describe`, nor an error about any other setting shows a secret."""
        secret = f"canary{secret}"
        environ = {other.variable: secret, "PARTNERS_API_CLIENT_SECRET": secret}  # type: ignore[attr-defined]
        try:
            settings = load(environ=environ)
        except SettingsError as error:
            shown = str(error)
        else:
            own = ("target", "reports_dir", "requirement")  # they take any text: what is set there is shown
            shown = "" if other in [BY_NAME[name] for name in own] else f"{settings!r}{settings.describe()}"

        assert secret not in shown


class TestDeclarations:
    """What is made from the declarations agrees with them."""

    def test_env_example_is_what_the_code_says(self) -> None:
        """`.env.example` is the output of `env_example`: `make env-example` writes it."""
        assert (ROOT / ".env.example").read_text() == env_example()

    def test_env_example_can_be_used_as_it_is(self, tmp_path: Path) -> None:
        """Copied, it changes nothing; with every line switched on, it still changes nothing."""
        defaults = load(environ={}, root=tmp_path)
        (tmp_path / ".env").write_text(env_example())
        assert load(environ={}, root=tmp_path) == defaults

        for name in ("openapi.yaml", "overlay.yaml", "requirements", "deviations.yaml"):
            (tmp_path / "spec").mkdir(exist_ok=True)
            (tmp_path / "spec" / name).touch()
        (tmp_path / ".env").write_text(env_example().replace("\n#PARTNERS", "\nPARTNERS"))
        assert load(environ={}, root=tmp_path) == defaults

    def test_describe_lists_every_setting_and_masks_what_is_secret(self) -> None:
        """The record shows all settings by variable, secrets as a mask."""
        described = load({"seed": "7"}, environ={"PARTNERS_API_CLIENT_SECRET": CANARY}).describe()

        assert list(described) == [declaration.variable for declaration in DECLARATIONS]
        assert described["PARTNERS_API_SEED"] == "7"
        assert described["PARTNERS_API_TARGET"] == "embedded"
        assert described["PARTNERS_API_CLIENT_SECRET"] == MASK
        assert described["PARTNERS_API_PRODUCTION_CLIENT_SECRET"] == ""

    def test_every_comment_is_a_sentence(self) -> None:
        """Comments end in a full stop and defaults are accepted values."""
        for declaration in DECLARATIONS:
            assert declaration.comment.endswith("."), declaration.name
            if declaration.default:
                declaration.reader.read(declaration.default, ROOT)

    def test_no_setting_turns_tls_verification_off(self) -> None:
        """There is no such setting, under any name."""
        assert not [name for name in BY_NAME if "verify" in name or "insecure" in name]


class TestSeed:
    """Gates are deterministic; nights explore."""

    def test_gates_have_a_fixed_seed(self) -> None:
        """Smoke and release send the same requests each time."""
        settings = load(environ={})

        assert settings.choose_seed("smoke") == settings.choose_seed("release") == FIXED_SEED

    def test_nightly_has_a_fresh_seed_unless_told(self) -> None:
        """Nightly draws a seed, and takes one that is given."""
        assert len({load(environ={}).choose_seed("nightly") for _ in range(4)}) > 1
        assert load({"seed": "9"}, environ={}).choose_seed("nightly") == 9


def test_importing_settings_imports_nothing_heavy() -> None:
    """Start-up is measured: settings and targets come without the libraries that take long to import.

    Whoever has use for a target has msgspec too; options are made of settings alone.
    """
    code = """if True:
        import sys, conformance.settings as s
        s.load(environ={})
        print(*sys.modules)
        import conformance.targets
        print(*sys.modules)"""
    first, _ = shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    heavy = {"dotenv", "schemathesis", "hypothesis", "pytest", "jsonschema", "jinja2", "ssl", "idna", "yaml"}
    assert not heavy & set(" ".join(shown).split())
    assert "msgspec" not in first.split()
