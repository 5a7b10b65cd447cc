"""What a crawl may ask: addresses of pages, hosts, network addresses, connections."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.collect.fence import is_public, make_fence

PRIVATE = """
10.0.0.1 172.16.0.1 192.168.1.1 127.0.0.1 127.255.255.254 0.0.0.0 169.254.169.254
100.64.0.1 100.100.100.200 192.0.0.192 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255
168.63.129.16 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1
::ffff:127.0.0.1 ::ffff:7f00:1 ::127.0.0.1 64:ff9b::a00:1 2002:7f00:1:: 64:ff9b:1::1
2001:0:4136:e378:8000:63bf:80ff:fffe 2001:db8::1 nada 127.1
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::"]
)
def test_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8"))
def test_no_way_of_writing_a_private_address_is_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for form in (number, 0xFFFF << 32 | number, 0x2002 << 112 | number << 80):
        assert not is_public(str(ipaddress.ip_address(form)))
    assert not is_public(str(ipaddress.IPv6Address("64:ff9b::") + number))


FENCE = make_fence([], ["x.es", "*.y.es", "z.es:8080/docs/", "[::1]:80", "ñu.es"], [])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://x.es/a", ""),
        ("https://X.ES./a", ""),
        ("https://a.b.y.es", ""),
        ("http://z.es:8080/docs/a?b=../c", ""),
        ("http://[::1]/", ""),
        ("http://xn--u-qga.es/", ""),
        ("http://ñu.es/", ""),
        ("http://x.es:6379/", "outside"),
        ("http://y.es/", "outside"),
        ("http://x.es.evil.com/", "outside"),
        ("http://evilx.es/", "outside"),
        ("http://z.es:8080/otra", "outside"),
        ("http://z.es:8080/docs/../otra", "outside"),
        ("http://z.es:8080/docs/%2e%2e/otra", "outside"),
        ("http://z.es:8080/docs/..%5cotra", "outside"),
        ("http://x.es@evil.com/", "address"),
        ("http://evil.com\\@x.es/", "address"),
        ("http://u:p@x.es/", "address"),
        ("http://x.es:99999/", "address"),
        ("http:///a", "address"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://x.es/a", "scheme"),
        ("gopher://x.es/", "scheme"),
        ("//x.es/a", "scheme"),
    ],
)
def test_addresses_of_pages(url: str, reason: str) -> None:
    assert FENCE.refusal(url) == reason


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    assert FENCE.refusal(f"http://{text}") in ("", "outside", "address")


def test_private_hosts_are_named_one_by_one() -> None:
    fence = make_fence(["http://intranet:8080/"], [], ["intranet:8080", "10.0.0.7"])
    assert fence.allows_address("intranet", 8080, "10.0.0.1")
    assert not fence.allows_address("intranet", 22, "10.0.0.1")
    assert not fence.allows_address("otra", 8080, "10.0.0.1")
    assert fence.allows_address("10.0.0.7", 5000, "10.0.0.7")
    assert fence.allows_address("otra", 443, "8.8.8.8")
    assert not fence.allows_host("intranet", 80)


class Address:
    def __init__(self, host: str) -> None:
        self.host = host


def test_a_name_that_changes_its_mind_is_judged_each_time() -> None:
    """DNS rebinding: public when asked first, private when connected to."""
    from dialecto.collect.guard import Guard, GuardedResolver

    answers = [["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]]
    got: list[list[str]] = []

    class System:
        def resolveHostName(self, receiver: Any, *_: Any) -> None:  # noqa: N802
            receiver.resolutionBegan(None)
            for host in answers.pop(0):
                receiver.addressResolved(Address(host))
            receiver.resolutionComplete()

    class Receiver:
        def __init__(self) -> None:
            self.found: list[str] = []

        def resolutionBegan(self, _: Any) -> None: ...  # noqa: N802
        def addressResolved(self, address: Any) -> None:  # noqa: N802
            self.found.append(address.host)

        def resolutionComplete(self) -> None:  # noqa: N802
            got.append(self.found)

    class Reactor:
        nameResolver = System()  # noqa: N815

    guard = Guard(make_fence(["http://x.es"], [], []))
    resolver = GuardedResolver(Reactor(), guard)
    for _ in range(3):
        resolver.resolveHostName(Receiver(), "x.es", 80)
    assert got == [["8.8.8.8"], [], []]
    assert guard.refusal("http://x.es/a") == "private_address"
    assert guard.refusal("https://x.es/a") == ""
    answers.append(["8.8.8.8"])
    resolver.resolveHostName(Receiver(), "otro.es", 80)
    assert got[-1] == []
    assert guard.refusal("http://otro.es:80") == "outside"


def test_no_library_gets_past_the_audit_hook() -> None:
    code = """
import socket, urllib.request
from dialecto.collect.fence import make_fence
from dialecto.collect.guard import Guard
server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
guard = Guard(make_fence(["http://x.es"], [], []))
guard.watch_sockets()
def refused(work):
    try:
        work()
    except (PermissionError, urllib.error.URLError) as error:
        return "refused" in str(error)
    return False
assert refused(lambda: socket.create_connection(("127.0.0.1", port)))
assert refused(lambda: socket.socket().connect_ex(("127.0.0.1", port)))
assert refused(lambda: urllib.request.urlopen(f"http://localhost:{port}", timeout=5))
guard.let_in.add(("127.0.0.1", port))
socket.create_connection(("127.0.0.1", port)).close()
print("held")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.stdout == "held\n", done.stderr
