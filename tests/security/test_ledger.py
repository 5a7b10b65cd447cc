"""Whatever happened verifies; whatever was done to the record afterwards is found and named."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.runtime.files import read_json, write_json
from dialecto.security import Ledger

FACTS = st.dictionaries(
    st.text(max_size=8).filter(lambda s: s.isprintable()),
    st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.none(), st.lists(st.text())),
    max_size=4,
)


def ledger_with(folder: Path, entries: int) -> Ledger:
    ledger = Ledger(folder / "ledger.db")
    for number in range(entries):
        ledger.append("stage.done", {"number": number, "name": f"etapa {number} ñ"})
    return ledger


@contextmanager
def attacker(ledger: Ledger) -> Iterator[sqlite3.Connection]:
    """Someone who owns the disk and takes the triggers away first."""
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as connection:
        for name in ("append_only_update", "append_only_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        yield connection


@given(st.lists(st.tuples(st.text(min_size=1, max_size=10), FACTS), max_size=6))
@settings(max_examples=15, deadline=None)
def test_any_sequence_of_entries_verifies(entries: list[tuple[str, dict[str, object]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.db")
        for action, facts in entries:
            if any("\ud800" <= c <= "\udfff" for c in action + json.dumps(facts)):
                continue
            ledger.append(action, facts)
        assert ledger.verify() == []
        assert [e.seq for e in ledger.entries()] == list(range(1, ledger.count() + 1))


@given(
    seq=st.integers(1, 5),
    column=st.sampled_from(["time", "actor", "action", "facts", "previous", "hash"]),
    value=st.one_of(st.text(max_size=12).filter(lambda s: s.isprintable()), st.binary(max_size=9)),
)
@settings(max_examples=30, deadline=None)
def test_any_changed_field_is_found_and_named(seq: int, column: str, value: str | bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_with(Path(folder), 5)
        with attacker(ledger) as connection:
            connection.execute(f"UPDATE entries SET {column} = ? WHERE seq = ?", (value, seq))
        assert seq in {fault.seq for fault in ledger.verify()}
        list(map(str, (entry.as_dict() for entry in ledger.entries())))  # can still be shown


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_removed_entry_is_found(tmp_path: Path, seq: int) -> None:
    ledger = ledger_with(tmp_path, 5)
    with attacker(ledger) as connection:
        connection.execute("DELETE FROM entries WHERE seq = ?", (seq,))
    assert [(fault.seq, fault.what) for fault in ledger.verify()] == [(seq, "was removed")]


def test_removed_last_entries_stay_visible_after_later_ones(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, 5)
    with attacker(ledger) as connection:
        connection.execute("DELETE FROM entries WHERE seq > 3")
    assert [fault.what for fault in ledger.verify()] == ["to 5 were removed"]
    ledger.append("stage.done", {})
    assert [(f.seq, f.what) for f in ledger.verify()] == [(4, "to 5 were removed")]


def test_swapped_entries_are_found(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, 5)
    with attacker(ledger) as connection:
        for old, new in ((2, 99), (4, 2), (99, 4)):
            connection.execute("UPDATE entries SET seq = ? WHERE seq = ?", (new, old))
    assert {2, 4} <= {fault.seq for fault in ledger.verify()}


def test_a_rewritten_chain_is_found_by_its_head(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, 3)
    fresh = Ledger(tmp_path / "again" / "ledger.db")
    fresh.path.parent.mkdir()
    for entry in ledger.entries():
        fresh.append(entry.action, {"forged": True})
    shutil.copy(fresh.path, ledger.path)
    assert any("ledger.head" in fault.what for fault in ledger.verify())
    ledger.append("stage.done", {})
    assert ledger.verify() != []  # and stays so


def test_the_database_itself_refuses_changes(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, 2)
    with closing(sqlite3.connect(ledger.path)) as connection:
        for statement in ("UPDATE entries SET actor = 'x'", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_what_is_missing_or_broken_is_said(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, 2)
    ledger.head_path.write_text("nonsense", encoding="utf-8")
    assert ["cannot be read" in f.what for f in ledger.verify()] == [True]
    ledger.head_path.unlink()
    assert ["is missing" in f.what for f in ledger.verify()] == [True]
    ledger.append("stage.done", {})
    assert ledger.verify() == []
    ledger.path.write_bytes(b"this is no database" * 300)
    assert ["cannot be read" in f.what for f in ledger.verify()] == [True]
    assert ledger.count() == 0
    for path in tmp_path.glob("ledger.db*"):
        path.unlink()
    assert [f.what for f in ledger.verify()] == ["the ledger file was removed"]


def test_a_head_that_is_behind_is_what_a_kill_leaves(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append("a", {})
    behind = read_json(ledger.head_path)
    ledger.append("b", {})
    write_json(ledger.head_path, behind)
    assert ledger.verify() == []
    ledger.append("c", {})
    assert ledger.verify() == []
    assert read_json(ledger.head_path)["seq"] == 3


def test_verifying_does_not_alter_the_file(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, 3)
    before = ledger.path.read_bytes()
    assert ledger.verify() == []
    assert ledger.path.read_bytes() == before
    assert Ledger(tmp_path / "none" / "ledger.db").verify() == []
    assert not (tmp_path / "none").exists()


def test_limit_and_last(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path, 5)
    assert [entry.seq for entry in ledger.entries(limit=2)] == [4, 5]
    assert ledger.last("stage.done") == {"number": 4, "name": "etapa 4 ñ"}
    assert ledger.last("stage.done", name="etapa 1 ñ") == {"number": 1, "name": "etapa 1 ñ"}
    assert ledger.last("stage.done", name="x") is None


def test_a_new_ledger_is_opened_by_many_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(20):
            path = tmp_path / str(number) / "ledger.db"
            path.parent.mkdir()
            ready = threading.Barrier(8)

            def append(path: Path = path, ready: threading.Barrier = ready) -> None:
                ready.wait()
                Ledger(path).append("stage.done", {})

            for done in [pool.submit(append) for _ in range(8)]:
                done.result()
            assert Ledger(path).verify() == []
            assert Ledger(path).count() == 8


def append_many(path: Path, name: str) -> None:
    for number in range(10):
        Ledger(path).append(name, {"number": number})


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=append_many, args=(path, name)) for name in "ab"]
    for process in both:
        process.start()
    for process in both:
        process.join()
        assert process.exitcode == 0
    ledger = Ledger(path)
    assert ledger.verify() == []
    assert ledger.count() == 20
    assert read_json(ledger.head_path)["seq"] == 20
