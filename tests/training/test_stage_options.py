"""The recipe's options reach the training they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dialecto.recipe import PretrainSection
from dialecto.runtime import StageContext
from dialecto.runtime.files import read_json
from dialecto.tokenizer.shards import write_index, write_shards
from dialecto.tokenizer.train import as_fast_tokenizer, train_bpe
from dialecto.training import stage
from dialecto.training.journal import read_metrics
from tests.artefacts import spent

PLAIN: dict[str, Any] = {"shape": {"layers": 1, "width": 32}, "context": 32, "batch_tokens": 256}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer's artefact over a few sentences."""
    folder = tmp_path_factory.mktemp("tokenizer")
    texts = [f"The shop sells jam number {n} for {n * 7 % 31} euros a jar." for n in range(80)]
    bpe = train_bpe(texts, vocabulary=300)
    as_fast_tokenizer(bpe).save_pretrained(folder / "tokenizer")
    splits = {
        name: write_shards(folder / "shards", name, [part], bpe)
        for name, part in (("train", texts[8:]), ("validation", texts[:8]))
    }
    write_index(folder / "shards", bpe.get_vocab_size(), splits)
    return folder


def pretrain(tokenizer: Path, work: Path, steps: int = 8, **options: Any) -> dict[str, Any]:
    work.mkdir(exist_ok=True)
    section = PretrainSection.model_validate({**PLAIN, "steps": steps, **options})
    stage.run(StageContext(work), {"tokenizer": tokenizer}, section=section, **spent("60s"))
    return {"plan": read_json(work / "plan.json"), "lines": read_metrics(work / "metrics.jsonl")}


def test_each_option_changes_the_run(tokenizer: Path, tmp_path: Path) -> None:
    """Against the same run without it: rates, gradients, rows or losses, as it should."""
    plain = pretrain(tokenizer, tmp_path / "plain")
    rates = [line["learning_rate"] for line in plain["lines"]]
    losses = [line["loss"] for line in plain["lines"]]

    cosine = pretrain(tokenizer, tmp_path / "cosine", schedule="cosine", final_rate=0.5)
    assert [line["learning_rate"] for line in cosine["lines"]] != rates
    assert cosine["lines"][-1]["learning_rate"] > 0.5

    for name, options in {
        "sgd": {"optimizer": "sgd", "initialisation": "induction"},
        "clip": {"clip": 0.01},
        "smooth": {"label_smoothing": 0.3},
        "z": {"z_loss": 0.1},
    }.items():
        found = pretrain(tokenizer, tmp_path / name, **options)["lines"]
        assert found[0]["loss"] == pytest.approx(losses[0], rel=1e-4)  # bf16, summed otherwise
        assert found[-1]["loss"] != losses[-1], name

    ramp = pretrain(tokenizer, tmp_path / "ramp", batch_ramp=0.5)["lines"]
    assert ramp[0]["tokens"] < plain["lines"][0]["tokens"]

    same = pretrain(
        tokenizer, tmp_path / "same", activation_checkpointing=True, attention="sdpa", compile=False
    )
    assert [line["loss"] for line in same["lines"]] == pytest.approx(losses, rel=1e-3)
    assert same["plan"]["attention"] == ["sdpa", "from the recipe"]
    assert same["plan"]["compile"] == {"on": False, "why": "from the recipe", "spent": 0.0}
    assert plain["plan"]["compile"]["on"] is False
    assert plain["plan"]["compile"]["why"].startswith("not compiled")
