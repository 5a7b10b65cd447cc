"""One model, many askers: answers are made one after another, in the order of asking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from dialecto.serving.engine import Answer, Engine, Prompt, Sampling

WAITING = 16  # requests that may wait; the next one is told to come back


class Busy(Exception):
    """Too many requests are waiting."""


class EngineQueue:
    """Runs an engine in threads so that the server stays awake, one answer at a time."""

    def __init__(self, engine: Engine, waiting: int = WAITING) -> None:
        self._engine = engine
        self._limit = waiting + 1
        self._inside = 0
        self._turn = asyncio.Lock()  # first come, first served

    async def stream(
        self, prompt: Prompt, sampling: Sampling, started: Callable[[Answer], object]
    ) -> AsyncGenerator[str, None]:
        """Pieces of the answer. Whoever stops reading stops the work.

        `started` is given the answer, for its counts, when its turn has come.
        Raises Busy at once when too many wait.
        """
        if self._inside >= self._limit:
            raise Busy
        self._inside += 1
        try:
            async with self._turn:
                answer = await asyncio.to_thread(self._engine.stream, prompt, sampling)
                started(answer)
                # One thread hop for each piece (some 0.1 ms) and no work that nobody reads.
                while (piece := await asyncio.to_thread(next, answer, None)) is not None:
                    yield piece
        finally:
            self._inside -= 1
