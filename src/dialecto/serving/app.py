"""The application: routes behind the guard, errors in OpenAI's shape, no pages of FastAPI's."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from dialecto.serving.guard import Guard
from dialecto.serving.openai_api import UnknownModel, api_router
from dialecto.serving.openai_schema import error_body, kind_of
from dialecto.serving.service import Service


def build_app(service: Service) -> FastAPI:
    """The unguarded application; pages can be added to it before :func:`guarded`."""
    app = FastAPI(title="dialecto", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(api_router(service))
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _failed)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def guarded(app: FastAPI, service: Service) -> ASGIApp:
    """What the network may talk to."""
    return Guard(app, service)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = "model_not_found" if isinstance(error, UnknownModel) else None
    body = error_body(str(error.detail), kind_of(error.status_code), code=code)
    return JSONResponse(body, error.status_code, error.headers)


async def _failed(_request: Request, _error: Exception) -> Response:
    """The reason is in the server's terminal; it may name files, which callers need not know."""
    return JSONResponse(error_body("the server failed; its terminal says why", kind_of(500)), 500)


async def _invalid(_request: Request, error: Exception) -> Response:
    """400 with the first problem's field and all problems' messages, never the values."""
    assert isinstance(error, RequestValidationError)
    problems = [(_field(detail), _message(detail)) for detail in error.errors()]
    message = "; ".join(f"{field}: {text}" if field else text for field, text in problems)
    body = error_body(message, kind_of(400), param=problems[0][0] or None)
    return JSONResponse(body, 400)


def _field(detail: dict[str, Any]) -> str:
    return ".".join(str(part) for part in detail["loc"][1:] if detail["type"] != "json_invalid")


def _message(detail: dict[str, Any]) -> str:
    if detail["type"] == "json_invalid":
        return "the body is not valid JSON"
    return str(detail["msg"]).removeprefix("Value error, ")
