"""What it costs to hand out chunks: our local pool, Ray tasks (what we use) and Ray Data.

    python benchmarks/engines.py [--tasks 100] [--seconds 0.05] [--repeats 3]

Each engine hands the same tasks, which only wait, to two workers, in a process of its own. Shown
are the seconds until the engine is up, until the first result and until the last, and the
resident memory of all its processes. Two workers cannot need less than tasks x seconds / 2.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

ENGINES = ("local", "ray tasks", "ray data")


def wait(task: float, _lost: dict[int, str], unit: Any) -> None:
    """A chunk that takes its time."""
    unit(0, 60.0)
    time.sleep(task)


def results(engine: str, tasks: list[float], marker: Path) -> Iterator[Any]:
    """First an empty result when the engine is up, then one for each task."""
    from dialecto.corpus.cluster import Cluster
    from dialecto.corpus.workers import Crew

    if engine == "local":
        with Crew(2) as crew:
            yield None
            yield from crew.run(wait, tasks)
        return
    with Cluster("", 2, marker) as cluster:
        if engine == "ray tasks":
            yield None
            yield from cluster.run(wait, tasks)
            return
        import ray.data

        from dialecto.corpus.cluster import _work

        ray.data.DataContext.get_current().enable_progress_bars = False
        yield None
        rows = [{"index": index, "task": task} for index, task in enumerate(tasks)]
        made = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
            lambda row: {"index": row["index"], "problem": _work(wait, row["task"])}
        )
        yield from made.iter_rows()


def measure(engine: str, number: int, seconds: float) -> dict[str, float]:
    """One engine in this process."""
    with tempfile.TemporaryDirectory() as folder:
        marker = Path(folder) / "marker"
        marker.write_text("marker")
        times = [time.monotonic()]
        memory = 0
        for done in results(engine, [seconds] * number, marker):
            times.append(time.monotonic())
            if done is not None and len(times) % 20 == 0:
                memory = max(memory, tree_memory())
    return {
        "up": times[1] - times[0],
        "first": times[2] - times[1],
        "all": times[-1] - times[1],
        "megabytes": memory / 1e6,
    }


def tree_memory() -> int:
    """Resident bytes of this process and all below it."""
    me, total = psutil.Process(), 0
    for process in [me, *me.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def measured_apart(engine: str, number: int, seconds: float) -> dict[str, float]:
    """One engine in a process that can be imported from, as workers must."""
    call = (
        f"import json, engines; print(json.dumps(engines.measure({engine!r}, {number}, {seconds})))"
    )
    found = [str(Path(__file__).parent), *(path for path in sys.path[1:] if path)]
    output = subprocess.check_output(
        [sys.executable, "-W", "ignore", "-c", call],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(found)},
        stderr=subprocess.DEVNULL,
        text=True,
    )
    answer: dict[str, float] = json.loads(output.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(f"{options.tasks} tasks of {options.seconds} s, load {os.getloadavg()[0]:.1f}")
    print("| engine | up s | first result s | all s | MB |\n|---|---|---|---|---|")
    for engine in ENGINES:
        runs = [
            measured_apart(engine, options.tasks, options.seconds) for _ in range(options.repeats)
        ]
        cells = []
        for name in ("up", "first", "all", "megabytes"):
            values = sorted(run[name] for run in runs)
            digits = 0 if name == "megabytes" else 1
            cells.append(f"{values[0]:.{digits}f}-{values[-1]:.{digits}f}")
        print(f"| {engine} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
