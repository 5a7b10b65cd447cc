"""Every request in the ledger: who, what model, how much, and fingerprints, never the text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ACTION = "serve.request"
Hook = Callable[[str, Mapping[str, Any]], object]


@dataclass
class Exchange:
    """What a request turned out to be; filled in while it is answered."""

    prompt: str = ""
    answer: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Audit:
    """Gives each finished request to a hook, which is the ledger's ``append``.

    An entry that could not be written (disk full) is kept and tried again before the next
    request is answered: :meth:`ready` is False until the record is whole.
    """

    def __init__(self, hook: Hook, fingerprint: Callable[[str], str]) -> None:
        self._hook = hook
        self._fingerprint = fingerprint
        self._unwritten: list[dict[str, Any]] = []
        self._lock = asyncio.Lock()

    async def write(self, exchange: Exchange, **facts: Any) -> None:
        """Record a request: `facts` are path, key, status, seconds."""
        entry = {**facts, **exchange.facts}
        for name, text in (("prompt", exchange.prompt), ("answer", exchange.answer)):
            if text:
                entry[f"{name}_hmac_sha256"] = self._fingerprint(text)
        self._unwritten.append(entry)
        await self.ready()

    async def ready(self) -> bool:
        """Write what is not written yet; whether nothing is left."""
        async with self._lock:
            while self._unwritten:
                try:
                    await asyncio.to_thread(self._hook, ACTION, self._unwritten[0])
                except Exception:  # whatever the disk or the database raises
                    return False
                self._unwritten.pop(0)
        return True
