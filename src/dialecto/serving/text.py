"""From tokens to text that can be shown at once: whole characters, no half stop strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

REPLACEMENT = "\ufffd"
LONGEST_CHARACTER = 4  # bytes of UTF-8, so tokens after which a broken character stays broken


class Detokenizer:
    """Turns tokens into text one at a time, holding back characters that are not whole yet.

    ``decode`` gives the text of some tokens. Each call sees the tokens since the last border
    and the piece before them, because in many vocabularies a token's text depends on whether
    it comes first (the space of SentencePiece).
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._shown: list[int] = []
        self._waiting: list[int] = []

    def push(self, token: int) -> str:
        """The text that this token completes; empty while a character is in pieces."""
        self._waiting.append(token)
        text = self._new_text()
        if text.endswith(REPLACEMENT) and len(self._waiting) < LONGEST_CHARACTER:
            return ""
        return self._settle(text)

    def flush(self) -> str:
        """What is left at the end, broken characters shown as U+FFFD."""
        return self._settle(self._new_text())

    def _new_text(self) -> str:
        before = self._decode(self._shown)
        return self._decode(self._shown + self._waiting)[len(before) :]

    def _settle(self, text: str) -> str:
        if text:
            self._shown, self._waiting = self._waiting, []
        return text


class StopStrings:
    """Cuts a stream of text at the first stop string, which may span pieces.

    >>> stops = StopStrings(("END",))
    >>> stops.push("the E"), stops.push("ND of")
    ('the ', '')
    >>> stops.stopped
    True
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def push(self, piece: str) -> str:
        """The part that can be shown. What might begin a stop string is held back."""
        text = self._held + piece
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """What was held back and turned out to be text."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that `stop` begins with."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
