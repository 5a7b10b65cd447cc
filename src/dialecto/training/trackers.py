"""Where a run's metrics are shown besides metrics.jsonl: TensorBoard, Weights & Biases, MLflow.

Each writes into the run's own folder and nowhere else, unless the recipe says
`trackers_online: true`. They are told the metrics and the plan's figures, nothing of the
corpus, the environment or the recipe's secrets. Their own telemetry is off.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from dialecto.models.planner import TrainingPlan
from dialecto.runtime import DialectoError

PROJECT = "dialecto"
_OFF = {
    "WANDB_ERROR_REPORTING": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


class Tracker(Protocol):
    """What a tracker is told."""

    def log(self, step: int, facts: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Tracking:
    """Which trackers a run has. facts: figures of its plan, by name."""

    names: Sequence[str] = ()
    online: bool = False
    label: str = "run"
    facts: Mapping[str, float | int | str] | None = None

    def open(self, folder: Path, step: int) -> list[Tracker]:
        """Begin, or go on after `step`. Raises DialectoError when a package is missing."""
        os.environ.update(_OFF)
        return [_KINDS[name](self, folder, step) for name in self.names]


def tracked_facts(plan: TrainingPlan) -> dict[str, float | int | str]:
    """The plan's figures, as trackers show them."""
    shape = plan.shape
    return {
        "parameters": shape.parameters,
        "layers": shape.layers,
        "width": shape.width,
        "vocabulary": shape.vocabulary,
        "context": shape.context,
        "batch_rows": plan.batch_rows,
        "steps": plan.steps,
        "precision": plan.precision,
    }


class TensorBoard:
    """Event files in `tensorboard/`; what was written after `step` is taken back."""

    def __init__(self, _tracking: Tracking, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.board: Any = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def log(self, step: int, facts: Mapping[str, float]) -> None:
        for name, value in facts.items():
            self.board.add_scalar(name, value, step)

    def close(self) -> None:
        self.board.close()


class WandB:
    """A run in `wandb/` (`wandb sync` uploads it, if one wants to), or on the server.

    Each session of a run that was stopped is a run of its own there. Steps are a metric like the
    others, since those of W&B cannot go back and ours can.
    """

    def __init__(self, tracking: Tracking, folder: Path, _step: int) -> None:
        wandb = _package("wandb", "wandb")
        settings = wandb.Settings(
            console="off",
            disable_git=True,
            save_code=False,
            silent=True,
            x_disable_meta=True,
            x_disable_stats=True,
            x_disable_machine_info=True,
            x_save_requirements=False,
        )
        self.run: Any = wandb.init(
            project=PROJECT,
            name=tracking.label,
            dir=str(folder),
            mode="online" if tracking.online else "offline",
            config=dict(tracking.facts or {}),
            settings=settings,
        )
        self.run.define_metric("*", step_metric="step")

    def log(self, step: int, facts: Mapping[str, float]) -> None:
        self.run.log({"step": step, **facts})

    def close(self) -> None:
        self.run.finish()


class MLflow:
    """A run in `mlruns/`, or on the server that MLFLOW_TRACKING_URI names.

    MLflow finds no run below a folder that is called `artifacts`, as a project's is (file_store.py,
    _is_valid_run_directory, since its fix of ZDI-CAN-26649), so it is told of it by another name.
    """

    def __init__(self, tracking: Tracking, folder: Path, _step: int) -> None:
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        mlflow = _package("mlflow", "mlflow-skinny")
        self.entities: Any = mlflow.entities
        there = os.environ.get("MLFLOW_TRACKING_URI") if tracking.online else None
        self.other_name = None if there else _other_name(folder)
        store = there or ((self.other_name or folder.resolve()) / "mlruns").as_uri()
        self.client: Any = mlflow.MlflowClient(store)
        found = self.client.get_experiment_by_name(PROJECT)
        experiment = found.experiment_id if found else self.client.create_experiment(PROJECT)
        self.run = self.client.create_run(experiment, run_name=tracking.label).info.run_id
        facts = (tracking.facts or {}).items()
        params = [self.entities.Param(name, str(value)) for name, value in facts]
        self.client.log_batch(self.run, params=params)

    def log(self, step: int, facts: Mapping[str, float]) -> None:
        now = int(time.time() * 1000)
        metrics = [self.entities.Metric(n, float(v), now, step) for n, v in facts.items()]
        self.client.log_batch(self.run, metrics=metrics)

    def close(self) -> None:
        self.client.set_terminated(self.run)
        if self.other_name:
            self.other_name.unlink()
            self.other_name.parent.rmdir()


_KINDS: dict[str, Any] = {"tensorboard": TensorBoard, "wandb": WandB, "mlflow": MLflow}


def _other_name(folder: Path) -> Path | None:
    """A link to a folder, in a temporary one; None where links cannot be made (Windows)."""
    link = Path(tempfile.mkdtemp(prefix="dialecto-mlflow-")) / "run"
    try:
        link.symlink_to(folder.resolve(), target_is_directory=True)
    except OSError:
        link.parent.rmdir()
        return None
    return link


def _package(name: str, install: str) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DialectoError(
            f"`trackers: [{name}]` needs a package that is not installed: pip install "
            f"'dialecto[trackers]' (or {install}). "
            "Or take it out of the recipe; metrics.jsonl is written in any case."
        ) from error
