"""Targets: what a word or a URL means, which credentials it may read, and what it is asked to bear."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import fields

from conformance import baseurl
from conformance.errors import SettingsError
from conformance.secret import Secret
from conformance.settings import DECLARATIONS, Declaration, load
from conformance.targets import LIMITS, RULES, Kind, Policy, Rules, RunLimits, Target, resolve

SERVERS = ("https://pre-partners-api.cobee.io/api/v3", "https://partners-api.cobee.io/api/v3")
PAIRS = {
    f"PARTNERS_API_{whose}CLIENT_{half}": f"{whose.lower()}own-{half.lower()}"
    for whose in ("", "PRE_PRODUCTION_", "PRODUCTION_")
    for half in ("ID", "SECRET")
}


def target(word: str, profile: str | None = None, **environ: str) -> Target:
    """The target `word` resolves to, with every pair of credentials set."""
    settings = {f"PARTNERS_API_{name}": value for name, value in environ.items()}
    return resolve(load({"target": word, "profile": profile}, environ=PAIRS | settings), SERVERS)


class TestWords:
    """Three words, read from the contract where they stand for a URL."""

    def test_named_targets_are_read_from_the_contract(self) -> None:
        """The host that begins with pre- is pre-production's."""
        assert target("pre-production").base_url == SERVERS[0]
        assert target("production").base_url == SERVERS[1]

    def test_order_of_servers_does_not_matter(self) -> None:
        """The host says which is which, not the place in the list."""
        settings = load({"target": "production"}, environ={})

        assert resolve(settings, SERVERS[::-1]).base_url == SERVERS[1]

    def test_named_target_the_contract_lacks(self) -> None:
        """A contract without that server is a misconfiguration, and says so."""
        with pytest.raises(SettingsError, match="name no production API"):
            resolve(load({"target": "production"}, environ={}), SERVERS[:1])

    def test_embedded_target_brings_its_own(self) -> None:
        """Base URL, credentials and keys come with the server."""
        embedded = target("embedded")
        assert embedded.base_url == ""
        assert embedded.credentials is None
        assert embedded.missing == ""

    @pytest.mark.parametrize(
        ("word", "meant"),
        [("prod", "production"), ("pre-prod", "pre-production"), ("Production", "production"), ("embeded", "embedded")],
    )
    def test_near_word_is_pointed_out(self, word: str, meant: str) -> None:
        """A word that is none is refused, with the one that was likely meant."""
        with pytest.raises(SettingsError, match=f"did you mean {meant}"):
            target(word)


