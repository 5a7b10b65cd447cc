"""Coming in: with the API key, or once with the link that the server prints at its start."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from jinja2 import Environment
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dialecto.console.assets import asset
from dialecto.console.texts import text
from dialecto.serving.guard import session_token
from dialecto.serving.service import Service


def login_router(service: Service) -> APIRouter:
    """`/login` and the icon; both are public in the route table."""
    router = APIRouter()
    environment = Environment(autoescape=True)
    environment.filters["code"] = _with_code
    template = environment.from_string(asset("login.html"))

    def page(status: int = 200, *, failed: str = "", entered: bool = False) -> HTMLResponse:
        html = template.render(
            t=partial(text, service.lang),
            lang=service.lang,
            name=service.model.name,
            style=asset("style.css"),
            mark=asset("mark.svg"),
            failed=failed,
            entered=entered,
        )
        return HTMLResponse(html, status)

    def enter(response: Response) -> Response:
        response.set_cookie(
            service.cookie, service.sessions.begin(), httponly=True, samesite="strict", path="/"
        )
        return response

    @router.get("/login")
    async def login(request: Request, token: str = "") -> Response:
        if token:
            # A page that goes on by itself, not a redirect: a browser that came from another
            # site (a terminal in a web page) does not send a strict cookie after a redirect.
            used = service.sessions.use_link(token)
            return enter(page(entered=True)) if used else page(403, failed="link_used")
        if service.sessions.holds(session_token(request.headers, service.cookie)):
            return RedirectResponse("/", 303)
        return page()

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        if not service.credentials.accepts(form.get("key", [""])[0].strip()):
            return page(401, failed="wrong_key")
        request.scope["state"]["exchange"].facts["key"] = service.credentials.id
        return enter(RedirectResponse("/", 303))

    @router.get("/favicon.ico")
    async def favicon() -> Response:
        return Response(asset("mark.svg"), media_type="image/svg+xml")

    return router


def _with_code(words: str) -> Markup:
    """HTML of a text in which what stands between backticks is code."""
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", str(escape(words))))
