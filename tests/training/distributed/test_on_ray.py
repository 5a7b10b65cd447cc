"""Ray's workers train what one process would; one that dies, and a request to stop, end no run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from dialecto.runtime import DialectoError, Interrupted, SilentProgress
from dialecto.runtime.cluster import Membership
from dialecto.runtime.files import read_json, write_json
from dialecto.training.distributed.launch import tell_outcome
from dialecto.training.distributed.on_ray import Share, _outcome, share_out
from dialecto.training.journal import read_metrics
from tests.training.distributed.test_worker import SHORT, run
from tests.training.test_stage_options import tokenizer as tokenizer

# Ray Data deprecates settings of its own, which Ray Train hands on.
pytestmark = pytest.mark.filterwarnings("ignore:`use_:DeprecationWarning")
RAY: dict[str, Any] = {"engine": "ray", "processes": 2}


@pytest.fixture(scope="module")
def _cluster() -> Iterator[None]:
    """Two processors of this machine, for all trainings: the stage finds it running."""
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOO_SOCKET_IFNAME", "lo")
        with Membership("", cpus=2, setting="pretrain.distribute.address"):
            yield


@pytest.fixture(scope="module")
def alone(tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one process does."""
    work = tmp_path_factory.mktemp("alone")
    metrics = run(tokenizer, work, SilentProgress(), **SHORT)
    return {"metrics": metrics, "losses": losses(work)}


def losses(work: Path) -> list[float]:
    return [line["loss"] for line in read_metrics(work / "metrics.jsonl")]


class Heard(SilentProgress):
    """Remembers what is said."""

    def __init__(self) -> None:
        self.notes = list[str]()

    def note(self, text: str) -> None:
        self.notes.append(text)


def compare(
    tokenizer: Path, work: Path, alone: dict[str, Any], progress: Any, **distribute: Any
) -> None:
    """Train by Ray, and compare with one process."""
    found = run(tokenizer, work, progress, **SHORT, distribute=distribute)
    assert losses(work) == pytest.approx(alone["losses"], rel=1e-5)
    near = pytest.approx(alone["metrics"]["bpb.validation"], rel=1e-5)
    assert found["bpb.validation"] == near
    assert found["processes"] == 2
    assert read_json(work / "plan.json")["engine"] == "ray"
    assert (work / "model" / "model.safetensors").is_file()
    assert not (work / "ray").exists()


def test_nobody_at_the_address(tokenizer: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with pytest.raises(DialectoError, match=r"127\.0\.0\.1:1: .*`pretrain\.distribute\.address`"):
        run(
            tokenizer,
            tmp_path,
            SilentProgress(),
            **SHORT,
            distribute={**RAY, "address": "127.0.0.1:1"},
        )


def test_a_cluster_for_the_run(
    tokenizer: Path, alone: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none runs one is started, and ended after the run."""
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    compare(tokenizer, tmp_path, alone, SilentProgress(), **RAY)
    assert not ray.is_initialized()


class Killer(Heard):
    """Kills one of Ray's workers once there is a checkpoint to go on from."""

    def __init__(self, work: Path) -> None:
        super().__init__()
        self.work, self.left = work, 1

    def advance(self, _amount: float = 1, **_facts: float | str) -> None:
        if self.left and any(self.work.glob("checkpoints/[0-9]*")):
            for process in psutil.Process().children(recursive=True):
                if self.left and _trains(process):
                    process.send_signal(signal.SIGKILL)
                    self.left -= 1


def _trains(process: psutil.Process) -> bool:
    try:
        return " ".join(process.cmdline()).startswith("ray::RayTrainWorker")
    except psutil.Error:
        return False


@pytest.mark.usefixtures("_cluster")
def test_a_worker_that_dies_is_started_again(
    tokenizer: Path, alone: dict[str, Any], tmp_path: Path
) -> None:
    """In a cluster that runs already, with sliced weights; the losses are still one process's."""
    killer = Killer(tmp_path)
    compare(tokenizer, tmp_path, alone, killer, **RAY, strategy="fsdp")
    assert killer.left == 0
    assert sum("all 2 are started again" in note for note in killer.notes) == 1
    assert any("going on from step" in note for note in killer.notes)


class Broken(Exception):
    """As Ray raises it when workers died too often."""

    worker_failures = {1: RuntimeError("Connection closed by peer\nmore")}  # noqa: RUF012

    def fit(self) -> Any:
        """As Ray's trainer."""
        raise self


def test_what_dies_too_often_is_told(tmp_path: Path) -> None:
    """By what Ray knows of it, or by what a worker wrote that had something to tell the user."""
    with pytest.raises(
        DialectoError, match=r"after 2 new starts[^\n]*\nprocess 1 of 2: .* by peer\n"
    ):
        _outcome(Broken(), tmp_path, 2, 2)
    write_json(tmp_path / "outcome.json", {"error": "The disk is full."})
    with pytest.raises(DialectoError, match=r"^The disk is full\.$"):
        tell_outcome(_outcome(Broken(), tmp_path, 2, 2))


class Stopper(Heard):
    """Sends this process SIGTERM at the first step."""

    left = 1

    def advance(self, _amount: float = 1, **_facts: float | str) -> None:
        if self.left:
            self.left -= 1
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("_cluster")
def test_a_request_to_stop_leaves_a_checkpoint(tokenizer: Path, tmp_path: Path) -> None:
    long = {**SHORT, "steps": 100_000}
    with pytest.raises(Interrupted) as stop:
        run(tokenizer, tmp_path, Stopper(), **long, distribute=RAY)
    assert stop.value.saved is not None
    assert stop.value.saved.is_dir()


def test_what_each_worker_is_given() -> None:
    assert share_out([{"CPU": 2.0}], 2) == Share({"CPU": 1}, 1)
    assert share_out([{"CPU": 8}, {"CPU": 4}], 4) == Share({"CPU": 2}, 2)
    assert share_out([{"CPU": 8}, {"CPU": 4}], 3) == Share({"CPU": 4}, 4)
    assert share_out([{"CPU": 32, "GPU": 4}, {"CPU": 2}], 3) == Share({"GPU": 1}, 8)
    with pytest.raises(DialectoError, match="has 4 accelerators"):
        share_out([{"CPU": 32, "GPU": 4}], 5)
    with pytest.raises(DialectoError, match="has 2 processors"):
        share_out([{"CPU": 2}], 3)