class TestUrls:
    """A base URL in its one spelling."""

    @pytest.mark.parametrize(
        ("given_url", "base_url"),
        [
            ("http://127.0.0.1:8080/api/v3/", "http://127.0.0.1:8080/api/v3"),
            ("HTTP://LOCALHOST:80", "http://localhost:80"),
            ("http://[0:0:0:0:0:0:0:1]:3/a", "http://[::1]:3/a"),
            ("https://Bücher.example/v", "https://xn--bcher-kva.example/v"),
            ("https://api.example.", "https://api.example"),
        ],
    )
    def test_is_normalised(self, given_url: str, base_url: str) -> None:
        """Case, trailing slash, trailing dot, IPv6 and international names have one form."""
        assert target(given_url).base_url == base_url

    @pytest.mark.parametrize(
        ("given_url", "why"),
        [
            ("ftp://h", "begins with http"),
            ("http://", "no host"),
            ("https://h:0", "no port 0"),
            ("https://h:99999", "cannot be read"),
            ("https://h/?a=1", "no query"),
            ("https://h/#a", "no fragment"),
            ("https://me:word@h", "user name or password"),
            ("https://h /a", "white space"),
            ("https://h\n.example", "control"),
            ("https://h\\@partners-api.cobee.io", "none of"),
            ("https://a..b", "host name"),
            ("https://[::1%25eth0]/", "host"),
            ("https://h/ü", "percent-encode"),
        ],
    )
    def test_is_refused(self, given_url: str, why: str) -> None:
        """Each fault is named."""
        with pytest.raises(SettingsError, match=why):
            target(given_url)

    @pytest.mark.parametrize(
        ("given_url", "shorter"),
        [
            ("http://127.0.0.1:8080/api/v3/oauth/token", "http://127.0.0.1:8080/api/v3"),
            ("http://127.0.0.1:8080/oauth/token/", "http://127.0.0.1:8080"),
            (f"{SERVERS[0]}/oauth/token", SERVERS[0]),
            ("https://h/api/companies/7/employees", "https://h/api"),
        ],
    )
    def test_one_that_ends_in_a_path_of_the_contract_is_refused(self, given_url: str, shorter: str) -> None:
        """The address of a request, pasted from the documentation; the message has the URL that was meant."""
        paths = ("/", "/oauth/token", "/companies/{companyId}/employees")
        with pytest.raises(SettingsError, match=f"ends before the paths of the contract: here {shorter}$"):
            resolve(load({"target": given_url}, environ=PAIRS), SERVERS, paths)
        for other in (
            "http://127.0.0.1/api/v3",
            "http://127.0.0.1/token",
            "http://127.0.0.1/my-oauth/token",
            "http://127.0.0.1",
        ):
            assert resolve(load({"target": other}, environ=PAIRS), SERVERS, paths).base_url == other

    def test_keys_come_over_tls_from_another_machine(self) -> None:
        """As the target itself does: who may exchange the keys may sign."""
        with pytest.raises(SettingsError, match=r"PARTNERS_API_JWKS_URL=.*ALLOW_PLAIN_HTTP=true"):
            target("embedded", JWKS_URL="http://h/keys")
        with pytest.raises(SettingsError) as caught:
            target("embedded", JWKS_URL="http://h/keys?key=canary")
        assert "canary" not in str(caught.value)
        for url, plain in (("http://127.0.0.1:9/keys", "no"), ("https://h/keys", "no"), ("http://h/keys", "yes")):
            assert target("embedded", JWKS_URL=url, ALLOW_PLAIN_HTTP=plain).jwks_url == url

    def test_the_shorter_one_shows_no_secret(self) -> None:
        """One pasted into the URL is masked in what is proposed as well."""
        secret = PAIRS["PARTNERS_API_CLIENT_SECRET"]
        with pytest.raises(SettingsError, match=r"here http://127\.0\.0\.1/\*+$") as caught:
            resolve(
                load({"target": f"http://127.0.0.1/{secret}/oauth/token"}, environ=PAIRS), SERVERS, ["/oauth/token"]
            )
        assert secret not in str(caught.value)

    def test_password_and_query_are_not_quoted(self) -> None:
        """What stands before @ or after ? may be a secret."""
        for url in ("https://me:canary@h", "https://h?clientSecret=canary"):
            with pytest.raises(SettingsError) as caught:
                target(url)
            assert "canary" not in str(caught.value)

    def test_secret_pasted_as_the_target_is_not_quoted(self) -> None:
        """A configured secret stays hidden wherever it is pasted."""
        with pytest.raises(SettingsError) as caught:
            target("canary-secret", CLIENT_SECRET="canary-secret")
        assert "canary" not in str(caught.value)

    @pytest.mark.parametrize("declaration", [one for one in DECLARATIONS if one.secret], ids=lambda one: one.name)
    def test_no_secret_of_any_setting_is_quoted(self, declaration: Declaration) -> None:
        """Those that a later version adds are hidden without a line of code."""
        value = "http://canary.example:3128" if declaration.name == "proxy" else "canary"
        environ = {declaration.variable: value, "PARTNERS_API_TARGET": f"{value}/oauth/token"}
        with pytest.raises(SettingsError) as caught:
            resolve(load(environ=environ), SERVERS, ["/oauth/token"])
        assert "canary" not in str(caught.value)

    @given(st.text() | st.text().map("https://{}".format) | st.text().map("http://{}/a".format))
    def test_any_text_parses_or_says_why(self, text: str) -> None:
        """No text ends in another exception, and what parses parses to itself."""
        try:
            base = baseurl.parse(text)
        except ValueError as fault:
            assert str(fault)
            return
        assert baseurl.parse(base) == base


class TestPlainHttp:
    """http:// is for this machine, unless somebody says otherwise."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.200.0.9", "[::1]", "localhost"])
    def test_loopback_is_accepted(self, host: str) -> None:
        """Every spelling of this machine is."""
        assert target(f"http://{host}:8080").kind is Kind.LOOPBACK

    @pytest.mark.parametrize(
        "host", ["10.0.0.1", "api.example", "localhost.example", "127.0.0.1.example", "2130706433"]
    )
    def test_other_hosts_are_refused(self, host: str) -> None:
        """The error names the setting that allows it."""
        with pytest.raises(SettingsError, match="ALLOW_PLAIN_HTTP=true"):
            target(f"http://{host}")

    def test_setting_allows_it(self) -> None:
        """Said explicitly, it is accepted, and stays somebody else's machine."""
        assert target("http://10.0.0.1", ALLOW_PLAIN_HTTP="true").kind is Kind.OTHER

    @pytest.mark.parametrize("host", ["pre-partners-api.cobee.io", "PARTNERS-api.cobee.io."])
    def test_named_targets_never(self, host: str) -> None:
        """No setting sends a named target's traffic in the clear."""
        with pytest.raises(SettingsError, match="https:// only"):
            target(f"http://{host}/api/v3", ALLOW_PLAIN_HTTP="true")


