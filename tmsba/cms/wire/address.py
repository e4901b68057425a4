"""Where a bridge's API is: the address that an administrator types, made into one spelling."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import httpx

_PORTS = {"https": 443, "http": 80}
_PATHS = ("", "/api", "/api/v1")
_NAME = re.compile(r"[\w-]+(\.[\w-]+)*\.?")


def base_url(text: str) -> str:
    """Return the root of a bridge's web address, such as `https://bridge.example.com:445`.

    Args:
        text: A URL or just `host` or `host:port` (then https); a trailing slash or `/api/v1` is fine.

    Returns:
        Scheme, host and the port unless it is the scheme's own, without a slash at the end.

    Raises:
        ValueError: The text is not the address of a bridge. The text itself is not repeated, because
            people paste addresses with passwords in them.

    Source: CMS API reference, 3.1; integration guide, Configure.
    """
    typed = text.strip()
    if not typed or any(character.isspace() or not character.isprintable() for character in typed):
        raise ValueError("The address of a bridge must be one word, such as bridge.example.com:445.")
    parts = _split(typed)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError("The address of a bridge must begin with https:// or http://, or with the host.")
    if "@" in parts.netloc:
        raise ValueError("The address of a bridge must not contain a user name or a password.")
    if parts.query or parts.fragment or parts.path.rstrip("/").lower() not in _PATHS:
        raise ValueError("The address of a bridge must end after the host and port.")
    return f"{scheme}://{_host_and_port(parts, scheme)}"


def _split(typed: str) -> SplitResult:
    if "://" not in typed:
        typed = f"https://{_bracketed(typed)}"
    try:
        return urlsplit(typed)
    except ValueError:
        raise ValueError("The address of a bridge has a bad host.") from None


def _bracketed(typed: str) -> str:
    """Put an IPv6 address that stands alone into brackets."""
    try:
        return f"[{ipaddress.IPv6Address(typed)}]"
    except ValueError:
        return typed


def _host_and_port(parts: SplitResult, scheme: str) -> str:
    host, port = parts.hostname, _port(parts)
    if not host:
        raise ValueError("The address of a bridge must name a host.")
    written = f"[{host}]" if ":" in host else host
    try:
        httpx.URL(f"{scheme}://{written}/")
        is_good = ":" in host or _NAME.fullmatch(host) is not None
    except httpx.InvalidURL:
        is_good = False
    if not is_good:
        raise ValueError("The address of a bridge has a bad host.")
    return written if port in (None, _PORTS[scheme]) else f"{written}:{port}"


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("The port of a bridge must be a number from 1 to 65535.")
    return port
