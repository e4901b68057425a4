"""The address of this server as its clients see it, and theirs.

It stands in the WSDL and in faults, where a forged Host header must not send other clients
elsewhere; so a configured address wins, proxies are believed only when they are known, and a Host
header has to look like one.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from tmsba.wsgi.http import Environ

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Works out the scheme and host that a request was sent to, and where it came from."""

    #: Such as ``https://tmsba.example.com``; blank when each request tells.
    configured: str = ""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, configured: str = "", trusted_proxies: tuple[str, ...] = ()) -> "PublicAddress":
        """Build one from texts.

        Args:
            configured: The public address, or blank.
            trusted_proxies: Addresses and networks of proxies, such as ``10.0.0.0/8``.

        Raises:
            ValueError: An address or network is none.
        """
        networks = tuple(ip_network(text, strict=False) for text in trusted_proxies)
        return cls(configured.rstrip("/"), networks)

    def is_trusted(self, address: str) -> bool:
        """Whether an address is that of a known proxy."""
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(peer, "ipv4_mapped", None)
        return any((mapped or peer) in network for network in self.trusted_proxies)

    def client(self, environ: Environ) -> str:
        """The network address of the client: the last one in the chain that is no known proxy."""
        peer: str = environ.get("REMOTE_ADDR", "")
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        while self.is_trusted(peer) and forwarded:
            before = forwarded.pop().strip()
            if not _is_address(before):
                break
            peer = before
        return peer

    def base(self, environ: Environ) -> str:
        """Scheme and host, without a slash at the end."""
        if self.configured:
            return self.configured
        scheme, host = environ.get("wsgi.url_scheme", "http"), environ.get("HTTP_HOST", "")
        if self.is_trusted(environ.get("REMOTE_ADDR", "")):
            # With several proxies in a row, the first entry is what the client sent.
            scheme = _first(environ.get("HTTP_X_FORWARDED_PROTO", "")).lower() or scheme
            host = _first(environ.get("HTTP_X_FORWARDED_HOST", "")) or host
        if scheme not in _SCHEMES:
            scheme = "http"
        if not _HOST.fullmatch(host):
            host = f"{environ.get('SERVER_NAME', 'localhost')}:{environ.get('SERVER_PORT', '80')}"
        return f"{scheme}://{host}"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _first(header: str) -> str:
    return header.partition(",")[0].strip()
