"""A Ray cluster gives what one machine gives, also when it loses a worker in mid-run."""

from __future__ import annotations

import json
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from dialecto.corpus import plan
from dialecto.corpus.cluster import Cluster, Workers, hired
from dialecto.corpus.workers import WorkerError
from dialecto.recipe import CorpusSection
from dialecto.runtime import DialectoError
from tests.corpus.conftest import lineage, refine_into
from tests.corpus.test_stage import contents, prose
from tests.corpus.test_workers import fail, write_units

pytest.importorskip("ray")


def test_no_cluster_at_the_address() -> None:
    cluster = Cluster("127.0.0.1:1", 0, Path(__file__))
    with pytest.raises(DialectoError, match=r"cannot join the Ray cluster at 127\.0\.0\.1:1"):
        cluster.__enter__()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Two workers on this machine."""
    marker = tmp_path_factory.mktemp("between") / "plan"
    marker.write_text("plan")
    section = CorpusSection(engine="ray", workers=2)
    with hired(section, marker, [marker]) as workers:
        yield workers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents with copies in other chunks, people in common, and broken files."""
    source = tmp_path_factory.mktemp("fuente")
    for number in range(48):
        person = f"Escriba a persona{number // 4}@ejemplo{number // 4}.es para más datos."
        text = f"{prose(number % 40)} {person}"
        (source / f"{number:02d}.txt").write_text(text, encoding="utf-8")
    (source / "lote.jsonl").write_text(json.dumps({"text": prose(60)}) + "\n{rota\n")
    (source / "basura.txt").write_bytes(random.Random(1).randbytes(3000))
    return source


@pytest.fixture(scope="module")
def alone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process of this machine makes of them."""
    work = tmp_path_factory.mktemp("alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "CHUNK_FILES", 7)
        refine_into(work, folder)
    return work


@pytest.mark.usefixtures("cluster")  # the stage finds it running and joins it
def test_the_cluster_keeps_the_same_bytes_though_it_loses_workers(
    folder: Path, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "CHUNK_FILES", 7)
    killed: list[int] = []
    over = threading.Event()
    hunter = threading.Thread(target=_kill_workers, args=(killed, over))
    hunter.start()
    try:
        refine_into(tmp_path / "out", folder, engine="ray", workers=2)
    finally:
        over.set()
        hunter.join()
    assert len(killed) == 2
    assert contents(tmp_path / "out") == contents(alone)
    rows = lineage(tmp_path / "out").values()
    assert {row["outcome"] for row in rows} == {"kept", "removed", "quarantined"}


def _kill_workers(killed: list[int], over: threading.Event) -> None:
    """Kills two Ray workers, each in the middle of a chunk."""
    while not over.is_set() and len(killed) < 2:
        for process in psutil.Process().children(recursive=True):
            try:
                busy = process.cmdline()[:1] == ["ray::_work"] and process.children()
                if busy and process.pid not in killed:
                    process.send_signal(signal.SIGKILL)
                    killed.append(process.pid)
                    over.wait(1.0)
                    break
            except psutil.Error:
                continue
        time.sleep(0.02)


def test_a_unit_that_hangs_or_crashes_costs_only_itself(cluster: Workers, tmp_path: Path) -> None:
    tasks: list[Any] = [
        (str(tmp_path / "well"), {}),
        (str(tmp_path / "ill"), {1: "crash", 3: "hang"}),
    ]
    assert sorted(cluster.run(write_units, tasks)) == [0, 1]
    assert (tmp_path / "well").read_text().count("done") == 5
    assert (tmp_path / "ill").read_text().split("\n")[1::2] == ["1 crashed", "3 timeout"]
    with pytest.raises(WorkerError, match="ValueError: no good: 5"):
        list(cluster.run(fail, [5]))
    assert list(cluster.run(fail, [])) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a file that differs by reader: /proc")
def test_a_folder_that_the_machines_do_not_share_is_told_at_once(cluster: Workers) -> None:
    marker = Path("/proc/self/cmdline")
    with pytest.raises(DialectoError, match=r"does not see /proc/self/cmdline\. Project and"):
        Cluster("", 2, marker).__enter__()
    assert next(iter(cluster.run(fail, [])), None) is None  # the caller's cluster still runs
