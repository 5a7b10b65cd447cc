"""Looking never gets in a run's way, and a killed run leaves no lock."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dialecto.project import lock
from dialecto.project.lock import is_running, only_one
from dialecto.runtime import DialectoError


def test_looking_while_runs_start(tmp_path: Path) -> None:
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            is_running(tmp_path)

    watchers = [threading.Thread(target=look) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    try:
        for _ in range(30):
            with only_one(tmp_path):
                assert is_running(tmp_path)
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join()
    assert not is_running(tmp_path)


def test_the_second_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with (
        only_one(tmp_path),
        pytest.raises(DialectoError, match="another run"),
        only_one(tmp_path),
    ):
        pass


def test_where_no_run_has_been_nothing_is_made(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    assert list(tmp_path.iterdir()) == []
