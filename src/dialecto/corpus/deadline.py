"""A moment after which something is called back: how long a worker may be silent."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

_LONGEST_SLEEP = 3600.0  # seconds


class Deadline:
    """Calls back when a moment passes that nobody has moved. One thread, not one for each wait."""

    def __init__(self, expire: Callable[[], None]) -> None:
        self._expire = expire
        self._changed = threading.Condition()
        self._at = self._wakes = math.inf
        self._closed = False
        self._thread: threading.Thread | None = None

    def set(self, seconds: float) -> None:
        """The moment is so many seconds from now."""
        with self._changed:
            self._at = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif self._at < self._wakes:
                self._changed.notify()

    def clear(self) -> None:
        """There is no moment."""
        self._at = math.inf

    def close(self) -> None:
        """Ends the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                if now >= self._at:
                    self._at = math.inf
                    self._expire()
                    continue
                self._wakes = min(self._at, now + _LONGEST_SLEEP)
                self._changed.wait(self._wakes - now)
