"""The ledger: an append-only record in which every entry carries the hash of the one before.

One SQLite file in WAL mode, so that the server and a run can write at once. A bare chain
does not show that its *last* entries were cut off, nor that all of it was rewritten, so the
head (sequence number and hash) is also written to a file beside it.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dialecto.runtime.files import canonical_json, read_json, write_json

GENESIS = "0" * 64
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY, time TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    facts TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS append_only_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS append_only_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when (UTC), by whom (OS user), what, with which facts."""

    seq: int
    time: str
    actor: str
    action: str
    facts: str  # canonical JSON, kept as text so that its hash never depends on a parser
    previous: str
    hash: str

    def expected_hash(self) -> str:
        body = {k: v for k, v in asdict(self).items() if k != "hash"}
        return hashlib.sha256(canonical_json(body)).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "facts": json.loads(self.facts)}


@dataclass(frozen=True)
class Fault:
    """A place where the ledger is not what was written."""

    seq: int
    what: str


class Ledger:
    """Append to, read and verify the ledger of a project."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head_path = path.with_name("ledger.head")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_SCHEMA)
        return connection

    def append(self, action: str, facts: Mapping[str, Any]) -> Entry:
        """Add an entry. Safe against other processes; durable when it returns."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                row = connection.execute(
                    "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1"
                ).fetchone()
                last_seq, last_hash = row or (0, GENESIS)
                draft = Entry(
                    seq=last_seq + 1,
                    time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    actor=_os_user(),
                    action=action,
                    facts=canonical_json(facts).decode(),
                    previous=last_hash,
                    hash="",
                )
                entry = Entry(**{**asdict(draft), "hash": draft.expected_hash()})
                connection.execute(
                    "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                    tuple(asdict(entry).values()),
                )
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            # Written after the commit: a kill in between leaves a head that is behind, which
            # verification accepts; a head that is ahead means that entries are gone.
            write_json(self.head_path, {"seq": entry.seq, "hash": entry.hash})
        return entry

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first."""
        if not self.path.exists():
            return
        with closing(self._connect()) as connection:
            for row in connection.execute("SELECT * FROM entries ORDER BY seq"):
                yield Entry(*row)

    def verify(self) -> list[Fault]:
        """Every changed, removed or reordered entry; empty when the ledger is intact."""
        faults: list[Fault] = []
        if not self.path.exists() and self.head_path.exists():
            return [Fault(0, "the ledger file was removed")]
        previous, expected_seq = GENESIS, 1
        hashes: dict[int, str] = {}
        try:
            for entry in self.entries():
                if entry.seq != expected_seq:
                    faults.append(Fault(expected_seq, _gap(expected_seq, entry.seq - 1)))
                elif entry.previous != previous:
                    faults.append(
                        Fault(
                            entry.seq,
                            "does not follow the entry before it: one of "
                            "the two was changed, replaced or reordered",
                        )
                    )
                if entry.expected_hash() != entry.hash:
                    faults.append(Fault(entry.seq, "was changed after it was written"))
                hashes[entry.seq] = previous = entry.hash
                expected_seq = entry.seq + 1
        except sqlite3.DatabaseError as error:
            faults.append(Fault(expected_seq, f"cannot be read: {error}"))
            return faults
        return faults + self._verify_head(hashes)

    def _verify_head(self, hashes: dict[int, str]) -> list[Fault]:
        last = max(hashes, default=0)
        if not self.head_path.exists():
            return (
                [Fault(last, "ledger.head is missing, so removed last entries would not show")]
                if hashes
                else []
            )
        try:
            head = read_json(self.head_path)
            seq, digest = int(head["seq"]), str(head["hash"])
        except (ValueError, KeyError, TypeError):
            return [Fault(last, "ledger.head cannot be read")]
        if seq > last:
            return [Fault(last + 1, _gap(last + 1, seq))]
        if seq in hashes and hashes[seq] != digest:
            return [Fault(seq, "is not the entry that ledger.head names: the chain was rewritten")]
        return []


def _gap(first: int, last: int) -> str:
    return "was removed" if first >= last else f"to {last} were removed"


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
