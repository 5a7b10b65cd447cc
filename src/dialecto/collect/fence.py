"""Which addresses a crawl may ask: the recipe's hosts and paths, and no private networks.

A crawler follows what pages say, so a page must not be able to send it to the intranet, to the
machine itself or to a cloud's metadata service (server-side request forgery). Three things are
asked: the address of a page, the host when its name is resolved, and the network address when
the connection is made. The last two see what a name really leads to.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Services for virtual machines at addresses that are not private ones.
_SERVICES = frozenset({ipaddress.ip_address("168.63.129.16")})  # Azure's
# Special-purpose networks (IANA's registries) that Python 3.11 takes for public ones.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: str) -> bool:
    """Whether a network address is one of the open Internet.

    False for private, loopback, link-local (metadata services), shared, multicast, reserved and
    unspecified ones, and for IPv6 addresses that stand for such an IPv4 address (mapped, 6to4,
    Teredo, NAT64). Registries: IANA's special-purpose addresses, RFC 6890.
    """
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found) if isinstance(found, ipaddress.IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    refused = (
        not found.is_global
        or found.is_multicast
        or found.is_reserved
        or found.is_link_local
        or found.is_loopback
        or found.is_unspecified
        or found in _SERVICES
        or any(found in network for network in _SPECIAL)
        or (isinstance(found, ipaddress.IPv6Address) and found.is_site_local)
    )
    return not refused


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or int(address) >> 32 == 0:  # the latter: IPv4-compatible, deprecated
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


@dataclass(frozen=True)
class Place:
    """A host, or all below it (`*.x.es`), with a port and the beginning of a path."""

    host: str
    port: int | None = None
    path: str = "/"

    def has(self, host: str, port: int) -> bool:
        if self.port not in (port, None) or (self.port is None and port not in (80, 443)):
            return False
        if self.host.startswith("*."):
            return host.endswith(self.host[1:])
        return host == self.host


def parse_place(text: str) -> Place:
    """`www.x.es`, `*.x.es`, `x.es:8080/docs/`, `[::1]:80`."""
    netloc, _, path = text.partition("/")
    parts = urlsplit(f"//{netloc}")
    return Place(plain_host(parts.hostname or ""), parts.port, f"/{path}")


def plain_host(host: str) -> str:
    """A host as it is compared: small letters, ASCII, without brackets or a final dot."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


@dataclass(frozen=True)
class Fence:
    """What a crawl may ask."""

    allowed: tuple[Place, ...]
    private: tuple[Place, ...]

    def refusal(self, url: str, *, any_path: bool = False) -> str:
        """Why an address may not be asked, or "" when it may. `any_path`: robots.txt and
        sitemaps, which stand where they stand."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return "address"
        if parts.scheme not in _DEFAULT_PORTS:
            return "scheme"
        if not parts.hostname or parts.username is not None or "\\" in parts.netloc:
            return "address"
        host, port = plain_host(parts.hostname), port or _DEFAULT_PORTS[parts.scheme]
        places = [place for place in self.allowed if place.has(host, port)]
        if not places:
            return "outside"
        if any_path:
            return ""
        path = parts.path or "/"
        if ".." in unquote(path).replace("\\", "/").split("/"):
            return "outside"
        return "" if any(path.startswith(place.path) for place in places) else "outside"

    def allows_host(self, host: str, port: int) -> bool:
        host = plain_host(host)
        return any(place.has(host, port) for place in self.allowed)

    def allows_address(self, host: str, port: int, address: str) -> bool:
        """Whether a host's name may lead to this network address."""
        return is_public(address) or self.is_private_by_name(host, port)

    def is_private_by_name(self, host: str, port: int) -> bool:
        host = plain_host(host)
        return any(p.host == host and p.port in (port, None) for p in self.private)


def make_fence(start: Sequence[str], allow: Sequence[str], private: Sequence[str]) -> Fence:
    """From the recipe's lists; without `allow` the hosts of `start`."""
    if allow:
        allowed = [parse_place(text) for text in allow]
    else:
        allowed = []
        for url in start:
            parts = urlsplit(url)
            port = parts.port or _DEFAULT_PORTS[parts.scheme]
            named = port if port not in (80, 443) else None
            allowed.append(Place(plain_host(parts.hostname or ""), named))
    return Fence(tuple(allowed), tuple(parse_place(text) for text in private))