class TestSpelling:
    """Safety cannot be dodged by spelling the URL."""

    @pytest.mark.parametrize(
        "url",
        [
            "https://partners-api.cobee.io/api/v3",
            "https://partners-api.cobee.io",
            "https://PARTNERS-API.COBEE.IO:443/api/v3/",
            "https://partners-api.cobee.io./other",
            "https://ｐartners-api.cobee.io/api/v3",  # a full-width p
            "https://partners-api。cobee.io/api/v3",  # an ideographic full stop
        ],
    )
    def test_production_by_any_spelling_is_production(self, url: str) -> None:
        """The policy follows the host; the credentials are the generic pair's."""
        resolved = target(url)

        assert resolved.kind is Kind.PRODUCTION
        assert resolved.policy == target("production").policy
        assert resolved.credentials is not None
        assert resolved.credentials.client_id == "own-id"

    def test_server_on_this_machine_in_a_contract_names_nothing(self) -> None:
        """A contract that lists a local server does not make this machine production."""
        settings = load({"target": "http://127.0.0.1:1"}, environ={})

        assert resolve(settings, ["http://127.0.0.1:8080/api/v3"]).kind is Kind.LOOPBACK


class TestCredentials:
    """Each target reads its own pair and never another's."""

    @pytest.mark.parametrize(
        ("word", "whose"),
        [("http://127.0.0.1:1", ""), ("pre-production", "PRE_PRODUCTION_"), ("production", "PRODUCTION_")],
    )
    def test_own_pair(self, word: str, whose: str) -> None:
        """The pair is the target's own and names the variables it came from."""
        credentials = target(word).credentials

        assert credentials is not None
        assert credentials.client_id == f"{whose.lower()}own-id"
        assert credentials.client_secret == Secret(f"{whose.lower()}own-secret")
        assert credentials.secret_variable == f"PARTNERS_API_{whose}CLIENT_SECRET"
        assert credentials.client_id not in repr(credentials)

    @pytest.mark.parametrize("word", ["http://127.0.0.1:1", "pre-production", "production"])
    def test_another_targets_pair_is_no_substitute(self, word: str) -> None:
        """Without its own pair a target resolves, says what to set, and has none."""
        own = target(word).credentials
        assert own is not None
        others = {key: value for key, value in PAIRS.items() if key not in (own.id_variable, own.secret_variable)}

        resolved = resolve(load({"target": word}, environ=others), SERVERS)

        assert resolved.credentials is None
        assert own.id_variable in resolved.missing
        assert own.secret_variable in resolved.missing

    def test_half_a_pair_names_the_missing_half(self) -> None:
        """Only what is missing is asked for."""
        environ = {"PARTNERS_API_CLIENT_ID": "me"}
        resolved = resolve(load({"target": "http://127.0.0.1:1"}, environ=environ), SERVERS)

        assert resolved.missing.startswith("PARTNERS_API_CLIENT_SECRET is not set")


