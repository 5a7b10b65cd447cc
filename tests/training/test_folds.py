"""Cross-validation: each fold is held out once, within the budget, exactly so after a kill."""

from __future__ import annotations

from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dialecto.corpus.folds import FOLDS
from dialecto.recipe import PretrainSection, Recipe
from dialecto.runtime import DialectoError, Interrupted, StageContext
from dialecto.runtime.files import read_json
from dialecto.tokenizer.folds import FoldedDocuments, write_fold_numbers
from dialecto.tokenizer.shards import write_index, write_shards
from dialecto.tokenizer.train import as_fast_tokenizer, train_bpe
from dialecto.training import stage
from dialecto.training.journal import read_metrics
from dialecto.training.model_folder import load_tokenizer
from tests.artefacts import spent
from tests.training.running import Told
from tests.training.test_stage_options import PLAIN

TEXTS = [f"The shop sells jam number {n} for {n * 7 % 31} euros a jar." for n in range(60)]
SPLITS = {"train": TEXTS[6:], "validation": TEXTS[:6]}


def fold_of(text: str) -> int:
    return TEXTS.index(text) % 3


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer's artefact over a corpus of three folds, whose first document counts twice."""
    folder = tmp_path_factory.mktemp("tokenizer")
    corpus = tmp_path_factory.mktemp("corpus")
    (corpus / "documents").mkdir()
    bpe = train_bpe(TEXTS, vocabulary=300)
    as_fast_tokenizer(bpe).save_pretrained(folder / "tokenizer")
    index = {}
    for split, texts in SPLITS.items():
        repeat = [2 if text == SPLITS["train"][0] else 1 for text in texts]
        rows = {"id": texts, "text": texts, "repeat": repeat}
        pq.write_table(pa.table(rows), corpus / "documents" / f"{split}-00000.parquet")
        read = [text for text, n in zip(texts, repeat, strict=True) for _ in range(n)]
        index[split] = write_shards(folder / "shards", split, [read], bpe)
    table = pa.Table.from_pylist([{"id": t, "fold": fold_of(t)} for t in TEXTS], FOLDS)
    pq.write_table(table, corpus / "folds.parquet")
    write_index(folder / "shards", bpe.get_vocab_size(), index)
    write_fold_numbers(corpus, folder / "shards")
    return folder


def texts_of(artefact: Path, documents: list[Any]) -> list[str]:
    tokenizer = load_tokenizer(artefact)
    return [str(text) for text in tokenizer.batch_decode([d[1:] for d in documents])]


def test_each_document_is_held_out_once_and_never_trained_on_then(artefact: Path) -> None:
    data = FoldedDocuments(artefact / "shards")
    assert data.folds == 3
    for fold in range(3):
        held = texts_of(artefact, data.of(fold))
        assert sorted(held) == sorted(text for text in TEXTS if fold_of(text) == fold)
        trained = texts_of(artefact, data.without(fold))
        assert not {*held} & {*trained}
        assert len(held) + len(trained) == len(TEXTS) + (fold != fold_of(SPLITS["train"][0]))


def pretrain(artefact: Path, work: Path, progress: Any = None, **options: Any) -> dict[str, Any]:
    work.mkdir(exist_ok=True)
    asked = {**PLAIN, "steps": 24, "tensorboard": False, "cross_validation": 0.5, **options}
    section = PretrainSection.model_validate(asked)
    context = StageContext(work, progress or Told())
    return stage.run(context, {"tokenizer": artefact}, section=section, **spent("60s"))


def test_it_is_made_within_the_steps(artefact: Path, tmp_path: Path) -> None:
    told = Told()
    metrics = pretrain(artefact, tmp_path, told)
    found = read_json(tmp_path / "folds.json")
    values = [fold["bpb"] for fold in found["folds"]]
    assert [fold["documents"] for fold in found["folds"]] == [20, 20, 20]
    assert all(0.1 < value < 12 for value in values), values
    assert len(set(values)) == 3
    assert metrics["bpb.folds"] == found["mean"] == pytest.approx(mean(values))
    assert metrics["bpb.folds.spread"] == pytest.approx(stdev(values))
    assert metrics["steps"] == 12
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 12
    assert not list(tmp_path.glob("fold-*"))
    plan = read_json(tmp_path / "plan.json")["cross_validation"]
    assert plan == {"folds": 3, "steps": 4, "share": 0.5}
    assert any("4 to each of 3 folds; 12 are left for the model" in note for note in told.notes)


def test_a_kill_changes_nothing(artefact: Path, tmp_path: Path) -> None:
    pretrain(artefact, tmp_path / "whole")
    for stop in (6, 5, 9):  # in the second fold, in the third, in the model itself
        with pytest.raises(Interrupted):
            pretrain(artefact, tmp_path / "parts", Told(stop))
    pretrain(artefact, tmp_path / "parts")
    for name in ("folds.json", "model/model.safetensors"):
        whole, parts = ((tmp_path / work / name).read_bytes() for work in ("whole", "parts"))
        assert whole == parts, name


def test_without_folds_it_says_what_to_do(artefact: Path, tmp_path: Path) -> None:
    import shutil

    without = tmp_path / "without"
    shutil.copytree(artefact, without, ignore=shutil.ignore_patterns("*.folds.npy"))
    with pytest.raises(DialectoError, match=r"corpus\.split\.folds: 5"):
        pretrain(without, tmp_path / "work")
    recipe = {"name": "x", "sources": [{"path": "d"}], "pretrain": {"cross_validation": 0.2}}
    with pytest.raises(ValueError, match=r"needs folds"):
        Recipe.model_validate(recipe)
    with pytest.raises(ValueError, match=r"are for decoders"):
        PretrainSection.model_validate({"architecture": "t5", "cross_validation": 0.2})


def test_a_corpus_without_folds_leaves_the_shards_alone(tmp_path: Path) -> None:
    write_fold_numbers(tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []
