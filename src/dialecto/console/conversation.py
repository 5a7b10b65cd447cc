"""A conversation with a model: what was said, and one answer at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from dialecto.serving.engine import Engine, Message, Prompt, Sampling


@dataclass(frozen=True)
class Reply:
    """One finished answer and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        facts = asdict(self)
        return {**facts, "tokens": facts["completion_tokens"], "seconds": round(self.seconds, 3)}


def reply(
    engine: Engine, prompt: Prompt, sampling: Sampling, show: Callable[[str], object]
) -> Reply:
    """Run the engine to the end, showing each piece. Ctrl-C keeps what was said so far."""
    started, pieces = time.monotonic(), []
    answer = engine.stream(prompt, sampling)
    try:
        for piece in answer:
            pieces.append(piece)
            show(piece)
        reason: str = answer.finish_reason or "stop"
    except KeyboardInterrupt:
        answer.close()
        reason = "interrupted"
    return Reply(
        "".join(pieces),
        answer.prompt_tokens,
        answer.completion_tokens,
        reason,
        time.monotonic() - started,
    )


@dataclass
class Conversation:
    """The turns so far. Fitting them into the context is the engine's work."""

    engine: Engine
    sampling: Sampling
    system: str = ""
    turns: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        return [*([Message("system", self.system)] if self.system else []), *self.turns]

    def ask(self, question: str, show: Callable[[str], object]) -> Reply:
        """Add a question and its answer."""
        self.turns.append(Message("user", question))
        answered = reply(self.engine, self.messages, self.sampling, show)
        self.turns.append(Message("assistant", answered.text))
        return answered

    def forget(self) -> None:
        self.turns.clear()
