"""Runs that are killed with SIGKILL at random moments, against the same runs left alone.

    python benchmarks/resume.py --out FOLDER [--kills 20] [--architecture bert ...]

For each architecture a tiny model is trained once undisturbed. Then a process trains the same
model, is killed (SIGKILL) soon after a random step, and a new process (forked from one that has
imported the program, and computed nothing, to save its start) goes on from the newest checkpoint:
a run is killed `--kills-per-run` times on its way to the end, as often as it takes to reach
`--kills` kills. At the end every weight and every line's loss must be equal bit for bit.
Dropout, a mixture's router, masks and spans are all drawn at random, so all of them are tested.
Prints a table and writes results.json; ends with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

STEPS, CONTEXT, ROWS, VOCABULARY = 60, 32, 4, 128
ARCHITECTURES = ("qwen3", "llama", "gpt2", "qwen3_moe", "bert", "modernbert", "t5")


def train_here(architecture: str, work: Path, pause: float) -> None:
    """One process: train to the end, from the newest checkpoint there is. pause: seconds after
    each step, so that a kill falls where it is meant to."""
    import numpy as np
    import torch
    from safetensors.torch import save_model

    from dialecto.models.architecture import build_config, build_model
    from dialecto.models.shape import default_shape
    from dialecto.recipe.architectures import OBJECTIVES
    from dialecto.runtime import SilentProgress
    from dialecto.training.attention import use_for_training
    from dialecto.training.loop import train
    from dialecto.training.objectives.masked import RATES, Masked
    from dialecto.training.objectives.spans import Spans
    from dialecto.training.optimizer import make_optimizers, muon_rates
    from dialecto.training.pieces import CAUSAL, Examples, Objective, RowStream
    from dialecto.training.run import LoopPlan

    class Slow(SilentProgress):
        def advance(self, _amount: float = 1, **_facts: float | str) -> None:
            time.sleep(pause)

    torch.set_num_threads(1)
    draws = np.random.default_rng(1)
    documents = [
        np.concatenate([[0], draws.integers(4, 118, n)]).astype(np.uint16)
        for n in draws.integers(2, 90, 60)
    ]
    words = [draws.random(len(document)) < 0.5 for document in documents]
    objective: Objective = CAUSAL
    if OBJECTIVES[architecture] == "masked":
        objective = Masked(1, 2, 0, np.arange(4, VOCABULARY), RATES[architecture], 5)
    elif OBJECTIVES[architecture] == "spans":
        objective = Spans(tuple(range(118, VOCABULARY)), 0, 3, 5)
    shape = default_shape(2, 64, VOCABULARY, CONTEXT, architecture)
    model = build_model(build_config(shape, end_of_text=0, pad=3, dropout=0.1), 5)
    use_for_training(model, torch.device("cpu"), CONTEXT)
    stream = RowStream(
        Examples(documents, 0, words),
        context=CONTEXT,
        rows=ROWS,
        pad=3,
        seed=5,
        objective=objective,
    )
    plan = LoopPlan(
        steps=STEPS,
        micro_rows=2,
        warmup=0.1,
        cooldown=0.5,
        precision="fp32",
        seconds=None,
        checkpoint_seconds=0.05,
        validate_every=10**9,
        tokens_per_byte=None,
    )
    train(
        model,
        stream,
        make_optimizers(model, "muon", muon_rates(64)),
        plan,
        work=work,
        progress=Slow(),
        label="resume",
    )
    save_model(model, str(work / "end.safetensors"))


def import_program(architectures: list[str]) -> None:
    """What the processes that are killed would each import anew: most of a minute of a busy
    machine, against a second or two of training."""
    for name in ("loop", "optimizer", "attention", "objectives.masked", "objectives.spans"):
        import_module(f"dialecto.training.{name}")
    import_module("dialecto.models.architecture")
    for name in architectures:
        import_module(f"transformers.models.{name}.modeling_{name}")


def step_of(work: Path) -> int:
    """The last step that the journal tells of."""
    from dialecto.training.journal import read_metrics

    lines = read_metrics(work / "metrics.jsonl")
    return int(lines[-1]["step"]) if lines else 0


def start(architecture: str, work: Path, pause: float) -> ForkProcess:
    work.mkdir(parents=True, exist_ok=True)
    process = get_context("fork").Process(target=train_here, args=(architecture, work, pause))
    process.start()
    return process


def finish(architecture: str, work: Path) -> None:
    process = start(architecture, work, 0.0)
    process.join()
    if process.exitcode != 0:
        raise SystemExit(f"training {architecture} in {work} failed")


def killed_run(architecture: str, work: Path, steps: list[int], pause: float) -> list[int]:
    """Kill the run soon after each of `steps`, then let it end; returns where it was killed."""
    found = []
    for step in steps:
        process = start(architecture, work, pause)
        while process.is_alive() and step_of(work) < step:
            time.sleep(0.01)
        if not process.is_alive():  # it was faster than we looked
            break
        process.kill()
        process.join()
        found.append(step_of(work))
    finish(architecture, work)
    return found


def same(one: Path, two: Path) -> tuple[bool, bool]:
    """(all weights equal bit for bit, all losses equal)."""
    from safetensors.numpy import load_file

    from dialecto.training.journal import read_metrics

    # Not the files' bytes: the names of tied weights stand in them in no fixed order.
    weights = [
        {name: (array.shape, array.tobytes()) for name, array in load_file(file).items()}
        for file in (one / "end.safetensors", two / "end.safetensors")
    ]
    losses = [
        [(line["step"], line["loss"]) for line in read_metrics(work / "metrics.jsonl")]
        for work in (one, two)
    ]
    return weights[0] == weights[1], losses[0] == losses[1] and len(losses[0]) == STEPS


def measure(architecture: str, out: Path, kills: int, per_run: int, pause: float) -> dict[str, Any]:
    """Kills, runs and how many of the runs ended exactly as the undisturbed one."""
    draws = random.Random(architecture)
    whole = out / architecture / "whole"
    finish(architecture, whole)
    done: list[int] = []
    runs = exact = 0
    while len(done) < kills:
        steps = sorted(draws.sample(range(1, STEPS - 2), min(per_run, kills - len(done))))
        parts = out / architecture / f"killed-{runs}"
        done += killed_run(architecture, parts, steps, pause)
        exact += all(same(whole, parts))
        runs += 1
    return {"kills": len(done), "steps": done, "runs": runs, "exact": exact}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--kills-per-run", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.02, help="seconds after each step")
    parser.add_argument("--architecture", nargs="*", default=list(ARCHITECTURES))
    given = parser.parse_args()
    import_program(given.architecture)
    results = {}
    print("architecture    kills  runs  ended exactly  killed after step")
    for name in given.architecture:
        found = measure(name, given.out, given.kills, given.kills_per_run, given.pause)
        results[name] = found
        where = " ".join(map(str, found["steps"]))
        numbers = f"{found['kills']:7}{found['runs']:6}{found['exact']:15}"
        print(f"{name:14}{numbers}  {where}", flush=True)
    (given.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    raise SystemExit(any(found["exact"] != found["runs"] for found in results.values()))


if __name__ == "__main__":
    main()
