"""X.509 certificates, PEM or DER: what keys and days a product or a service shows."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from assay.model.law import Interval
from assay.readers.document import Document
from assay.readers.extract import Claim, Extract
from assay.readers.format import Format
from assay.readers.refusal import refusal
from assay.readers.strict_text import clean

__all__ = ["FORMAT"]

_MARK: Final = "-----BEGIN CERTIFICATE-----"
_MOST: Final = 1_000
_BROKEN: Final = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What the library raises at bytes that are no certificate or an odd one; its errors share no class."""


def _fits(document: Document) -> bool:
    if document.json is None and document.xml is None and not document.text:
        return True
    return document.text.lstrip().startswith(_MARK)


def _read(document: Document) -> Extract:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library remarks on names that are odd, not wrong
            claims = tuple(_claim(one, f"certificate {number}") for number, one in enumerate(_loaded(document), 1))
    except _BROKEN as error:
        what = f"no valid certificate: {clean(str(error))[:200]}"
        raise refusal("E0803", what, expected="X.509 as PEM or DER") from error
    limits = (
        "no chain is built and no revocation asked: the certificate is described, not trusted",
        "names in the certificate are not taken for legal entities",
    )
    issued = min((claim.valid.start for claim in claims if claim.valid.start), default=None)
    return Extract("x509", "v3", claims, (), (), limits, issued)


def _loaded(document: Document) -> list[x509.Certificate]:
    if not document.text:
        return [x509.load_der_x509_certificate(document.data)]
    found = x509.load_pem_x509_certificates(document.data)
    if len(found) > _MOST:
        raise refusal("E0801", f"{len(found)} certificates in one file", expected=f"at most {_MOST}")
    return found


def _claim(certificate: x509.Certificate, place: str) -> Claim:
    if certificate.version is not x509.Version.v3:
        raise refusal("E0808", f"X.509 {certificate.version.name} is not read", place, "version v3")
    begin, last = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
    end = last + timedelta(days=1) if last < date.max else None
    name = clean(certificate.subject.rfc4514_string()) or "no subject"
    algorithm = certificate.signature_algorithm_oid._name
    parts = [
        f"sha256 {certificate.fingerprint(SHA256()).hex()}", _key(certificate), f"signed with {algorithm}",
        f"last day {last.isoformat()}", _authority(certificate),
    ]  # fmt: skip
    text = f"{name}; issued by {clean(certificate.issuer.rfc4514_string())}; serial {certificate.serial_number:x}"
    if end is not None and end <= begin:
        raise refusal("E0809", "the certificate ends before it begins", place, "days of validity in order")
    return Claim("product.x509-certificate", "; ".join(parts), place, None, Interval(begin, end), text=text[:1_000])


def _key(certificate: x509.Certificate) -> str:
    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            return f"RSA {key.key_size} bits, exponent {min(key.public_numbers().e, 2**64)}"
        case ec.EllipticCurvePublicKey() as key:
            return f"EC {key.curve.name}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
        case dsa.DSAPublicKey() as key:
            return f"DSA {key.key_size} bits"
        case key:
            return type(key).__name__.strip("_")


def _authority(certificate: x509.Certificate) -> str:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return "no authority"
    return "may sign certificates" if found.value.ca else "no authority"


FORMAT: Final = Format(
    "x509", "X.509 certificates, PEM or DER", ("v3",), "https://www.rfc-editor.org/rfc/rfc5280", _fits, _read,
    "subject, issuer, serial, validity, public key, signature algorithm, basic constraints, fingerprint",
    "`product.x509-certificate` for each certificate, from its first to its last day, for the subject that the signed "
    "statement names",
)  # fmt: skip
