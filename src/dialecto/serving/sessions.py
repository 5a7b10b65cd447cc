"""Who is logged in to the console: sessions in memory, and links that work once."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

SESSION_SECONDS = 12 * 3600.0
LINK_SECONDS = 3600.0


class Sessions:
    """Random tokens, kept as hashes and forgotten when they expire or the server ends."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[str, float] = {}
        self._links: dict[str, float] = {}

    def new_link(self) -> str:
        """A token that :meth:`use_link` takes once, within the hour."""
        return _remember(self._links, self._clock() + LINK_SECONDS)

    def use_link(self, token: str) -> bool:
        return self._links.pop(_hash(token), 0.0) > self._clock()

    def begin(self) -> str:
        """A new session's token, for a cookie."""
        now = self._clock()
        self._sessions = {h: end for h, end in self._sessions.items() if end > now}
        return _remember(self._sessions, now + SESSION_SECONDS)

    def holds(self, token: str) -> bool:
        return self._sessions.get(_hash(token), 0.0) > self._clock()

    def end(self, token: str) -> None:
        self._sessions.pop(_hash(token), None)


def _remember(tokens: dict[str, float], until: float) -> str:
    token = secrets.token_urlsafe(32)
    tokens[_hash(token)] = until
    return token


def _hash(token: str) -> str:
    # Looking up a hash tells nothing through time about a token that one does not have.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
