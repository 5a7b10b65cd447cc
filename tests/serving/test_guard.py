"""What must be refused, by a raw client that can say anything."""

from __future__ import annotations

import http.client
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import BaseRoute

from dialecto.serving.guard import MAX_BODY, _is_loopback
from dialecto.serving.routes import ROUTES, Permission, find
from tests.serving.conftest import Running


def get(server: Running, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.url + path, headers={**server.headers, **headers})


def routes_of(routes: list[BaseRoute], prefix: str = "") -> list[tuple[str, str]]:
    """Every (method, path) that an application answers to, in routers and mounts too."""
    found: list[tuple[str, str]] = []
    for route in routes:
        path = prefix + re.sub(r"{\w+(:path)?}", "x", getattr(route, "path", ""))
        inner = getattr(route, "original_router", route)
        if below := getattr(inner, "routes", None):
            found += routes_of(below, path)
        elif known := getattr(route, "methods", None):
            found += [(method, path) for method in sorted(known)]
        else:  # files, or an application of its own
            found.append(("GET", f"{path}/x"))
    return found


def test_every_route_of_the_application_is_in_the_table(server: Running) -> None:
    routes = routes_of(server.app.routes)
    assert ("POST", "/v1/chat/completions") in routes
    assert ("GET", "/v1/models/x") in routes
    for method, path in routes:
        assert find(method, path), f"{method} {path} is not in the table"


def test_what_is_not_in_the_table_is_refused_even_if_it_exists(server: Running) -> None:
    @server.app.get("/forgotten")
    async def forgotten() -> str:
        return "secret"

    assert get(server, "/forgotten").status_code == 404
    assert "secret" not in get(server, "/forgotten").text
    server.app.router.routes.pop()


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/v1", "/v1/", "/x", "//"])
def test_nothing_else_is_there(server: Running, path: str) -> None:
    response = get(server, path)
    assert response.status_code == 404
    assert response.json()["error"]["message"]


def test_an_address_that_does_not_exist_is_recorded_without_the_address(server: Running) -> None:
    def unknown() -> list[dict[str, object]]:
        return [r for r in server.recorded() if r["path"] == "unknown"]

    before = len(unknown())
    assert get(server, "/secreto-de-Ana?dni=12345678Z").status_code == 404
    record = unknown()[-1]
    assert (record["method"], record["status"]) == ("GET", 404)
    assert len(unknown()) == before + 1
    assert "secreto" not in str(server.recorded())


def test_a_wrong_method_is_405_and_names_the_right_one(server: Running) -> None:
    response = httpx.delete(f"{server.url}/v1/models", headers=server.headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Basic {key}", "{key}", "Bearer {key}x", "Bearer ñ"],
)
def test_without_the_right_key_every_api_route_is_401(server: Running, authorization: str) -> None:
    headers = [(b"Authorization", authorization.format(key=server.key).encode())]
    for route in ROUTES:
        if route.permission is Permission.API_KEY:
            url = server.url + route.path.replace("*", "prueba")
            response = httpx.request(route.method, url, headers=headers, json={})
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8321", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0",
     "127.0.0.1@evil.example", "192.168.1.10", "", "[::1", "localhost:x", "128.0.0.1"],
)  # fmt: skip
def test_a_foreign_host_name_is_refused(server: Running, host: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    connection.putrequest("GET", "/healthz", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status in (400, 403)
    connection.close()


def test_this_machine_s_names_are_answered(server: Running) -> None:
    port = urlsplit(server.url).port
    for host in (
        f"localhost:{port}",
        f"127.0.0.1:{port}",
        f"[::1]:{port}",
        "localhost",
        "LOCALHOST",
    ):
        assert get(server, "/v1/models", Host=host).status_code == 200


@given(st.text(st.characters(codec="ascii")))
def test_only_loopback_names_are_loopback(host: str) -> None:
    name = host.partition(":")[0].lower()
    if not (name in ("localhost", "") or host.startswith(("127.", "[::1]"))):
        assert not _is_loopback(host)


def test_pages_of_other_servers_are_refused(server: Running) -> None:
    assert get(server, "/v1/models", Origin="https://evil.example").status_code == 403
    assert get(server, "/v1/models", Origin="null").status_code == 403
    assert get(server, "/v1/models", Origin="http://127.0.0.1:1").status_code == 403
    assert get(server, "/v1/models", Origin=server.url).status_code == 200
    response = get(server, "/v1/models")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_body_that_is_too_large_is_413(server: Running) -> None:
    url = f"{server.url}/v1/chat/completions"
    assert httpx.post(url, headers=server.headers, content=b"x" * (MAX_BODY + 1)).status_code == 413

    def undeclared() -> Any:
        yield b'{"model": "'
        for _ in range(MAX_BODY // 65536 + 1):
            yield b"x" * 65536

    headers = {**server.headers, "Content-Type": "application/json"}
    response = httpx.post(url, headers=headers, content=undeclared())
    assert response.status_code == 413
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_every_answer_has_the_security_headers(server: Running) -> None:
    for path in ("/healthz", "/v1/models", "/nothing"):
        headers = get(server, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "server" not in headers or "uvicorn" in headers["server"]


def test_the_session_routes_are_closed_to_strangers_and_to_keys(server: Running) -> None:
    for headers in ({}, server.headers):
        page = httpx.get(server.url, headers=headers)
        assert (page.status_code, page.headers["location"]) == (303, "/login")
        for path in ("/_nicegui/x/static/nicegui.js", "/_nicegui_ws/socket.io/?EIO=4"):
            assert httpx.get(server.url + path, headers=headers).status_code == 401


def test_a_websocket_without_a_session_is_refused(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0)) as raw:
        raw.sendall(
            b"GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            b"Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b" 401 " in raw.recv(1000).split(b"\r\n")[0]
