"""The one door of the server: every request passes it, whatever the routes behind forget.

In order: the host it was asked for (a web page whose name is made to point here, DNS
rebinding, is refused), the page it comes from, the route table, the permission, the size of
the body. Then security headers on the way out, and the audit.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialecto.serving.audit import Exchange
from dialecto.serving.openai_schema import error_body, kind_of
from dialecto.serving.routes import WEBSOCKET, Permission, Route, find, methods
from dialecto.serving.service import Service

LOG = logging.getLogger("uvicorn.error")  # the server's terminal
MAX_BODY = 1 << 20  # bytes
# NiceGUI's page has scripts in it and compiles its templates, hence the two `unsafe`; nothing
# may come from or go to any other host.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # `no-referrer` would make forms of our own anonymous
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        exchange = Exchange()
        scope.setdefault("state", {})["exchange"] = exchange
        started, status = time.monotonic(), 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
                _add_headers(MutableHeaders(scope=message))
            await send(message)

        headers = Headers(scope=scope)
        method = scope.get("method", WEBSOCKET)
        route = find(method, scope["path"])
        if route and route.recorded and not await self._service.audit.ready():
            refusal: Response | None = _refuse(503, "the ledger cannot be written; see its disk")
        else:
            refusal = self._refusal(route, method, scope["path"], headers)
        try:
            if refusal is not None:
                await refusal(scope, receive, send_guarded)
            else:
                await self._app(scope, _limited(receive), send_guarded)
        except Exception:
            # Answered already (500, or a stream that says so). Raised further, it would close
            # a connection that the client means to use again.
            LOG.exception("a request failed: %s", route.path if route else "")
        finally:
            # Somebody who tries addresses that do not exist is told too, but not the address:
            # a path can carry anything.
            if route is None or route.recorded:
                known = scope["path"] if route and "*" not in route.path else ""
                await self._service.audit.write(
                    exchange,
                    path=known or (route.path if route else "unknown"),
                    method=method,
                    key=self._key_id(headers),
                    status=status,
                    seconds=round(time.monotonic() - started, 3),
                )

    def _refusal(
        self, route: Route | None, method: str, path: str, headers: Headers
    ) -> Response | None:
        """The answer to a request that must not go on; None when it may."""
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not _is_loopback(hosts[0]):
            return _refuse(403, "this server answers to localhost and 127.0.0.1 only")
        if any(urlsplit(origin).netloc != hosts[0] for origin in origins):
            return _refuse(403, "requests from pages of other servers are refused")
        if route is None:
            if allowed := methods(path):
                message = f"{method} is not allowed here; {', '.join(allowed)} is"
                return _refuse(405, message, {"Allow": ", ".join(allowed)})
            return _refuse(404, "there is nothing at this address")
        if not headers.get("content-length", "0").isdigit():
            return _refuse(400, "the Content-Length header is not a number")
        if int(headers.get("content-length", "0")) > MAX_BODY:
            return _refuse(413, TOO_LARGE)
        if route.permission is Permission.API_KEY and not self._has_key(headers):
            message = (
                "missing or wrong API key: send the header 'Authorization: Bearer KEY'. "
                "`dialecto serve --new-key` makes a new one."
            )
            challenge = {"WWW-Authenticate": "Bearer"}
            return _refuse(401, message, challenge, code="invalid_api_key")
        if route.permission is Permission.SESSION and not self._has_session(headers):
            if route.page:
                return RedirectResponse("/login", 303)
            return _refuse(401, "log in first, at /login")
        return None

    def _has_key(self, headers: Headers) -> bool:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._service.credentials.accepts(key.strip())

    def _has_session(self, headers: Headers) -> bool:
        return self._service.sessions.holds(session_token(headers, self._service.cookie))

    def _key_id(self, headers: Headers) -> str:
        """The id of the key shown now or at the login; empty when there was none."""
        known = self._has_key(headers) or self._has_session(headers)
        return self._service.credentials.id if known else ""


TOO_LARGE = f"the request is larger than {MAX_BODY >> 20} MiB"


def session_token(headers: Headers, cookie: str) -> str:
    """The session cookie's value; empty when there is none."""
    try:
        morsel = SimpleCookie("; ".join(headers.getlist("cookie"))).get(cookie)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _is_loopback(host: str) -> bool:
    """Whether a Host header names this machine, on any port (an SSH tunnel has its own)."""
    if not host:
        return False
    try:
        parts = urlsplit(f"//{host}")
        name, _port = parts.hostname or "", parts.port
        if parts.netloc != host or "@" in host:
            return False
        return name == "localhost" or (host[0] in "1[" and ipaddress.ip_address(name).is_loopback)
    except ValueError:
        return False


def _limited(receive: Receive) -> Receive:
    """Counts the body as it comes: a length need not be declared, nor true."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > MAX_BODY:
                raise HTTPException(413, TOO_LARGE)
        return message

    return counted


def _refuse(
    status: int, message: str, headers: dict[str, str] | None = None, code: str | None = None
) -> Response:
    return JSONResponse(error_body(message, kind_of(status), code=code), status, headers)


def _add_headers(headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
