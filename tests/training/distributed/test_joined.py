"""Processes that another launcher started: they find each other, train as one, one writes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from dialecto.project import Project
from dialecto.runtime import BadUsage, DialectoError
from dialecto.security import Ledger
from dialecto.training.distributed.joined import left_alone, meet, started_as
from dialecto.training.journal import read_metrics

ROOT = Path(__file__).parents[3]
RECIPE = {
    "name": "together",
    "objective": "text",
    "lang": "en",
    "sources": [{"path": "docs"}],
    "corpus": {
        "workers": 1,
        **{step: {"enabled": False} for step in ("quality", "dedup", "poison", "pii")},
    },
    "tokenizer": {"vocabulary": 300},
    "pretrain": {
        "shape": {"layers": 1, "width": 32}, "context": 32, "batch_tokens": 256, "steps": 6,
        "optimizer": "sgd", "learning_rate": 0.05, "precision": "fp32", "tensorboard": False,
        "compile": False,
    },
}  # fmt: skip


def make_project(root: Path) -> None:
    (root / "docs").mkdir(parents=True)
    for n in range(40):
        text = f"The shop at number {n} sells {n * 7 % 31} kinds of jam. " * 3
        (root / "docs" / f"{n}.txt").write_text(f"{text}It is open until {n % 12}.")
    write_recipe(root, engine="ddp")


def write_recipe(root: Path, **distribute: object) -> None:
    facts = {**RECIPE, "pretrain": {**RECIPE["pretrain"], "distribute": distribute}}  # type: ignore[dict-item]
    (root / "dialecto.yaml").write_text(yaml.safe_dump(facts), encoding="utf-8")


RUN = ["-m", "dialecto", "run", "--until", "pretrain", "--json", "--project"]


def environment(**more: str) -> dict[str, str]:
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"}
    return {**os.environ, **own, "GLOO_SOCKET_IFNAME": "lo", **more}


def command(launcher: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *launcher, *RUN, str(root)],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_started_by_torchrun(tmp_path: Path) -> None:
    """Two processes run the command; the ledger and the results are those of one run."""
    make_project(tmp_path)
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = command(launcher, tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    stages = json.loads(done.stdout)["stages"]  # one of them printed, once
    assert stages["pretrain"]["metrics"]["processes"] == 2
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.verify()
    entries = [e for e in ledger.entries() if e.action == "stage.start"]
    started = [json.loads(entry.facts)["stage"] for entry in entries]
    assert started == ["corpus", "tokenizer", "pretrain"]
    two = Project.open(tmp_path).artefact("pretrain")
    assert json.loads((two / "plan.json").read_text())["processes"] == 2

    write_recipe(tmp_path, engine="none")
    Project.open(tmp_path).run(until="pretrain")
    one = Project.open(tmp_path).artefact("pretrain")
    assert one != two
    losses, wanted = ([x["loss"] for x in read_metrics(f / "metrics.jsonl")] for f in (two, one))
    assert len(losses) == 6
    assert losses == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    "distribute", [{"engine": "ddp"}, {"engine": "deepspeed", "zero_stage": 1}]
)
def test_started_by_mpi(tmp_path: Path, distribute: dict[str, object]) -> None:
    """As `accelerate launch --cpu --mpirun_hostfile` does it: MPI's own names of rank and count."""
    if distribute["engine"] == "deepspeed" and find_spec("deepspeed") is None:
        pytest.skip("the extra `deepspeed` is not installed")
    make_project(tmp_path)
    write_recipe(tmp_path, **distribute)
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    ranks = [
        subprocess.Popen(
            [sys.executable, *RUN, str(tmp_path)],
            env=environment(**place, OMPI_COMM_WORLD_RANK=str(number), OMPI_COMM_WORLD_SIZE="2"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    (first, told), (other, trouble) = (rank.communicate() for rank in ranks)
    assert [rank.returncode for rank in ranks] == [0, 0], told[-4000:] + trouble[-4000:]
    assert json.loads(first)["stages"]["pretrain"]["metrics"]["processes"] == 2
    assert not other
    assert not trouble


def test_started_by_accelerate(tmp_path: Path) -> None:
    pytest.importorskip("accelerate")
    make_project(tmp_path)
    launcher = ["accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    done = command([*launcher, "--main_process_port", str(free_port())], tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout)["stages"]["pretrain"]["metrics"]["processes"] == 2
    alone = command(["accelerate.commands.launch", "--cpu", "--num_processes", "2"], tmp_path)
    assert alone.returncode != 0
    assert "--multi_gpu --num_processes N" in alone.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_one_process_where_several_were_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `accelerate launch --cpu --num_processes 2` sets: a meeting place, and no rank."""
    make_project(tmp_path)
    for name in ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK"):
        monkeypatch.delenv(name, raising=False)
    facts = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "29500",
        "ACCELERATE_MIXED_PRECISION": "no",
    }
    for name, value in facts.items():
        monkeypatch.setenv(name, value)
    assert started_as() is None
    with pytest.raises(BadUsage, match="starts one process"):
        Project.open(tmp_path).run()
    monkeypatch.setenv("PMI_RANK", "1")
    monkeypatch.setenv("PMI_SIZE", "2")
    assert started_as() == (1, 2)
    assert not left_alone()


def test_the_recipe_must_fit_the_launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_project(tmp_path)
    facts = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in facts.items():
        monkeypatch.setenv(name, value)
    assert started_as() == (1, 2)
    write_recipe(tmp_path, engine="none")
    with pytest.raises(BadUsage, match="process 1 of 2"):
        Project.open(tmp_path).run()
    write_recipe(tmp_path, engine="ddp", processes=3)
    with pytest.raises(BadUsage, match="started 2 processes"):
        Project.open(tmp_path).run()
    write_recipe(tmp_path, engine="ray", processes=2)
    with pytest.raises(BadUsage, match="lets Ray start the processes"):
        Project.open(tmp_path).run()
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert started_as() is None


def test_a_new_round_is_not_the_last_one() -> None:
    """In a store that keeps what dead processes wrote, three ranks agree on one new name."""
    from torch.distributed import HashStore

    store = HashStore()
    names = set()
    for _ in range(3):
        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(lambda number: meet(store, number, 3), (0, 2, 1)))
        assert len(set(found)) == 1
        names |= set(found)
    assert len(names) == 3


def test_who_does_not_come_is_named() -> None:
    from torch.distributed import HashStore

    with pytest.raises(DialectoError, match=r"ranks \[1\] of 2 did not come"):
        meet(HashStore(), 0, 2, timedelta(seconds=0.2))
