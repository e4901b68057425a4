"""The certificate that a simulated bridge makes for itself, to be reached over TLS."""

import datetime as dt
import hashlib
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LIFETIME = dt.timedelta(days=365)
# A client whose clock is a little behind accepts it too.
_BACKDATED = dt.timedelta(hours=1)
_ALWAYS = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Certificate:
    """A certificate that nobody else has signed, and its key.

    Attributes:
        pem: The certificate, for those who want to trust it as an authority.
        fingerprint: Its SHA-256 as 64 lower-case hexadecimal digits, for those who want to pin it.
        key_pem: The private key.
    """

    pem: str
    fingerprint: str
    key_pem: str = field(repr=False)

    def server_context(self) -> ssl.SSLContext:
        """Return the context of a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The ssl module reads keys from files only; the folder is for the owner's eyes only and goes at once.
        with tempfile.TemporaryDirectory() as folder:
            chain = Path(folder) / "chain.pem"
            chain.write_text(self.key_pem + self.pem, encoding="ascii")
            context.load_cert_chain(chain)
        return context


def make_certificate(host: str) -> Certificate:
    """Make a certificate for localhost, 127.0.0.1 and the host that a bridge listens on.

    Args:
        host: A name or an address.

    Raises:
        ValueError: The host cannot stand in a certificate.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated bridge")])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        # Current clients refuse an authority that does not say what identifies its key.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    made = builder.sign(key, hashes.SHA256())
    return Certificate(
        pem=made.public_bytes(serialization.Encoding.PEM).decode("ascii"),
        fingerprint=hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest(),
        key_pem=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii"),
    )


def _names(host: str) -> list[x509.GeneralName]:
    return [_general_name(name) for name in dict.fromkeys([*_ALWAYS, host])]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
