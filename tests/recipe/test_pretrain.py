"""Options of training that exclude each other."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dialecto.recipe import PretrainSection, TokenizerSection

ZERO = {"engine": "deepspeed", "zero_stage": 1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"attention": "flex", "dropout": 0.1}, "no dropout"),
        ({"schedule": "cosine", "cooldown": 0.5}, "belongs to `schedule: wsd`"),
        ({"compile": "sometimes"}, "compile"),
        ({"clip": 0}, "clip"),
        ({"context": 64, "batch_tokens": 32}, "no room for a row of 64"),
        ({"architecture": "gpt2", "shape": {"width": 64, "heads": 3}}, "no multiple of 3"),
        ({"architecture": "gpt2", "shape": {"heads": 4, "kv_heads": 2}}, "its own key"),
        ({"architecture": "llama", "shape": {"width": 30, "heads": 2}}, "15 values: an odd number"),
        ({"shape": {"preset": "tiny", "kv_heads": 3}}, "`preset: tiny` has 1 heads"),
        ({"shape": {"preset": "125M", "kv_heads": 5}}, "12 heads, which cannot share 5"),
        ({"architecture": "bert", "shape": {"preset": "tiny", "heads": 3}}, "no multiple of 3"),
        (
            {"architecture": "qwen3_moe", "shape": {"experts_used": 9}},
            "8 experts, fewer than the 9",
        ),
        (
            {"architecture": "qwen3_moe", "shape": {"preset": "tiny", "experts_used": 9}},
            "than the 9",
        ),
        ({"shape": {"experts": 4}}, "`qwen3` has no experts"),
        ({"distribute": {"engine": "deepspeed"}}, "needs `zero_stage: 1` or `2`"),
        ({"distribute": ZERO}, "needs `optimizer: adamw` or `sgd`.*`muon` looks at whole matrices"),
        ({"distribute": ZERO, "optimizer": "sgd", "precision": "fp16"}, "take `bf16`"),
        ({"distribute": ZERO, "optimizer": "adamw", "compile": True}, "be had with `deepspeed`"),
        ({"distribute": {"engine": "fsdp", "zero_stage": 1}}, "slices gradients too"),
        ({"distribute": {"engine": "ddp", "zero_stage": 1}}, "belongs to `fsdp` and `deepspeed`"),
    ],
)
def test_what_does_not_go_together_is_said(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PretrainSection.model_validate(options)


def test_what_goes_together_is_taken() -> None:
    section = PretrainSection.model_validate({"schedule": "cosine", "compile": True, "clip": 1})
    assert section.compile is True
    sliced = PretrainSection.model_validate({"distribute": ZERO, "optimizer": "sgd"})
    assert sliced.distribute.method == "deepspeed"
    assert PretrainSection.model_validate({"compile": "auto"}).compile == "auto"


def test_only_muon_begins_with_induction_heads_by_itself() -> None:
    assert PretrainSection().beginning == "induction"
    assert PretrainSection(optimizer="adamw").beginning == "scaled"
    assert PretrainSection(optimizer="adamw", initialisation="induction").beginning == "induction"
    assert PretrainSection(initialisation="he").beginning == "he"


@pytest.mark.parametrize(("names", "said"), [(["<a>", " "], "letters"), (["<a>", "<a>"], "twice")])
def test_special_tokens_are_names_and_different_ones(names: list[str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TokenizerSection(extra_special_tokens=names)
