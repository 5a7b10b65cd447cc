"""The routes that the console adds are in the table of the guard."""

from __future__ import annotations

from typing import cast

from nicegui import core

from dialecto.console.login import login_router
from dialecto.serving.routes import Permission, find
from dialecto.serving.service import Service
from tests.serving.test_guard import routes_of


def test_every_route_of_the_page_s_framework_needs_a_session() -> None:
    routes = [(m, p) for m, p in routes_of(core.app.routes) if p != "/favicon.ico"]
    assert len(routes) >= 6
    for method, path in routes:
        route = find(method, path)
        assert route is not None, f"{method} {path} is not in the table"
        assert route.permission is Permission.SESSION, path


def test_only_the_login_is_public() -> None:
    routes = routes_of(login_router(cast(Service, None)).routes)
    assert {path for _, path in routes} == {"/login", "/favicon.ico"}
    for method, path in routes:
        route = find(method, path)
        assert route is not None
        assert route.permission is Permission.PUBLIC
