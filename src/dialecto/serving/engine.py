"""What an engine is: something that continues a prompt, piece by piece.

Whoever uses an engine (terminal, server, page) sees only this; `transformers` on the CPU is
the reference, faster ones fit behind the same two types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


Prompt = str | Sequence[Message]


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen and when to stop.

    ``temperature`` 0 is greedy; None lets the engine choose (greedy for a model that answers,
    0.8 for one that continues text). With ``seed`` the same prompt gives the same text on the
    same machine. ``repetition_penalty`` above 1 divides the odds of tokens already in the
    context (Keskar et al., 2019); ``frequency_penalty`` and ``presence_penalty`` are OpenAI's,
    over the answer only.
    """

    max_tokens: int = 512
    temperature: float | None = None
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Answer(Protocol):
    """Pieces of text as they are made, and what they cost.

    The counts are right at any moment; ``finish_reason`` is None until the end: ``stop`` when
    the model or a stop string ended the answer, ``length`` when the room ran out. Closing it
    stops the work.
    """

    prompt_tokens: int
    completion_tokens: int
    finish_reason: FinishReason | None

    def __iter__(self) -> Iterator[str]: ...
    def __next__(self) -> str: ...
    def close(self) -> None: ...


class Engine(Protocol):
    """A loaded model. ``chats`` says whether it was taught to answer in turns."""

    @property
    def context(self) -> int: ...
    @property
    def chats(self) -> bool: ...
    @property
    def parameters(self) -> int: ...

    def stream(self, prompt: Prompt, sampling: Sampling) -> Answer:
        """Continue a text, or answer the last message of a conversation.

        A prompt longer than the context never fails: a conversation loses its oldest turns
        (never the system message), a text its beginning.
        """
