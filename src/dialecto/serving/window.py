"""Makes a prompt fit into the context: the system message and the latest turns stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dialecto.serving.engine import Message

ANSWER_SHARE = 3  # at most one third of the context is kept free for the answer


def prompt_room(context: int, max_tokens: int) -> int:
    """Tokens that a prompt may take so that an answer still has room."""
    return max(1, context - max(1, min(max_tokens, context // ANSWER_SHARE)))


@dataclass(frozen=True)
class Window:
    """How a model sees text: ``render`` turns messages into tokens with its chat template,
    ``encode`` and ``decode`` are plain text to tokens and back."""

    render: Callable[[Sequence[Message]], list[int]]
    encode: Callable[[str], list[int]]
    decode: Callable[[Sequence[int]], str]

    def fit(self, messages: Sequence[Message], room: int) -> list[int]:
        """Tokens of the conversation, at most `room`, oldest turns dropped first."""
        system = [m for m in messages if m.role == "system"]
        turns = self._latest([m for m in messages if m.role != "system"], room)
        tokens = self.render([*system, *turns])
        while len(tokens) > room and len(turns) > 1:
            turns = _without_oldest(turns)
            tokens = self.render([*system, *turns])
        # The last message alone is too long: its end matters most, and of the system
        # message its beginning, which then has half of the room.
        if len(tokens) > room and turns and system:
            over = len(tokens) - room
            spare = sum(len(self.encode(m.content)) for m in system) - room // 2
            if spare > 0:
                system = self._cut(system, min(over, spare), keep_end=False)
                tokens = self.render([*system, *turns])
        for _attempt in range(3):  # cutting at a token can make one or two more
            if len(tokens) <= room or not (turns or system):
                break
            over = len(tokens) - room
            if turns:
                turns = self._cut(turns, over, keep_end=True)
            else:
                system = self._cut(system, over, keep_end=False)
            tokens = self.render([*system, *turns])
        return tokens[-room:]

    def _latest(self, turns: list[Message], room: int) -> list[Message]:
        """The turns that may fit by their words alone: thousands of old ones are dropped at
        once, where trying one after another would take quadratic time."""
        taken = 0
        for index in range(len(turns) - 1, -1, -1):
            taken += len(self.encode(turns[index].content)) + 1  # at least one mark each
            if taken > room and index < len(turns) - 1:
                return _from_user(turns[index + 1 :])
        return turns

    def _cut(self, messages: Sequence[Message], over: int, *, keep_end: bool) -> list[Message]:
        """The messages with `over` tokens less, taken from the first that has them."""
        result = []
        for message in messages:
            tokens = self.encode(message.content)
            taken = min(over, len(tokens))
            over -= taken
            if taken:
                kept = tokens[taken:] if keep_end else tokens[: len(tokens) - taken]
                message = replace(message, content=self.decode(kept).strip("\ufffd"))
            result.append(message)
        return result


def _without_oldest(turns: list[Message]) -> list[Message]:
    """One exchange less; what is left begins with the user, as the model was taught."""
    return _from_user(turns[1:])


def _from_user(turns: list[Message]) -> list[Message]:
    """Without what comes before the first of the user's turns; the last one always stays."""
    first = next((i for i, turn in enumerate(turns) if turn.role == "user"), len(turns) - 1)
    return turns[first:]
