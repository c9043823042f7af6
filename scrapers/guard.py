"""Which addresses may be visited: the one parser of addresses, and the one list of networks that stay closed.

`check_url` looks at what is written; `Networks.check_address` is asked again for every answer of the resolver, right before
the connection is made, so that nothing depends on how an address is spelled or on what a name meant a moment ago.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import httpx
import idna

from scrapers.errors import SchemeRefused, SsrfBlocked

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

URL_CHARACTERS: Final = 8192

# `is_global` says yes to these; https://www.iana.org/assignments/iana-ipv4-special-registry and RFC 5771.
_CLOSED_V4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT, and one cloud's metadata service
        "168.63.129.16/32",  # a cloud's host agent, inside a public range
        "192.0.0.0/24",  # protocol assignments, and one cloud's metadata service
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)

# Only 2000::/3 is given out as global unicast (RFC 4291); these parts of it lead elsewhere.
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3ffe::/16",
        "3fff::/20",
    )
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

_FORBIDDEN: Final = re.compile(r"[\x00-\x20\\\x7f-\xa0\s]")
_SHAPE: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?://(?P<authority>[^/?#]*)(?P<rest>[/?#].*)?)?", re.DOTALL
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::(?P<port>[0-9]{0,5}))?")
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks opened by the operator; everything else that is not public stays closed."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, cidrs: Iterable[str]) -> Networks:
        """Read a list like `10.1.0.0/16`, `::1/128`; raise ValueError naming the first that is none."""
        return cls(tuple(ipaddress.ip_network(cidr.strip()) for cidr in cidrs))

    def check_address(self, address: str | Address, url: str = "") -> str:
        """Return the address in canonical form, or raise SsrfBlocked naming it."""
        try:
            given = ipaddress.ip_address(address)
        except ValueError as error:
            raise SsrfBlocked(url, f"{address} is no address") from error

        meant = _meant(given)
        if not self._allows(given) and not self._allows(meant) and not _is_public(meant):
            raise SsrfBlocked(url, str(given) if meant == given else f"{given}, which is {meant}")
        return str(given)

    def _allows(self, address: Address) -> bool:
        return any(address in network for network in self.allowed)


PUBLIC_ONLY: Final = Networks()


def check_url(url: str, networks: Networks = PUBLIC_ONLY) -> httpx.URL:
    """Parse an address the one way this program does, without its fragment.

    A host that is an address in any notation the operating system would accept is rewritten to the plain one and checked.
    Raises SchemeRefused or SsrfBlocked.
    """
    if len(url) > URL_CHARACTERS:
        raise SchemeRefused(url[:200], f"longer than {URL_CHARACTERS} characters")
    if _FORBIDDEN.search(url):
        raise SchemeRefused(url, "it holds a space, a backslash or a control character")

    shape = _SHAPE.fullmatch(url)
    scheme = shape["scheme"].lower() if shape else ""
    if shape is None or scheme not in {"http", "https"}:
        raise SchemeRefused(url, f"the scheme is {scheme}" if scheme else "it has no scheme")
    authority = shape["authority"]
    if not authority:
        raise SchemeRefused(url, "it has no host")
    if "@" in authority:
        raise SchemeRefused(url, "it has a user name")

    parts = _AUTHORITY.fullmatch(authority)
    if parts is None or (parts["port"] and not 1 <= int(parts["port"]) <= 65535):
        raise SchemeRefused(url, "its host or port is not valid")
    host = _host(parts["host"], url, networks)
    port = f":{int(parts['port'])}" if parts["port"] else ""

    rest = (shape["rest"] or "").partition("#")[0]
    slash = "" if rest.startswith("/") else "/"
    try:
        parsed = httpx.URL(f"{scheme}://{host}{port}{slash}{rest}")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise SchemeRefused(url, str(error)) from error
    if parsed.raw_host.decode() != host.strip("[]"):
        raise SchemeRefused(url, "its host can be read in two ways")
    return parsed


def _host(written: str, url: str, networks: Networks) -> str:
    """The host as it will be looked up, compared and sent: lower-case ASCII, or a plain address."""
    if written.startswith("["):
        return f"[{networks.check_address(written[1:-1], url)}]"

    host = written.lower()
    if not host.isascii():
        if len(host) > 253:
            raise SchemeRefused(url, "its host name is too long")
        try:
            host = idna.encode(host, uts46=True).decode()
        except UnicodeError as error:
            raise SchemeRefused(url, f"its host name is not valid: {error}") from error
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise SchemeRefused(url, "its host name is not valid")

    plain = host.removesuffix(".")
    if not _NUMBER.fullmatch(plain.rpartition(".")[2]):
        return host

    try:
        # Octal, hexadecimal and short forms, as the resolver of the operating system reads them.
        packed = socket.inet_aton(plain)
    except OSError as error:
        raise SchemeRefused(url, f"{written} is neither a name nor an address") from error
    return networks.check_address(ipaddress.IPv4Address(packed), url)


def _meant(address: Address) -> Address:
    """The IPv4 address inside a mapped or translated IPv6 address (RFC 4291, RFC 6052), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _CLOSED_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _CLOSED_V6)
