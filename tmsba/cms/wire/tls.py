"""Which certificate of a bridge is accepted: by the system's authorities, by one authority, or one alone."""

import hashlib
import hmac
import re
import ssl

_DIGITS = 64


def read_fingerprint(text: str) -> str:
    """Return the SHA-256 fingerprint of a certificate as 64 lower-case hexadecimal digits.

    Args:
        text: As people copy it: in any letter case, with or without colons or spaces.

    Raises:
        ValueError: It is no such fingerprint.
    """
    digits = re.sub(r"[\s:]", "", text.strip().lower().removeprefix("sha256").removeprefix("="))
    if not re.fullmatch(rf"[0-9a-f]{{{_DIGITS}}}", digits):
        raise ValueError(
            "A fingerprint must be the SHA-256 of the certificate: 64 hexadecimal digits, with or without "
            "colons."
        )
    return digits


def trust(*, is_verified: bool = True, ca_pem: str = "", fingerprint: str = "") -> ssl.SSLContext:
    """Return the context that checks a bridge's certificate before anything is sent.

    Args:
        is_verified: Off to accept any certificate, unless a fingerprint is given.
        ca_pem: Certificates of the only authorities to trust; blank for those of the system.
        fingerprint: The only certificate to trust, as `read_fingerprint` writes it; its name and its
            authority do not matter then.

    Raises:
        ValueError: The text holds no certificates.
    """
    try:
        context = ssl.create_default_context(cadata=ca_pem or None)
    except (ssl.SSLError, ValueError):
        raise ValueError("The file of the certificate authority must hold PEM certificates.") from None
    if fingerprint or not is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if fingerprint:
        context.sslsocket_class = _pinned(fingerprint)
    return context


def _pinned(fingerprint: str) -> type[ssl.SSLSocket]:
    """Return a kind of socket whose handshake fails with any certificate but one."""

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            found = hashlib.sha256(self.getpeercert(binary_form=True) or b"").hexdigest()
            if not hmac.compare_digest(found, fingerprint):
                refusal = ssl.SSLCertVerificationError("another certificate than the pinned one")
                refusal.verify_message = f"its SHA-256 fingerprint is {found}, not the one that was given"
                raise refusal

    return PinnedSocket
