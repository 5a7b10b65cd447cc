"""The table of everything the server answers to. What is not in it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a caller must show."""

    PUBLIC = "public"
    API_KEY = "api key"
    SESSION = "session"


@dataclass(frozen=True)
class Route:
    """A method and a path; a path that ends with ``*`` stands for all below it.

    ``page`` routes answer a person: without a session they lead to the login. ``recorded``
    routes are written to the ledger.
    """

    method: str
    path: str
    permission: Permission
    page: bool = False
    recorded: bool = False

    def matches(self, path: str) -> bool:
        if self.path.endswith("*"):
            return path.startswith(self.path[:-1])
        return path == self.path


API, SESSION, PUBLIC = Permission.API_KEY, Permission.SESSION, Permission.PUBLIC
WEBSOCKET = "WEBSOCKET"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/models", API, recorded=True),
    Route("GET", "/v1/models/*", API, recorded=True),
    Route("POST", "/v1/chat/completions", API, recorded=True),
    Route("POST", "/v1/completions", API, recorded=True),
    Route("GET", "/healthz", PUBLIC),
    Route("GET", "/favicon.ico", PUBLIC),
    Route("GET", "/login", PUBLIC, page=True),
    Route("POST", "/login", PUBLIC, page=True, recorded=True),
    Route("GET", "/", SESSION, page=True),
    # NiceGUI's own: its scripts and the socket that the page lives on.
    Route("GET", "/_nicegui/*", SESSION),
    Route("GET", "/_nicegui_ws/*", SESSION),
    Route("POST", "/_nicegui_ws/*", SESSION),
    Route(WEBSOCKET, "/_nicegui_ws/*", SESSION),
)


def find(method: str, path: str) -> Route | None:
    """The route of a request; None when there is none."""
    method = "GET" if method == "HEAD" else method
    return next((r for r in ROUTES if r.method == method and r.matches(path)), None)


def methods(path: str) -> list[str]:
    """What a path answers to, for the refusal of a wrong method."""
    return sorted({r.method for r in ROUTES if r.matches(path)} - {WEBSOCKET})
