"""What the API and the console page share: the model, its queue, its limits, the audit."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from dialecto.serving.audit import Audit, Exchange
from dialecto.serving.engine import Answer, Prompt, Sampling
from dialecto.serving.keys import Credentials
from dialecto.serving.model import ServedModel
from dialecto.serving.queue import EngineQueue
from dialecto.serving.sessions import Sessions


@dataclass(frozen=True)
class Service:
    """Everything a request may need."""

    model: ServedModel
    queue: EngineQueue
    audit: Audit
    credentials: Credentials
    sessions: Sessions
    max_tokens: int
    lang: str
    created: int  # seconds since 1970, when the model was made

    @property
    def cookie(self) -> str:
        """Cookies do not tell ports apart: two servers must not overwrite each other's."""
        return f"dialecto_{self.credentials.id}"

    async def answer(
        self, prompt: Prompt, sampling: Sampling, exchange: Exchange
    ) -> AsyncGenerator[str, None]:
        """Pieces of an answer; `exchange` learns the texts and counts as they come."""
        exchange.prompt = _as_text(prompt)
        exchange.facts |= {"model": self.model.digest, "finish_reason": "cancelled"}
        answers: list[Answer] = []
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, self.max_tokens))
        stream = self.queue.stream(prompt, sampling, answers.append)
        try:
            async for piece in stream:
                exchange.answer += piece
                yield piece
            exchange.facts["finish_reason"] = answers[0].finish_reason
        finally:
            await stream.aclose()
            for answer in answers:
                exchange.facts["prompt_tokens"] = answer.prompt_tokens
                exchange.facts["completion_tokens"] = answer.completion_tokens


def _as_text(prompt: Prompt) -> str:
    """One text for each prompt, so that the same prompt has the same fingerprint."""
    if isinstance(prompt, str):
        return prompt
    turns = [[message.role, message.content] for message in prompt]
    return json.dumps(turns, ensure_ascii=False, separators=(",", ":"))
