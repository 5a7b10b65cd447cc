"""Predicted against achieved: the dial's own runs on the sweep's corpora.

    python benchmarks/scaling/check.py --corpora FOLDER --out FOLDER --budget 1m [NAME ...]

FOLDER of --corpora is what corpora.py made. The tokenizer and pretrain stages run as in a project
that says only `budget`, with a machine profile of their own, so that the first run's start-up holds
the measurement of the machine. Prints a Markdown table: bits per byte of validation text,
seconds until the first step, and the share of the machine's matmul peak (`mfu`).
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

from dialecto.recipe import MachineSection, PretrainSection, TokenizerSection, parse_budget
from dialecto.runtime import SilentProgress, StageContext
from dialecto.runtime.files import read_json

COLUMNS = (
    "corpus", "budget", "vocabulary", "shape", "epochs", "seconds", "first step s", "5-gram",
    "predicted", "achieved", "error", "mfu", "cooldown moved",
)  # fmt: skip


class Clock(SilentProgress):
    """Remembers when the steps began, and prints what is told."""

    def __init__(self) -> None:
        self.began = 0.0

    def begin(self, label: str, *rest: Any, **more: Any) -> None:
        super().begin(label, *rest, **more)
        if label == "pretrain":
            self.began = time.monotonic()

    def note(self, text: str) -> None:
        print(f"  {text}", flush=True)


def run(corpus: Path, work: Path, budget: str, seed: int) -> list[str]:
    from dialecto.training import stage, vocabulary

    spent: dict[str, Any] = {
        "budget": parse_budget(budget), "machine": MachineSection(), "seed": seed,
    }  # fmt: skip
    clock = Clock()
    folders = {"corpus": corpus, "tokenizer": work / "tokenizer", "pretrain": work / "pretrain"}
    for name in ("tokenizer", "pretrain"):
        folders[name].mkdir(parents=True)
    # The measurement of the machine is counted as the start-up of the stage that makes it.
    started = time.monotonic()
    context = StageContext(folders["tokenizer"], clock)
    vocabulary.run(context, folders, section=TokenizerSection(), **spent)
    tokenized = time.monotonic()
    context = StageContext(folders["pretrain"], clock)
    made = stage.run(context, folders, section=PretrainSection(), **spent)
    seconds = time.monotonic() - tokenized
    plan = read_json(folders["pretrain"] / "plan.json")
    predicted, achieved = float(made["bpb.predicted"]), float(made["bpb.validation"])
    shape = plan["shape"]
    return [
        budget,
        f"{shape['vocabulary']:,}",
        f"{shape['layers']} x {shape['width']}",
        f"{float(made['epochs']):.2f}",
        f"{seconds:.0f}",
        f"{clock.began - tokenized:.1f} (+{tokenized - started:.1f} tokenizer)",
        plan["why"][-1].rsplit(" ", 1)[-1],
        f"{predicted:.3f}",
        f"{achieved:.3f}",
        f"{predicted / achieved - 1:+.1%}",
        f"{float(made.get('mfu', float('nan'))):.2f}",
        "yes" if plan.get("moved") else "no",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", default="1m")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("names", nargs="*", default=["sqldocs", "handbook", "quijote"])
    options = parser.parse_args()
    os.environ["DIALECTO_HOME"] = str(options.out / "home")
    rows = []
    for name in options.names:
        corpus = options.corpora / name / "project" / "artifacts" / "corpus" / "current"
        work = options.out / f"{name}-{options.budget}-{options.seed}"
        rows.append([name, *run(corpus.resolve(), work, options.budget, options.seed)])
        print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
