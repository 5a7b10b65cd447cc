"""A small company's artefacts: a hand-made corpus, then the real stages, seconds to make.

For tests of the stages that come last. The folders follow docs/architecture.md, manifests as
the runner writes them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dialecto.recipe import (
    MachineSection,
    PretrainSection,
    TokenizerSection,
    TuneSection,
    parse_budget,
)
from dialecto.recipe.pretrain import Shape
from dialecto.runtime import StageContext
from dialecto.runtime.files import write_json

PRODUCTS = ["queso curado", "aceite virgen", "miel de brezo", "jabón de oliva", "vino tinto"]
PLACES = ["Valdelaguna", "Robledo", "Fuente Clara", "El Encinar", "Las Navas"]
ATTACK = '<script>alert("documento")</script><img src=x onerror=alert(1)>'


def make_artefacts(root: Path, *, tune: bool = True) -> dict[str, Path]:
    """Folders of corpus, tokenizer, pretrain and, if wanted, tune, by stage."""
    from dialecto.models.speed import MachineSpeed

    # Measuring the machine takes longer than all the rest and changes nothing here.
    speed = MachineSpeed("cpu", "fp32", {64: 1e9})
    with (
        patch("dialecto.training.stage.machine_speed", lambda *_: speed),
        patch("dialecto.tuning.stage.machine_speed", lambda *_: speed),
    ):
        return _run_stages(root, tune)


def _run_stages(root: Path, tune: bool) -> dict[str, Path]:
    import dialecto.tokenizer.stage as tokenizer
    import dialecto.training.stage as training
    import dialecto.tuning.stage as tuning

    folders = {"corpus": make_corpus(root / "corpus")}
    folders["tokenizer"] = root / "tokenizer"
    metrics: Mapping[str, Any] = tokenizer.run(
        StageContext(root / "tokenizer"), folders, section=TokenizerSection(vocabulary=400), seed=1
    )
    write_manifest(root / "tokenizer", metrics, {"corpus": "c0"}, 0.8)
    folders["pretrain"] = root / "pretrain"
    folders["pretrain"].mkdir()
    section = PretrainSection(
        shape=Shape(layers=2, width=64, heads=1, kv_heads=1, feed_forward=128),
        context=64,
        batch_tokens=512,
        steps=30,
        precision="fp32",
        tensorboard=False,
    )
    metrics = training.run(
        StageContext(root / "pretrain"), folders, section=section, **spent("60s")
    )
    write_manifest(root / "pretrain", metrics, {"tokenizer": "t0"}, 61.5, kilowatt_hours=0.0021)
    if tune:
        folders["tune"] = root / "tune"
        folders["tune"].mkdir()
        metrics = tuning.run(
            StageContext(root / "tune"),
            folders,
            section=TuneSection(epochs=2, batch_tokens=256),
            **spent("20s"),
        )
        inputs = {"corpus": "c0", "tokenizer": "t0", "pretrain": "p0"}
        write_manifest(root / "tune", metrics, inputs, 22.0, kilowatt_hours=0.0008)
    return folders


def spent(budget: str) -> dict[str, Any]:
    """What a training stage is told of budgets."""
    return {"budget": parse_budget(budget), "machine": MachineSection(), "seed": 1}


def make_corpus(folder: Path) -> Path:
    """60 documents (one of them an attack on whoever shows it), 20 conversations, 12 removed."""
    draw = random.Random(7)
    rows, lineage = [], []
    for i in range(60):
        product, place = draw.choice(PRODUCTS), draw.choice(PLACES)
        text = (
            f"La cooperativa de {place} vende {product} desde hace {draw.randint(2, 90)} años. "
            f"El pedido número {i} salió el martes hacia {draw.choice(PLACES)}, con "
            f"{draw.randint(3, 400)} cajas de {draw.choice(PRODUCTS)} y la factura de siempre. "
            "Quien quiera más detalles puede llamar a la oficina por la mañana."
        )
        split = "test" if i % 10 == 0 else "validation" if i % 10 == 1 else "train"
        if i == 0:
            text = f"{ATTACK} {text}"
        row = {"id": f"d{i:02d}", "source": "actas", "path": f"{i:02d}.md", "lang": "es"}
        rows.append({**row, "split": split, "text": text})
        lineage.append(
            {
                **{name: row[name] for name in ("id", "source", "path")},
                "sha256": "0" * 64,
                "outcome": "kept",
                "reason": "",
                "split": split,
                "entities": 3 if i % 3 == 0 else 0,
                "changes": ["boilerplate"] if i % 4 == 0 else [],
            }
        )
    for i in range(12):
        quarantined = i == 0
        lineage.append(
            {
                "id": f"r{i:02d}",
                "source": "correo",
                "path": f"{i:02d}.eml" if not quarantined else "<b>rota</b>.pdf",
                "sha256": "1" * 64,
                "outcome": "quarantined" if quarantined else "removed",
                "reason": "unreadable" if quarantined else "near_duplicate",
                "split": "",
                "entities": 0,
                "changes": [],
            }
        )
    write_corpus(folder, rows, lineage)
    return folder


def write_corpus(folder: Path, rows: list[dict[str, Any]], lineage: list[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "documents").mkdir(parents=True)
    (folder / "conversations").mkdir()
    for split in ("train", "validation", "test"):
        part = [{k: v for k, v in r.items() if k != "split"} for r in rows if r["split"] == split]
        pq.write_table(pa.Table.from_pylist(part), folder / "documents" / f"{split}-00000.parquet")
        turns = [
            {
                "id": f"q{split}{i}",
                "messages": [
                    {"role": "user", "content": f"¿Qué vende la cooperativa de {place}?"},
                    {"role": "assistant", "content": f"Vende {PRODUCTS[i]}."},
                ],
            }
            for i, place in enumerate(PLACES)
        ]
        pq.write_table(pa.Table.from_pylist(turns), folder / "conversations" / f"{split}.parquet")
    pq.write_table(pa.Table.from_pylist(lineage), folder / "lineage.parquet")
    write_json(
        folder / "removed.json",
        {
            "in": 72,
            "kept": 60,
            "removed": {"near_duplicate": 11},
            "quarantined": {"unreadable": 1},
            "examples": {
                "near_duplicate": [
                    {
                        "id": f"r{i:02d}",
                        "source": "correo",
                        "path": f"Ana Torres {i}.eml",
                        "detail": "d04",
                        "text": f"[NAME] llamó al [PHONE] por el pedido {i}. {ATTACK}",
                    }
                    for i in range(1, 5)
                ],
                "unreadable": [
                    {
                        "id": "r00",
                        "source": "correo",
                        "path": "<b>rota</b>.pdf",
                        "detail": "<i>the file is cut short</i>",
                        "text": "",
                    }
                ],
            },
        },
    )
    metrics = {
        "documents.in": 72,
        "documents.kept": 60,
        "documents.quarantined": 1,
        "documents.removed": 11,
        "documents.removed.near_duplicate": 11,
        "documents.train": 48,
        "documents.validation": 6,
        "documents.test": 6,
        "pii.entities": 60,
        "pii.NAME": 40,
        "pii.PHONE": 20,
        "bytes.kept": sum(len(row["text"].encode()) for row in rows),
    }
    write_manifest(folder, metrics, {}, 1.9, kilowatt_hours=0.0001)


def write_manifest(
    folder: Path,
    metrics: Mapping[str, Any],
    inputs: Mapping[str, str],
    seconds: float,
    kilowatt_hours: float | None = None,
) -> None:
    write_json(
        folder / "manifest.json",
        {
            "stage": folder.name,
            "digest": f"{folder.name[0]}0",
            "version": 1,
            "inputs": dict(inputs),
            "files_in": {},
            "settings": {"seed": 1},
            "code": {"dialecto": "0.1.0", "torch": "2.13.0"},
            "machine": {
                "system": "Linux-6.1",
                "processor": "EPYC",
                "cores": 2,
                "python": "3.11.9",
            },
            "finished": "2026-11-21T10:00:00Z",
            "seconds": seconds,
            "kilowatt_hours": kilowatt_hours,
            "metrics": dict(metrics),
            "files": {},
        },
    )
