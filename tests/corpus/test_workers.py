"""A unit that hangs or kills its worker costs only itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dialecto.corpus.workers import Crew, Named, Unit, WorkerError, worker_count


def write_units(task: tuple[str, dict[int, str]], lost: dict[int, str], unit: Unit) -> None:
    """Writes which of five units were done; some hang, crash or print."""
    path, behaviour = task
    done: list[str] = []
    for index in range(5):
        if index in lost:
            done.append(f"{index} {lost[index]}")
            continue
        unit(index, 1.0)
        match behaviour.get(index):
            case "hang":
                time.sleep(60)
            case "crash":
                os._exit(7)
            case "killed once":
                killed = Path(f"{path}-killed")
                if not killed.exists():
                    killed.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "print":
                print("noise on standard output")
                sys.stdout.flush()
        done.append(f"{index} done")
    Path(path).write_text("\n".join(done))


def fail(task: Any, _lost: dict[int, str], _unit: Unit) -> None:
    raise ValueError(f"no good: {task}")


def die_at_once(_task: Any, _lost: dict[int, str], _unit: Unit) -> None:
    os._exit(3)


def run(function: Any, tasks: list[Any]) -> list[int]:
    with Crew(1) as crew:
        return list(crew.run(function, tasks))


def test_results_of_all_tasks_whatever_their_units_do(tmp_path: Path) -> None:
    tasks = [
        (str(tmp_path / "well"), {}),
        (str(tmp_path / "ill"), {1: "crash", 3: "hang"}),
        (str(tmp_path / "loud"), {0: "print"}),
    ]
    with Crew(2) as crew:
        assert sorted(crew.run(write_units, tasks)) == [0, 1, 2]
        assert list(crew.run(write_units, [(str(tmp_path / "again"), {})])) == [0]
    assert (tmp_path / "well").read_text().split("\n") == [f"{i} done" for i in range(5)]
    assert (tmp_path / "ill").read_text().split("\n") == [
        "0 done",
        "1 crashed",
        "2 done",
        "3 timeout",
        "4 done",
    ]
    assert (tmp_path / "loud").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_worker_killed_from_outside_costs_no_document(tmp_path: Path) -> None:
    tasks = [(str(tmp_path / "once"), {2: "killed once"}), (str(tmp_path / "ever"), {2: "killed"})]
    assert sorted(run(write_units, tasks)) == [0, 1]
    assert (tmp_path / "once").read_text().count("done") == 5
    # A document that exhausts the memory is killed every time.
    assert (tmp_path / "ever").read_text().split("\n")[2] == "2 crashed"


def test_an_error_of_the_step_itself_is_told() -> None:
    with pytest.raises(WorkerError, match=r"ValueError: no good: 5 \(test_workers\.py:\d+\)"):
        run(fail, [5])


def test_a_worker_that_dies_without_a_unit_is_an_error() -> None:
    with pytest.raises(WorkerError, match="crashed before its first document"):
        run(die_at_once, [1])


def test_no_tasks_no_processes() -> None:
    assert run(fail, []) == []


def test_no_more_workers_than_the_memory_is_enough_for() -> None:
    assert worker_count(3, 1e12) == 3
    assert worker_count(64, 3e9) == 5  # 0.5 GB each, and as much for the main process
    assert worker_count(64, 1e9) == 1
    assert worker_count(0) >= 1


def test_a_function_by_its_name_is_imported_by_the_worker(tmp_path: Path) -> None:
    named = Named(write_units.__module__, "write_units")
    assert run(named, [(str(tmp_path / "done"), {})]) == [0]
    assert (tmp_path / "done").read_text().count("done") == 5


def write_modules(task: str, _lost: dict[int, str], _unit: Unit) -> None:
    """Writes whether arrays have brought pandas along, and whether it can still be had."""
    import pyarrow as pa

    pa.Table.from_pylist([{"a": 1}])
    loaded = "pandas" in sys.modules
    frame = pa.table({"a": [1]}).to_pandas()
    Path(task).write_text(f"{loaded} {len(frame)}")


def test_workers_load_pandas_only_when_it_is_used(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    run(write_modules, [str(tmp_path / "told")])
    assert (tmp_path / "told").read_text() == "False 1"


USER = """
import sys
from dialecto.corpus.no_pandas import without_pandas
import pyarrow as pa

with without_pandas():
    pa.array([1, 2])
    loaded = "pandas" in sys.modules
import pandas as pd

print(loaded, pa.array(pd.Series([1.0, float("nan")])).null_count)
"""


def test_the_stage_hides_pandas_for_a_while_only() -> None:
    pytest.importorskip("pandas")
    done = subprocess.run([sys.executable, "-c", USER], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "1"]  # a column's NaN is missing again
