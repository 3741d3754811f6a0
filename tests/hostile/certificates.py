"""Certificates made on the spot: good ones, and each kind of bad one."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Python 3.13 asks of every certificate what RFC 5280 (sections 4.2.1.1 to 4.2.1.3) does.
_SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)
KINDS = ("good", "expired", "not-yet-valid", "self-signed", "wrong-host")


@dataclass(frozen=True, slots=True)
class Chain:
    """Files in PEM: the server's certificate, its key, and the authority that signed it."""

    certificate: Path
    key: Path
    authority: Path


def make(kind: str, folder: Path) -> Chain:
    """A certificate for 127.0.0.1 and localhost, of one of `KINDS`."""
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    start, end = {"expired": (now - 30 * day, now - day), "not-yet-valid": (now + day, now + 30 * day)}.get(
        kind, (now - day, now + 30 * day)
    )
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("Authority of the hostile servers")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), now - 60 * day, now + 60 * day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("hostile server")
    by_itself = kind == "self-signed"
    signer = key if by_itself else authority_key
    names: list[x509.GeneralName] = [x509.DNSName("elsewhere.example")]
    if kind != "wrong-host":
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        _builder(name, name if by_itself else authority_name, key.public_key(), start, end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    chain = Chain(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    chain.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    chain.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    chain.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    start: dt.datetime,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
