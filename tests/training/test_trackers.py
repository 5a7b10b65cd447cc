"""Metrics reach the trackers, offline, and nothing else does."""

from __future__ import annotations

import builtins
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dialecto.runtime import DialectoError
from dialecto.training import trackers
from dialecto.training.journal import Journal
from dialecto.training.trackers import Tracking

FACTS: dict[str, float | int | str] = {"steps": 8, "precision": "fp32"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ) | {"WANDB_API_KEY": "s3cr3t-k3y"})


def write(folder: Path, name: str, **more: Any) -> None:
    journal = Journal(folder, step=0, tracking=Tracking([name], label="test", facts=FACTS, **more))
    for step in (1, 2, 3):
        journal.write(step, {"loss": 3.0 / step})
    journal.rewind(2)
    journal.write(3, {"loss": 0.5})
    journal.close()


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_tensorboard(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    write(tmp_path, "tensorboard")
    found = EventAccumulator(str(tmp_path / "tensorboard")).Reload().Scalars("loss")
    assert [(event.step, event.value) for event in found] == [(1, 3.0), (2, 1.5), (3, 0.5)]


def test_mlflow_writes_a_local_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    work = tmp_path / "artifacts" / "pretrain"  # as a project's: MLflow dislikes the name
    work.mkdir(parents=True)
    write(work, "mlflow")
    assert [path.name for path in tmp_path.iterdir()] == ["artifacts"]  # nothing else is left
    monkeypatch.chdir(work)
    client = mlflow.MlflowClient("mlruns")
    experiment = client.get_experiment_by_name("dialecto")
    runs = client.search_runs([experiment.experiment_id], order_by=["start_time"])
    assert [run.data.params["steps"] for run in runs] == ["8", "8"]
    losses = [client.get_metric_history(run.info.run_id, "loss") for run in runs]
    found = sorted([[(m.step, m.value) for m in history] for history in losses], key=len)
    assert found == [[(3, 0.5)], [(1, 3.0), (2, 1.5), (3, 1.0)]]
    assert b"s3cr3t" not in everything(tmp_path)


def test_wandb_writes_an_offline_run(tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    write(tmp_path, "wandb")
    assert len(list((tmp_path / "wandb").glob("offline-run-*/run-*.wandb"))) == 2
    assert b"s3cr3t" not in everything(tmp_path)


class RecordedRun:
    """A stand-in: wandb.Run as far as it is used, with the signatures of wandb 0.30."""

    def __init__(self) -> None:
        self.logged: list[dict[str, float]] = []
        self.finished = False

    def define_metric(self, name: str, step_metric: str | None = None) -> None:
        assert (name, step_metric) == ("*", "step")

    def log(self, data: dict[str, float], step: int | None = None) -> None:
        assert step is None
        self.logged.append(data)

    def finish(self, exit_code: int | None = None) -> None:
        assert exit_code is None
        self.finished = True


@pytest.mark.parametrize(("online", "mode"), [(False, "offline"), (True, "online")])
def test_wandb_is_offline_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, online: bool, mode: str
) -> None:
    runs, asked = [], []

    def init(**options: Any) -> RecordedRun:
        asked.append(options)
        runs.append(RecordedRun())
        return runs[-1]

    fake = SimpleNamespace(init=init, Settings=lambda **options: options)
    monkeypatch.setattr(trackers, "_package", lambda _name, _install: fake)
    os.environ["WANDB_MODE"] = "online"  # the recipe decides
    write(tmp_path, "wandb", online=online)
    assert {options["mode"] for options in asked} == {mode}
    assert asked[0]["config"] == FACTS
    assert asked[0]["dir"] == str(tmp_path)
    assert asked[0]["settings"]["x_disable_meta"]
    assert [run.logged for run in runs] == [
        [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 1.5}, {"step": 3, "loss": 1.0}],
        [{"step": 3, "loss": 0.5}],
    ]
    assert all(run.finished for run in runs)
    assert "s3cr3t" not in str(asked)
    assert os.environ["WANDB_ERROR_REPORTING"] == "false"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    real = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name in ("wandb", "mlflow"):
            raise builtins.ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    for name, install in (("wandb", "wandb"), ("mlflow", "mlflow-skinny")):
        with pytest.raises(DialectoError, match=rf"`trackers: \[{name}\]`.*pip install.*{install}"):
            Tracking([name]).open(tmp_path, 0)


def test_metrics_jsonl_is_written_without_any(tmp_path: Path) -> None:
    journal = Journal(tmp_path, step=0, tracking=Tracking())
    journal.write(1, {"loss": 1.0})
    journal.close()
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.jsonl"]
