"""`/v1`: models, chat completions, completions, as OpenAI's clients expect them."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Send

from dialecto.serving.audit import Exchange
from dialecto.serving.engine import Prompt
from dialecto.serving.openai_schema import (
    ChatRequest,
    CompletionRequest,
    GenerationRequest,
    error_body,
    kind_of,
    usage,
)
from dialecto.serving.queue import Busy
from dialecto.serving.service import Service

LOG = logging.getLogger("uvicorn.error")  # the server's terminal
ERROR = kind_of(500)


class UnknownModel(HTTPException):
    """The request names a model that is not served here."""


def api_router(service: Service) -> APIRouter:
    """The routes; keys, sizes and hosts are the guard's business."""
    router = APIRouter(prefix="/v1")
    card = {
        "id": service.model.name,
        "object": "model",
        "created": service.created,
        "owned_by": "dialecto",
        "digest": service.model.digest,
    }

    @router.get("/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [card]}

    @router.get("/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        _check_model(service, name)
        return card

    @router.post("/chat/completions")
    async def chat_completions(body: ChatRequest, request: Request) -> Response:
        prompt = [message.as_message() for message in body.messages]
        return await _respond(service, body, prompt, request, _Shape.chat())

    @router.post("/completions")
    async def completions(body: CompletionRequest, request: Request) -> Response:
        return await _respond(service, body, body.text, request, _Shape.text())

    return router


class _Shape:
    """Where the text goes in chat and in plain completions."""

    def __init__(self, prefix: str, kind: str, chunk_kind: str) -> None:
        self.id = f"{prefix}-{secrets.token_hex(12)}"
        self.kind, self.chunk_kind = kind, chunk_kind
        self.created = int(time.time())

    @classmethod
    def chat(cls) -> _Shape:
        return cls("chatcmpl", "chat.completion", "chat.completion.chunk")

    @classmethod
    def text(cls) -> _Shape:
        return cls("cmpl", "text_completion", "text_completion")

    def whole(self, text: str, reason: str) -> dict[str, Any]:
        content: dict[str, Any] = {"text": text}
        if self.kind == "chat.completion":
            content = {"message": {"role": "assistant", "content": text, "refusal": None}}
        return {"index": 0, **content, "logprobs": None, "finish_reason": reason}

    def piece(self, text: str | None, reason: str | None, *, first: bool = False) -> dict[str, Any]:
        content: dict[str, Any] = {"text": text or ""}
        if self.kind == "chat.completion":
            delta = {"role": "assistant"} if first else {}
            content = {"delta": delta if text is None else {**delta, "content": text}}
        return {"index": 0, **content, "logprobs": None, "finish_reason": reason}


def _check_model(service: Service, name: str) -> None:
    if name != service.model.name:
        raise UnknownModel(
            404, f"there is no model '{name}' here; this server has '{service.model.name}'"
        )


async def _respond(
    service: Service, body: GenerationRequest, prompt: Prompt, request: Request, shape: _Shape
) -> Response:
    _check_model(service, body.model)
    exchange: Exchange = request.scope["state"]["exchange"]
    pieces = service.answer(prompt, body.sampling(service.max_tokens), exchange)
    head = {"id": shape.id, "created": shape.created, "model": service.model.name}
    head["system_fingerprint"] = service.model.digest
    try:
        # The first piece before the headers: a busy or failing engine still has a status.
        first = await anext(pieces, None)
    except Busy:
        raise HTTPException(
            429, "too many requests are waiting; try again shortly", {"Retry-After": "1"}
        ) from None
    if body.stream:
        include_usage = bool(body.stream_options and body.stream_options.include_usage)
        return EventStream(_events(first, pieces, exchange, head, shape, include_usage))
    async with aclosing(pieces):
        async for _piece in pieces:
            if await request.is_disconnected():
                break
    answered = {
        **head,
        "object": shape.kind,
        "choices": [shape.whole(exchange.answer, exchange.facts["finish_reason"])],
        "usage": usage(exchange.facts["prompt_tokens"], exchange.facts["completion_tokens"]),
    }
    return JSONResponse(answered)


async def _events(
    first: str | None,
    pieces: AsyncGenerator[str, None],
    exchange: Exchange,
    head: dict[str, Any],
    shape: _Shape,
    include_usage: bool,
) -> AsyncGenerator[str, None]:
    """Server-sent events: the role, the pieces, the reason, the usage if asked, the end."""
    extra = {"usage": None} if include_usage else {}

    def event(choices: list[dict[str, Any]], **more: Any) -> str:
        chunk = {**head, "object": shape.chunk_kind, "choices": choices, **extra, **more}
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"

    async with aclosing(pieces):
        if shape.kind == "chat.completion":
            yield event([shape.piece("", None, first=True)])
        if first is not None:
            yield event([shape.piece(first, None)])
            try:
                async for piece in pieces:
                    yield event([shape.piece(piece, None)])
            except Exception:  # the status is sent already: clients look for this in the stream
                LOG.exception("an answer failed")
                exchange.facts["finish_reason"] = "error"
                failure = error_body("the answer failed; the server's terminal says why", ERROR)
                yield f"data: {json.dumps(failure)}\n\n"
                return
    facts = exchange.facts
    yield event([shape.piece(None, facts["finish_reason"])])
    if include_usage:
        counts = usage(facts["prompt_tokens"], facts["completion_tokens"])
        yield event([], usage=counts)
    yield "data: [DONE]\n\n"


class EventStream(StreamingResponse):
    """A stream of events that closes its source when the reader has gone."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self.body_iterator):  # type: ignore[type-var]
            await super().stream_response(send)
