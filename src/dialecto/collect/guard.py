"""The fence where connections are made: names are resolved and sockets connected through it.

Only in the crawler's own process. Scrapy looks names up through `GuardedResolver`, which hands
out the very addresses that are then connected to, so a name that resolves to something else the
second time (DNS rebinding) gains nothing. Below it an audit hook of Python sees every connection
that any library makes and refuses what nobody allowed.
"""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer, provider

from dialecto.collect.fence import Fence, is_public, plain_host


class Guard:
    """What the process may connect to, and which hosts were refused."""

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self._refused: dict[tuple[str, int], str] = {}
        self.let_in: set[tuple[str, int]] = set()

    def judge(self, host: str, port: int, addresses: list[Any]) -> list[Any]:
        """The addresses if all may be connected to, otherwise none of them."""
        if not self.fence.allows_host(host, port):
            self._refused[plain_host(host), port] = "outside"
            return []
        for address in addresses:
            if not self.fence.allows_address(host, port, address.host):
                self._refused[plain_host(host), port] = "private_address"
                return []
        self.let_in.update((address.host, port) for address in addresses)
        return addresses

    def refusal(self, url: str) -> str:
        """Why the host of an address was refused when its name was looked up, or ""."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return self._refused.get((plain_host(parts.hostname or ""), port), "")

    def watch_sockets(self) -> None:
        """From now on every connection of this process is looked at. Cannot be undone."""

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "socket.connect":
                address = arguments[1]
                if isinstance(address, tuple) and not self._may_connect(*address[:2]):
                    raise PermissionError("a connection to a private address was refused")

        sys.addaudithook(hook)

    def _may_connect(self, host: Any, port: Any) -> bool:
        return is_public(str(host)) or (str(host), int(port)) in self.let_in


@implementer(IHostnameResolver)
class GuardedResolver:
    """Scrapy's TWISTED_DNS_RESOLVER: the system's names, IPv4 and IPv6, through the guard."""

    def __init__(self, reactor: Any, guard: Guard) -> None:
        self.reactor, self.guard = reactor, guard
        self.system = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> GuardedResolver:
        return cls(reactor, crawler.settings["DIALECTO_GUARD"])

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        receiver = _judging(resolutionReceiver, hostName, portNumber, self.guard)
        return self.system.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


def _judging(receiver: Any, host: str, port: int, guard: Guard) -> Any:
    """A receiver that hands addresses on only when all of them were seen and judged."""
    found: list[Any] = []

    @provider(IResolutionReceiver)
    class Judging:
        @staticmethod
        def resolutionBegan(resolution: Any) -> None:  # noqa: N802
            receiver.resolutionBegan(resolution)

        @staticmethod
        def addressResolved(address: Any) -> None:  # noqa: N802
            found.append(address)

        @staticmethod
        def resolutionComplete() -> None:  # noqa: N802
            for address in guard.judge(host, port, found):
                receiver.addressResolved(address)
            receiver.resolutionComplete()

    return Judging
