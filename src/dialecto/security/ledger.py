"""The ledger: an append-only record in which every entry carries the hash of the one before.

One SQLite file in WAL mode, so that the server and a run can write at once. A bare chain
does not show that its *last* entries were cut off, nor that all of it was rewritten, so the
head (sequence number and hash) is also written to a file beside it. Whoever can write both
can still rewrite both: only a copy of the head kept elsewhere shows that.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dialecto.runtime.files import canonical_json, read_json, write_json

GENESIS = "0" * 64
_COLUMNS = "seq, time, actor, action, facts, previous, hash"
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

    def is_as_written(self) -> bool:
        try:
            return self.expected_hash() == self.hash
        except (TypeError, ValueError):  # bytes or broken text where text was written
            return False

    def as_dict(self) -> dict[str, Any]:
        try:
            facts = json.loads(self.facts)
        except (TypeError, ValueError):
            facts = repr(self.facts)
        return {**asdict(self), "facts": facts}


@dataclass(frozen=True)
class Fault:
    """A place where the ledger is not what was written."""

    seq: int
    what: str


@dataclass(frozen=True)
class _Head:
    seq: int
    hash: str


class Ledger:
    """Append to, read and verify the ledger of a project."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head_path = path.with_name("ledger.head")

    def append(self, action: str, facts: Mapping[str, Any]) -> Entry:
        """Add an entry. Safe against other processes; durable when it returns."""
        with closing(self._connect()) as connection:
            with _writing(connection):
                last = self._continue_from(connection)
                draft = Entry(
                    seq=last.seq + 1,
                    time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                    actor=_os_user(),
                    action=action,
                    facts=canonical_json(facts).decode(),
                    previous=last.hash,
                    hash="",
                )
                entry = replace(draft, hash=draft.expected_hash())
                connection.execute(
                    "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                    tuple(asdict(entry).values()),
                )
            # After the commit: a kill in between leaves a head that is behind, which
            # verification accepts; a head that is ahead means that entries are gone. Under
            # the write lock again, so that of two processes the later entry is what stays.
            with _writing(connection):
                newest = _last(connection)
                if newest is not None:
                    write_json(self.head_path, asdict(newest))
        return entry

    def entries(self, limit: int | None = None) -> Iterator[Entry]:
        """All entries, or the `limit` newest ones, oldest first. Opens the file to read only."""
        if not self.path.exists():
            return
        newest = f"SELECT {_COLUMNS} FROM entries ORDER BY seq DESC LIMIT ?"
        query = f"SELECT {_COLUMNS} FROM ({newest}) ORDER BY seq"
        with closing(self._connect_to_read()) as connection:
            for row in connection.execute(query, (-1 if limit is None else limit,)):
                yield Entry(*row)

    def count(self) -> int:
        """How many entries there are; 0 when the file cannot be read."""
        if not self.path.exists():
            return 0
        try:
            with closing(self._connect_to_read()) as connection:
                return int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])
        except sqlite3.DatabaseError:
            return 0

    def last(self, action: str, **where: str) -> dict[str, Any] | None:
        """The facts of the newest entry of an action whose facts have these values."""
        if not self.path.exists():
            return None
        with closing(self._connect_to_read()) as connection:
            rows = connection.execute(
                "SELECT facts FROM entries WHERE action = ? ORDER BY seq DESC", (action,)
            )
            for (text,) in rows:
                with suppress(TypeError, ValueError):
                    facts: dict[str, Any] = json.loads(text)
                    if all(facts.get(name) == value for name, value in where.items()):
                        return facts
        return None

    def verify(self) -> list[Fault]:
        """Every changed, removed or reordered entry; empty when the ledger is intact."""
        if not self.path.exists():
            return [Fault(0, "the ledger file was removed")] if self.head_path.exists() else []
        faults: list[Fault] = []
        previous, expected_seq = GENESIS, 1
        hashes: dict[int, str] = {}
        try:
            for entry in self.entries():
                if entry.seq > expected_seq:
                    faults.append(Fault(expected_seq, _gap(expected_seq, entry.seq - 1)))
                elif entry.seq < expected_seq:
                    faults.append(Fault(entry.seq, "was added: the first entry is number 1"))
                elif entry.previous != previous:
                    faults.append(
                        Fault(
                            entry.seq,
                            "does not follow the entry before it: one of "
                            "the two was changed, replaced or reordered",
                        )
                    )
                if not entry.is_as_written():
                    faults.append(Fault(entry.seq, "was changed after it was written"))
                hashes[entry.seq] = previous = entry.hash
                expected_seq = entry.seq + 1
        except sqlite3.DatabaseError as error:
            faults.append(Fault(expected_seq, f"cannot be read: {error}"))
            return faults
        return faults + self._verify_head(hashes)

    def _connect(self) -> sqlite3.Connection:
        if not self.path.exists() and not self.head_path.exists():
            # So that a kill right after the first entry does not look like a removed head.
            write_json(self.head_path, asdict(_Head(0, GENESIS)))
        connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        connection.text_factory = _decode
        _switch_to_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_SCHEMA)
        return connection

    def _connect_to_read(self) -> sqlite3.Connection:
        """Never alters the file. `immutable` where the folder itself cannot be written."""
        address = self.path.absolute().as_uri()
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=60)
        connection.text_factory = _decode
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
            connection.text_factory = _decode
        return connection

    def _continue_from(self, connection: sqlite3.Connection) -> _Head:
        """What the next entry follows: the last one, unless the head shows that it is not.

        When entries were cut off or rewritten, the next one follows the head, so that the gap
        stays visible for ever instead of being written over.
        """
        last = _last(connection) or _Head(0, GENESIS)
        head = self._head()
        if head is None:
            return last
        there = connection.execute("SELECT hash FROM entries WHERE seq = ?", (head.seq,)).fetchone()
        if head.seq > last.seq or (there and there[0] != head.hash):
            return _Head(max(head.seq, last.seq), head.hash)
        return last

    def _head(self) -> _Head | None:
        """None when the file is missing or cannot be read."""
        try:
            head = read_json(self.head_path)
            return _Head(int(head["seq"]), str(head["hash"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _verify_head(self, hashes: dict[int, str]) -> list[Fault]:
        last = max(hashes, default=0)
        if not self.head_path.exists():
            return (
                [Fault(last, "ledger.head is missing, so removed last entries would not show")]
                if hashes
                else []
            )
        head = self._head()
        if head is None:
            return [Fault(last, "ledger.head cannot be read")]
        if head.seq > last:
            return [Fault(last + 1, _gap(last + 1, head.seq))]
        if head.seq in hashes and hashes[head.seq] != head.hash:
            return [
                Fault(head.seq, "is not the entry that ledger.head names: the chain was rewritten")
            ]
        return []


def _switch_to_wal(connection: sqlite3.Connection, patience: float = 60) -> None:
    """SQLite does not wait here: of two that make the file at once, one is told "locked"."""
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that holds the write lock from its start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _last(connection: sqlite3.Connection) -> _Head | None:
    row = connection.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
    return _Head(*row) if row else None


def _decode(data: bytes) -> str:
    """Text that is not UTF-8 was not written by us; it must not stop the verification."""
    return data.decode("utf-8", "surrogateescape")


def _gap(first: int, last: int) -> str:
    return "was removed" if first >= last else f"to {last} were removed"


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return "unknown"
