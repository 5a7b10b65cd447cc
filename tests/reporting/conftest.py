from __future__ import annotations

import json
from pathlib import Path

import pytest

from dialecto.runtime.files import write_json, write_text
from tests.artefacts import ATTACK, make_corpus, write_manifest


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of every stage before the report, written by hand after docs/architecture.md."""
    root = tmp_path_factory.mktemp("artefacts")
    folders = {n: root / n for n in ("corpus", "tokenizer", "pretrain", "tune", "evaluate")}
    make_corpus(folders["corpus"])
    for name in ("tokenizer", "pretrain", "tune", "evaluate"):
        folders[name].mkdir()
    write_manifest(folders["tokenizer"], {"tokens.train": 123456}, {"corpus": "c0"}, 2.0)
    for name, seconds in (("pretrain", 400), ("tune", 100)):
        lines = [
            {
                "step": step,
                "seconds": seconds * step / 50,
                "tokens": 512 * step,
                "loss": 5.0 / step + 1,
                "bpb": 4.0 / step + 1,
                "learning_rate": 0.02,
                "tokens_per_second": 9000.0,
                **({"validation_bpb": 4.2 / step + 1} if step % 10 == 0 else {}),
            }
            for step in range(1, 51)
        ]
        write_text(
            folders[name] / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines)
        )
        metrics = {"parameters": 5_400_000, "steps": 50, "epochs": 2.5, "tokens_per_second": 9e3}
        metrics |= {"bpb.predicted": 1.111, "bpb.validation": 1.222, "mfu": 0.57}
        write_manifest(folders[name], metrics, {"tokenizer": "t0"}, seconds, kilowatt_hours=0.004)
    scores: dict[str, float] = {
        "bpb": 1.234,
        "bpb.base": 1.234,
        "bpb.tuned": 1.301,
        "bpb.ngram5": 1.512,
        "bpb.gzip": 2.345,
        "bpb.zstd": 1.987,
        "perplexity": 12.5,
        "repetition": 0.021,
    }
    for model, accuracy in (("", 0.875), (".base", 0.125)):
        for part in ("", ".seen", ".unseen"):
            scores |= {
                f"facts.asked{model}{part}": 8.0,
                f"facts.accuracy{model}{part}": accuracy,
                f"facts.token_f1{model}{part}": accuracy,
                f"facts.exact{model}{part}": accuracy,
            }
    write_json(folders["evaluate"] / "scores.json", scores)
    answers = [
        {
            "question": "¿Cuándo abre?",
            "expected": "a las nueve",
            "answer": "nueve",
            "f1": 1.0,
            "right": True,
        },
        {
            "question": f"¿Y esto? {ATTACK}",
            "expected": ATTACK,
            "answer": "",
            "f1": 0.0,
            "right": False,
        },
    ]
    samples = [{"kind": "text", "prompt": f"Érase {ATTACK}", "text": f" una vez {ATTACK}\u202e"}]
    for name, rows in (("answers", answers), ("samples", samples)):
        write_text(
            folders["evaluate"] / f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows)
        )
    write_manifest(folders["evaluate"], scores, {"tune": "t0", "corpus": "c0"}, 30.0)
    return folders
