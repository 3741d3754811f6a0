"""Which authorities are trusted."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from conformance.wire.tls import explain, make_context
from tests.hostile import certificates


def authority(folder: Path) -> Path:
    """A certificate of an authority nobody else knows."""
    folder.mkdir()
    return certificates.make("good", folder).authority


def test_a_ca_bundle_is_trusted_instead_of_the_systems_authorities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pins an authority of their own trusts no other."""
    systems, own = authority(tmp_path / "system"), authority(tmp_path / "own")
    monkeypatch.setenv("SSL_CERT_FILE", str(systems))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))

    assert make_context(None).get_ca_certs(binary_form=True) == [ssl.PEM_cert_to_DER_cert(systems.read_text())]
    pinned = make_context(own)
    assert pinned.get_ca_certs(binary_form=True) == [ssl.PEM_cert_to_DER_cert(own.read_text())]
    assert pinned.cert_store_stats() == {"x509": 1, "x509_ca": 1, "crl": 0}


def test_a_failure_without_words_of_ours_has_those_of_openssl() -> None:
    """Python 3.13 refuses certificates that older ones take."""
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = 85, "Missing Authority Key Identifier"

    assert explain(error).detail == "the certificate does not verify: Missing Authority Key Identifier"


@pytest.mark.parametrize("code", [18, 19, 20, 21])
def test_an_authority_that_is_not_known_is_given_by_a_setting_that_is_named(code: int) -> None:
    """X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and its like."""
    error = ssl.SSLCertVerificationError()
    error.verify_code = code

    assert "PARTNERS_API_CA_BUNDLE" in explain(error).detail
