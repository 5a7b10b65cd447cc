"""Fits the law of `dialecto.models.law` to the sweep, and shows predicted against achieved.

    python benchmarks/scaling/fit.py [--rows sweep.csv] [--probes probes.csv] [--write]

Least squares on the logarithm of bits per byte with Huber's loss, from several starts. Then each
corpus is left out in turn and predicted by a law fitted on the others. `--write` puts the
coefficients into src/dialecto/models/law.json; the plot goes beside the rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from dialecto.models.law import TextFacts, law

HERE = Path(__file__).parent
LAW = HERE.parents[1] / "src" / "dialecto" / "models" / "law.json"
# Where the fit starts, and towards what it is drawn a little where the runs say nothing.
START = {
    "scale": 0.98, "alpha": 0.06, "d": 4.0, "beta": 0.06, "c": 0.05, "gamma": 0.5, "o": 0.003,
    "kappa": 1.0, "delta": 1.8, "eta": 1.0, "rho": 1.0, "tau": 100.0, "nu": 0.2,
}  # fmt: skip
PULL = 0.03
HUBER = 0.02
# Runs that the planner would never choose: hardly begun, or overfitted beyond use.
LEAST_STEPS, MOST_RATIO = 150, 1.35


@dataclass(frozen=True)
class Run:
    """A row of the sweep with the 5-gram model's learning curve on its text."""

    corpus: str
    name: str
    size: float
    unique: float
    seen: float
    steps: float
    lookups: float
    ngram: float
    steepness: float
    repetition: float
    bpb: float

    def predicted(self, fitted: dict[str, float]) -> float:
        return law(
            fitted,
            size=self.size,
            unique=self.unique,
            seen=self.seen,
            lookups=self.lookups,
            ngram=self.ngram,
            steepness=self.steepness,
            repetition=self.repetition,
        )


def read_runs(rows: Path, probes: Path) -> list[Run]:
    with probes.open(newline="") as file:
        curves = {
            (row["corpus"], int(row["one_in"]), int(row["vocabulary"])): row
            for row in csv.DictReader(file)
        }
    with rows.open(newline="") as file:
        return [_run(row, curves) for row in csv.DictReader(file)]


def _run(row: dict[str, str], curves: dict[tuple[str, int, int], dict[str, str]]) -> Run:
    one_in, vocabulary = round(1 / float(row["fraction"])), int(row["vocabulary"])
    probe = curves[row["corpus"], one_in, vocabulary]
    unique = float(row["train_bytes"]) / 1e6
    seen = unique * float(row["tokens_seen"]) / float(row["unique_tokens"])
    curve = tuple(
        (unique / part, float(probe[f"ngram5{name}"]))
        for part, name in ((16, "_sixteenth"), (4, "_quarter"), (1, ""))
    )
    text = TextFacts(int(row["unique_tokens"]), int(row["train_bytes"]), 0, curve)
    return Run(
        corpus=row["corpus"],
        name=f"1/{one_in}, {row['layers']}x{row['width']}, {vocabulary}, {row['batch_tokens']}",
        size=float(row["matrices"]) / 1e6,
        unique=unique,
        seen=seen,
        steps=float(row["steps"]),
        lookups=float(row["tokens_seen"]) / vocabulary,
        ngram=text.ngram_bpb(min(seen, unique)),
        steepness=text.steepness,
        repetition=float(probe["repeats5"]) / float(probe["ngram5"]),
        bpb=float(row["bpb"]),
    )


def usable(run: Run) -> bool:
    return run.steps >= LEAST_STEPS and run.bpb / run.ngram <= MOST_RATIO


def fit(runs: Sequence[Run]) -> dict[str, float]:
    """Coefficients by name. They are positive: their logarithms are fitted."""
    names, start = list(START), np.log(list(START.values()))
    wanted = np.log([run.bpb for run in runs])

    def residuals(point: Any) -> Any:
        fitted = dict(zip(names, np.exp(point), strict=True))
        found = np.log([run.predicted(fitted) for run in runs])
        return np.concatenate([found - wanted, PULL * (point - start)])

    best = None
    for seed in range(4):
        moved = start + np.random.default_rng(seed).normal(0, 0.2, len(start)) * (seed > 0)
        found = least_squares(residuals, moved, loss="huber", f_scale=HUBER, max_nfev=300)
        if best is None or found.cost < best.cost:
            best = found
    assert best is not None
    return {name: round(math.exp(x), 5) for name, x in zip(names, best.x, strict=True)}


def errors(runs: Sequence[Run], fitted: dict[str, float]) -> Any:
    return np.array([run.predicted(fitted) / run.bpb - 1 for run in runs])


def plot(runs: Sequence[Run], fitted: dict[str, float], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplots()
    for corpus in sorted({run.corpus for run in runs}):
        some = [run for run in runs if run.corpus == corpus]
        axes.plot([r.predicted(fitted) for r in some], [r.bpb for r in some], "o", label=corpus)
    ends = np.array([min(r.bpb for r in runs) * 0.95, max(r.bpb for r in runs) * 1.05])
    axes.plot(ends, ends, color="#888888", linewidth=1)
    axes.fill_between(ends, ends * 0.95, ends * 1.05, color="#888888", alpha=0.15)
    axes.set(xlabel="predicted bits per byte", ylabel="achieved (band: 5%)")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=Path, default=HERE / "sweep.csv")
    parser.add_argument("--probes", type=Path, default=HERE / "probes.csv")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    every = read_runs(options.rows, options.probes)
    runs = [run for run in every if usable(run)]
    fitted = fit(runs)
    print(f"{len(runs)} runs of {len(every)}; {json.dumps(fitted)}")
    print("| left out | runs | median error | worst |\n|---|---|---|---|")
    left_out = []
    for corpus in sorted({run.corpus for run in runs}):
        others = fit([run for run in runs if run.corpus != corpus])
        own = [run for run in runs if run.corpus == corpus]
        found = np.abs(errors(own, others))
        left_out += list(found)
        print(f"| {corpus} | {len(own)} | {np.median(found):.1%} | {found.max():.1%} |")
    print(f"| all | {len(runs)} | {np.median(left_out):.1%} | {max(left_out):.1%} |")
    own = np.abs(errors(runs, fitted))
    print(f"| (none) | {len(runs)} | {np.median(own):.1%} | {own.max():.1%} |\n")
    print("| corpus | run | epochs | achieved | predicted | error |\n|---|---|---|---|---|---|")
    for run in runs:
        predicted = run.predicted(fitted)
        print(
            f"| {run.corpus} | {run.name} | {run.seen / run.unique:.2f} | {run.bpb:.3f} | "
            f"{predicted:.3f} | {predicted / run.bpb - 1:+.1%} |"
        )
    plot(runs, fitted, HERE / "predicted.png")
    if options.write:
        facts = {
            "coefficients": fitted,
            "runs": len(runs),
            "corpora": len({r.corpus for r in runs}),
        }
        LAW.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
