"""Training in the workers of Ray Train, `engine: ray`: on a cluster's machines, or on this one.

Ray's TorchTrainer places the workers, lets them find each other, and starts all of them again
when one dies; what they do is `worker.take_part_and_tell`, as under torch's launcher. They write
into the stage's work folder, in a folder that all machines share: Ray's own reports and
checkpoints are not used (docs/decisions/061-ray-trains-what-we-train.md).
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.cluster import Membership, look, machines
from dialecto.runtime.files import remove_tree
from dialecto.runtime.interrupt import stop_on_signal
from dialecto.training.distributed.launch import Task, describe, read_outcome, tell_outcome
from dialecto.training.distributed.relay import Relay, heard
from dialecto.training.distributed.worker import BACKENDS, take_part_and_tell

_LOOK_SECONDS = 0.2
_TOLD = 200  # characters of what each worker says of its end
# Workers stay in the folder they were started in; Ray Train keeps no figures.
_ENVIRONMENT = {
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_TRAIN_METRICS_ENABLED": "0",
}


@dataclass(frozen=True)
class Share:
    """What each worker is given: Ray's resources (`CPU` or `GPU`), and torch's threads."""

    resources: dict[str, float]
    threads: int


def share_out(resources: Sequence[Mapping[str, float]], count: int) -> Share:
    """What each of `count` workers is given of the machines' `CPU` and `GPU`.

    An accelerator each, if there are any; else as many processors as all of them can have alike.
    Raises DialectoError when there are too few.
    """
    gpus = [int(machine.get("GPU", 0)) for machine in resources]
    cpus = [int(machine.get("CPU", 0)) for machine in resources]
    if any(gpus):
        if sum(gpus) < count:
            raise DialectoError(
                f"`pretrain.distribute.processes` is {count}, but the Ray cluster has "
                f"{sum(gpus)} accelerators: each process needs one of its own"
            )
        each = min(cpu // gpu for cpu, gpu in zip(cpus, gpus, strict=True) if gpu)
        return Share({"GPU": 1}, max(each, 1))
    for each in range(max(cpus, default=0), 0, -1):
        if sum(cpu // each for cpu in cpus) >= count:
            return Share({"CPU": each}, each)
    raise DialectoError(
        f"`pretrain.distribute.processes` is {count}, but the Ray cluster has {sum(cpus)} "
        "processors"
    )


def train_on_ray(context: StageContext, task: Task, count: int) -> dict[str, float | int | str]:
    """Pretrain in `count` of Ray's workers as `context.work/plan.json` says; the metrics.

    Raises Interrupted after a checkpoint on SIGINT or SIGTERM, and DialectoError when there is no
    such cluster, when its machines do not share the project's folder, and when workers died more
    often than `distribute.restarts` allows.
    """
    distribute = task.section.distribute
    shared = context.work.resolve()
    folder = shared / "ray"
    remove_tree(folder)  # of a run that was killed
    folder.mkdir()
    os.environ.update(_ENVIRONMENT)
    if not distribute.address and sys.platform == "linux":  # it stays on this machine
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    try:
        with Membership(
            distribute.address,
            cpus=max(torch.get_num_threads(), count),
            gpus=torch.cuda.device_count(),
            setting="pretrain.distribute.address",
        ) as ray:
            look(ray, shared / "plan.json", [task.tokenizer.resolve()])
            share = share_out([machine["Resources"] for machine in machines(ray)], count)
            told = {
                **describe(shared, task),
                "messages": str(folder / "messages"),
                "outcome": str(folder / "outcome.json"),
                "stop": str(folder / "stop"),
                "threads": share.threads,
            }
            trainer = _trainer(told, folder, share, count, distribute.restarts)
            with heard(folder / "messages", context):
                outcome = _outcome(trainer, folder, count, distribute.restarts)
        return tell_outcome(outcome)
    finally:
        remove_tree(folder)


def work(task: Mapping[str, Any]) -> dict[str, Any]:
    """What one of Ray's workers does; RANK and WORLD_SIZE are set by Ray."""
    number, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    messages = Path(task["messages"])
    if number == 0 and messages.exists() and messages.stat().st_size:
        with closing(Relay(messages)) as relay:
            relay.note(f"pretrain: a process died; all {count} are started again")
    return take_part_and_tell(task, number, count)


def _trainer(told: dict[str, Any], folder: Path, share: Share, count: int, restarts: int) -> Any:
    """Ray's trainer for the workers' task."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's libraries deprecate each other
        train = importlib.import_module("ray.train")
        torch_train = importlib.import_module("ray.train.torch")
    gpu = "GPU" in share.resources
    # Machines taken away are counted apart; older releases of Ray count them with the failures.
    taken = "max_preemption_failures"
    limits = {taken: restarts} if hasattr(train.FailureConfig, taken) else {}
    return torch_train.TorchTrainer(
        work,
        train_loop_config=told,
        torch_config=torch_train.TorchConfig(backend=BACKENDS["cuda" if gpu else "cpu"]),
        scaling_config=train.ScalingConfig(
            num_workers=count, use_gpu=gpu, resources_per_worker=share.resources
        ),
        run_config=train.RunConfig(
            name="run",
            storage_path=str(folder),
            storage_filesystem=importlib.import_module("pyarrow.fs").LocalFileSystem(),
            failure_config=train.FailureConfig(
                max_failures=restarts,
                controller_failure_limit=restarts,
                **limits,
            ),
            logging_config=train.LoggingConfig(log_level="ERROR"),
        ),
    )


def _outcome(trainer: Any, folder: Path, count: int, restarts: int) -> dict[str, Any]:
    """Let the workers train to the end; how it ended, by the first of them if it can tell."""
    try:
        result = _fit(trainer, folder / "stop")
    except Exception as error:  # Ray's own: workers died, or could not be started
        outcome = read_outcome(folder / "outcome.json")
        if "error" in outcome:  # one of them said why, and the others broke off
            return outcome
        raise DialectoError(
            f"training by Ray failed, after {restarts} new starts "
            f"(`pretrain.distribute.restarts`):\n{_last_words(error, count)}\n"
            "The last checkpoint is kept: run again to go on from it."
        ) from error
    outcome = result.return_value or read_outcome(folder / "outcome.json")
    return dict(outcome)


def _fit(trainer: Any, stop: Path) -> Any:
    """Ray's `trainer.fit()`; a signal to this process is passed on as the file `stop`.

    In a thread, for in the main one Ray takes SIGINT for itself and ends the workers at once.
    """
    found: Future[Any] = Future()

    def fit() -> None:
        try:
            found.set_result(trainer.fit())
        except BaseException as error:
            found.set_exception(error)

    thread = threading.Thread(target=fit, name="ray-train", daemon=True)
    thread.start()
    with stop_on_signal() as asked:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
            if asked:
                stop.touch()
    return found.result()


def _last_words(error: Exception, count: int) -> str:
    """What each worker that failed said; or Ray, if none was started."""
    failures = getattr(error, "worker_failures", None)
    if not failures:
        return _short(error)
    return "\n".join(
        f"process {rank} of {count}: {_short(getattr(failure, 'health_check_failure', failure))}"
        for rank, failure in sorted(failures.items())
    )


def _short(error: BaseException) -> str:
    line = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {line}"[:_TOLD]
