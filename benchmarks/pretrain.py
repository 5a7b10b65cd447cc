"""Pretraining beside its peers, for equal time, on the same held-out documents.

    python benchmarks/pretrain.py --data FOLDER --out FOLDER --peers PYTHON --litgpt PYTHON
        [--minutes 10] [--ours 4 5 10] [--only NAME ...] [--skip tutorial tuned litgpt]

PYTHON are interpreters of environments of their own, `pip install torch==2.13.0 transformers
accelerate datasets` and `pip install torch==2.13.0 litgpt litdata requests`. One run after
another, so that none disturbs the other's clock. For each corpus: its documents go through our
corpus stage once, and every side gets the same training texts. Ours is a recipe with only a
budget; counted is everything from the clean corpus to the saved model: imports, tokenizer,
planning, measuring the machine (its profile is deleted before each run), training. Peers get
`--minutes` from reading the texts on, without their imports and without the trial that finds out
how many steps fit. What is done is not done again (results.json).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from corpora import CORPORA
from corpora_files import Corpus, dialecto, place_files
from pretrain_score import matmul_peak, read_texts, score_folder

MORE = (
    Corpus("Shakespeare", ("pretrain_en/tinyshakespeare.txt",), "en"),
    Corpus("Spanish documentation of Python", ("pretrain_es/pydocs_es_po_12MB.tar.gz",), "es"),
)
TEST_BYTES = 300_000
PEER_SHAPE = ("--layers", "4", "--width", "256", "--context", "256")


def project(corpus: Corpus, data: Path, root: Path, minutes: float) -> Path:
    """A project with nothing but a source and a budget; its corpus is made."""
    place_files(corpus, data, root / "documents")
    folder = root / f"project-{minutes:g}m"
    if not (folder / "dialecto.yaml").is_file():
        words = ["new", str(folder), "--objective", "text", "--source", str(root / "documents")]
        dialecto(*words, "--budget", f"{minutes * 60:.0f}s", "--lang", corpus.lang)
    dialecto("corpus", "--project", str(folder))
    return folder


def artefact(folder: Path, stage: str) -> Path:
    digest = dialecto("status", "--project", str(folder))["stages"][stage]["digest"]
    return next(folder.glob(f"artifacts/{stage}/{digest}*"))


def export(folder: Path, root: Path) -> tuple[Path, Path]:
    """The training and some test documents as JSON Lines, for every side."""
    train, test = root / "train.jsonl", root / "test.jsonl"
    if not test.is_file():
        documents = artefact(folder, "corpus") / "documents"
        for split, path in (("train", train), ("test", test)):
            texts: list[str] = []
            for shard in sorted(documents.glob(f"{split}-*.parquet")):
                texts += pq.read_table(shard, columns=["text"]).column(0).to_pylist()
            if split == "test":
                every = max(sum(len(text.encode()) for text in texts) // TEST_BYTES, 1)
                texts = texts[::every]
            path.write_text(
                "".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8"
            )
    return train, test


def ours(folder: Path, home: Path, test: list[str], context: int) -> dict[str, Any]:
    """`dialecto run --until pretrain` from the clean corpus on, timed from outside."""
    (home / "machine.json").unlink(missing_ok=True)
    begun = time.monotonic()
    before = resource_peak()
    dialecto("run", "--project", str(folder), "--until", "pretrain")
    seconds = time.monotonic() - begun
    made = artefact(folder, "pretrain")
    stages = dialecto("status", "--project", str(folder))["stages"]
    plan = json.loads((made / "plan.json").read_text())
    steps = [json.loads(line) for line in (made / "metrics.jsonl").read_text().splitlines()]
    spans = [b["seconds"] - a["seconds"] for a, b in pairwise(steps)]
    typical = sorted(spans)[len(spans) // 2]
    tokens = (steps[-1]["tokens"] - steps[0]["tokens"]) / max(len(spans), 1)
    per_token = plan["training_flops"] / plan["tokens"]
    return {
        "bpb": score_folder(made / "model", test, context),
        "seconds": seconds,
        "start_seconds": seconds - stages["tokenizer"]["seconds"] - steps[-1]["seconds"],
        "steps": len(steps),
        "parameters": stages["pretrain"]["metrics"]["parameters"],
        "tokens_per_second": tokens / typical,
        "flops_per_second": tokens / typical * per_token,
        "peak_mb": max(resource_peak(), before),
        "predicted_bpb": plan.get("predicted_bpb"),
        "mfu": stages["pretrain"]["metrics"].get("mfu"),
        "validation_bpb": stages["pretrain"]["metrics"].get("bpb.validation"),
    }


def resource_peak() -> float:
    """Megabytes of the largest child so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def peer(python: Path, script: str, *words: str) -> dict[str, Any]:
    command = [str(python), str(Path(__file__).with_name(script)), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {"failed": done.returncode}
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("data", "out", "peers"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--litgpt", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--ours", type=float, nargs="*", default=[4, 5, 10])
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--rate", help="of the tuned baseline; else 3e-3")
    o = parser.parse_args()
    home = (o.out / "home").absolute()
    home.mkdir(parents=True, exist_ok=True)
    os.environ["DIALECTO_HOME"] = str(home)
    results_path = o.out / "results.json"
    results: dict[str, Any] = json.loads(results_path.read_text()) if results_path.is_file() else {}
    peak = results.setdefault("matmul_peak", matmul_peak())
    print(f"peak of bf16 matrix products: {peak / 1e9:.0f} GFLOP/s\n")
    for corpus in (*CORPORA, *MORE):
        if o.only and not corpus.name.lower().startswith(tuple(n.lower() for n in o.only)):
            continue
        root = o.out / corpus.name.lower().replace(" ", "-").replace(",", "")
        rows: dict[str, Any] = results.setdefault(corpus.name, {})
        folders = {minutes: project(corpus, o.data, root, minutes) for minutes in o.ours}
        train, test = export(next(iter(folders.values())), root)
        texts = read_texts(test)

        def keep(name: str, row: dict[str, Any], rows: dict[str, Any] = rows) -> None:
            rows[name] = row
            results_path.write_text(json.dumps(results, indent=1))

        for minutes, folder in folders.items():
            if (name := f"dialecto, budget {minutes:g} m") not in rows:
                keep(name, ours(folder, home, texts, 256))
        common = ["--train", str(train), "--test", str(test), *PEER_SHAPE]
        common += ["--seconds", str(o.minutes * 60)]
        for kind in ("tutorial", "tuned"):
            name = f"Trainer, {kind}, {o.minutes:g} m"
            if kind not in o.skip and name not in rows:
                gpt2 = ["--gpt2", str(o.data / "tokenizers/gpt2"), "--out", str(root / kind)]
                rate = ["--rate", o.rate] if o.rate and kind == "tuned" else []
                keep(name, peer(o.peers, "pretrain_trainer.py", kind, *common, *gpt2, *rate))
        name = f"litgpt, {o.minutes:g} m"
        if o.litgpt and "litgpt" not in o.skip and name not in rows:
            words = ["--tokenizer", str(root / "tuned/model"), "--out", str(root / "litgpt")]
            keep(name, peer(o.litgpt, "pretrain_litgpt.py", *common, *words))
        table(corpus.name, rows, peak)


def table(corpus: str, rows: dict[str, Any], peak: float) -> None:
    print(f"{corpus}\n\n| | bpb | s in all | steps | parameters | tokens/s | of peak | MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, row in rows.items():
        if "failed" in row:
            print(f"| {name} | failed ({row['failed']}) |")
            continue
        print(
            f"| {name} | {row['bpb']:.3f} | {row['seconds']:.0f} | {row['steps']:,} "
            f"| {row['parameters']:,} | {row['tokens_per_second']:,.0f} "
            f"| {row['flops_per_second'] / peak:.0%} | {row['peak_mb']:,.0f} |"
        )
    for name, row in rows.items():
        if row.get("predicted_bpb"):
            off = row["predicted_bpb"] / row["validation_bpb"] - 1
            print(
                f"\n{name}: predicted {row['predicted_bpb']:.3f}, achieved on validation text "
                f"{row['validation_bpb']:.3f} ({off:+.1%}); {row['start_seconds']:.0f} s before "
                "the first step, the tokenizer not counted"
            )
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
