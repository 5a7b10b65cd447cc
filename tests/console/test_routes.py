"""The routes that the page brings with it are in the table of the guard."""

from __future__ import annotations

from nicegui import core

from dialecto.serving.routes import Permission, find
from tests.serving.test_guard import routes_of


def test_every_route_of_the_page_s_framework_needs_a_session() -> None:
    routes = [(m, p) for m, p in routes_of(core.app.routes) if p != "/favicon.ico"]
    assert len(routes) >= 6
    for method, path in routes:
        route = find(method, path)
        assert route is not None, f"{method} {path} is not in the table"
        assert route.permission is Permission.SESSION, path