class TestPolicies:
    """One table; settings lower it and never raise it."""

    @pytest.mark.parametrize(
        ("kind", "rate", "concurrency", "refusals", "withheld", "unless_named", "profile"),
        [
            (Kind.EMBEDDED, None, 4, 400, (), (), "release"),
            (Kind.LOOPBACK, None, 4, 400, (), (), "release"),
            (Kind.OTHER, 10, 4, 20, ("flood",), (), "release"),
            (Kind.PRE_PRODUCTION, 10, 4, 20, ("flood",), (), "release"),
            (Kind.PRODUCTION, 2, 1, 3, ("flood", "oversize", "secret-in-url"), ("fuzz",), "smoke"),
        ],
    )
    def test_what_a_kind_of_target_is_asked_to_bear(
        self,
        kind: Kind,
        rate: float | None,
        concurrency: int,
        refusals: int,
        withheld: tuple[str, ...],
        unless_named: tuple[str, ...],
        profile: str,
    ) -> None:
        """Each figure is somebody's agreement with a target's operators: none changes by itself."""
        assert RULES[kind] == Rules(
            rate,
            concurrency,
            refusals,
            frozenset(withheld),
            withheld_unless_named=frozenset(unless_named),
            profile=profile,
        )

    @pytest.mark.parametrize(
        ("profile", "requests", "seconds", "throttled", "failures"),
        [("smoke", 25, 60, 30, 3), ("release", 300, 150, 60, 5), ("nightly", 3_000, 3_600, 600, 10)],
    )
    def test_what_a_profile_may_cost(
        self, profile: str, requests: int, seconds: float, throttled: float, failures: int
    ) -> None:
        """Requests, seconds, seconds of waiting, failures in a row."""
        assert LIMITS[profile] == RunLimits(requests, seconds, throttled, failures)

    def test_table_is_complete(self) -> None:
        """Every kind has a row, every profile its limits."""
        assert set(RULES) == set(Kind)
        assert set(LIMITS) == {"smoke", "release", "nightly"}

    def test_no_row_is_laxer_than_a_less_delicate_target(self) -> None:
        """From this machine to production every figure falls and nothing withheld comes back."""
        order = [RULES[kind] for kind in (Kind.LOOPBACK, Kind.OTHER, Kind.PRE_PRODUCTION, Kind.PRODUCTION)]
        for laxer, stricter in itertools.pairwise(order):
            assert (laxer.requests_per_second or 1e9) >= (stricter.requests_per_second or 1e9)
            assert laxer.concurrency >= stricter.concurrency
            assert laxer.true_client_refusals >= stricter.true_client_refusals
            assert laxer.withheld <= stricter.withheld

    def test_production_is_smoke_and_never_fuzzed_unless_named(self) -> None:
        """Naming the profile lets the fuzzing in; floods, oversize and secrets in URLs stay out."""
        plain, named = target("production"), target("production", "nightly")

        assert plain.profile == "smoke"
        assert plain.policy.withheld == {"oversize", "flood", "secret-in-url", "fuzz"}
        assert named.profile == "nightly"
        assert named.policy.withheld == {"oversize", "flood", "secret-in-url"}
        assert target("pre-production").profile == "release"

    @pytest.mark.parametrize(
        ("setting", "most", "field"),
        [
            ("REQUESTS_PER_SECOND", 2, "requests_per_second"),
            ("CONCURRENCY", 1, "concurrency"),
            ("REQUEST_BUDGET", 25, "requests"),
            ("TRUE_CLIENT_REFUSALS", 3, "true_client_refusals"),
            ("TIME_BUDGET", 60, "seconds"),
            ("THROTTLE_PATIENCE", 30, "throttle_patience"),
        ],
    )
    def test_figures_are_lowered_and_not_raised(self, setting: str, most: int, field: str) -> None:
        """At the limit and below a setting holds; above it is refused with the limit."""
        assert getattr(target("production", **{setting: "1"}).policy, field) == 1
        assert getattr(target("production", **{setting: str(most)}).policy, field) == most
        with pytest.raises(SettingsError, match=f"at most {most}"):
            target("production", **{setting: str(most + 1)})

    @pytest.mark.parametrize("setting", ["TIME_BUDGET", "THROTTLE_PATIENCE"])
    @pytest.mark.parametrize(
        ("word", "refused"),
        [
            ("production", True),
            ("https://PARTNERS-api.cobee.io/api/v3", True),
            ("pre-production", True),
            ("https://api.example/v3", False),
            ("http://127.0.0.1:1", False),
            ("embedded", False),
        ],
    )
    def test_times_are_raised_where_the_target_is_ones_own_matter(self, word: str, refused: bool, setting: str) -> None:  # noqa: FBT001 - pytest gives it
        """What others run is asked no longer, and no oftener, than the table says."""
        if refused:
            with pytest.raises(SettingsError, match=f"PARTNERS_API_{setting}='86000' is not accepted: at most"):
                target(word, "nightly", **{setting: "86000"})
            return
        policy = target(word, "nightly", **{setting: "86000"}).policy
        assert 86000 in (policy.seconds, policy.throttle_patience)

    def test_rate_can_be_set_where_there_is_no_limit(self) -> None:
        """This machine has no rate of its own to exceed."""
        assert target("embedded").policy.requests_per_second is None
        assert target("embedded", REQUESTS_PER_SECOND="20").policy.requests_per_second == 20

    def test_no_refusals_at_all_can_be_asked_for(self) -> None:
        """0 is a value, not an absence."""
        assert target("embedded", TRUE_CLIENT_REFUSALS="0").policy.true_client_refusals == 0

    def test_describe_shows_every_figure(self) -> None:
        """The record's policy is the whole policy."""
        policy = target("production").policy

        assert set(policy.describe()) == {field.name for field in fields(Policy)}
        assert policy.describe()["withheld"] == ["flood", "fuzz", "oversize", "secret-in-url"]
