"""Which experts take which share of the tokens, counted against a plain loop."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dialecto.training.experts import (
    evenness,
    expert_counts,
    expert_shares,
    plot_experts,
    read_shares,
    record_shares,
    shares_of,
)
from dialecto.training.journal import read_metrics
from tests.training.test_loop import run
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream


def test_counts_are_those_of_a_plain_loop_without_padding() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = [torch.randn(2 * 6, 5, generator=generator) for _ in range(3)]
    segments = torch.tensor([[1, 1, 2, 2, 0, 0], [1, 1, 1, 1, 1, 0]])
    found = expert_counts(logits, segments, 2)
    wanted = torch.zeros(3, 5, dtype=torch.long)
    for layer, scores in enumerate(logits):
        for token, segment in enumerate(segments.reshape(-1)):
            if segment:
                for expert in scores[token].argsort(descending=True)[:2]:
                    wanted[layer, expert] += 1
    assert torch.equal(found, wanted)
    assert all(sum(layer) == pytest.approx(1) for layer in shares_of(found))


def test_evenness_of_even_and_of_lost_experts() -> None:
    assert evenness([[0.25] * 4] * 2) == {"experts.fullest": 1.0, "experts.entropy": 1.0}
    alone = evenness([[1.0, 0.0, 0.0, 0.0]])
    assert alone == {"experts.fullest": 4.0, "experts.entropy": 0.0}


def test_a_run_of_a_mixture_records_them_and_a_dense_one_does_not(tmp_path: Path) -> None:
    run(tmp_path / "mixture", tiny_plan(), architecture="qwen3_moe")
    lines = read_shares(tmp_path / "mixture")
    assert [line["step"] for line in lines] == [3, 6, 8]
    model = tiny_model(architecture="qwen3_moe")
    assert len(lines[0]["shares"]) == model.config.num_hidden_layers
    assert len(lines[0]["shares"][0]) == model.config.num_experts
    metrics = read_metrics(tmp_path / "mixture" / "metrics.jsonl")
    assert [line["step"] for line in metrics if "experts.entropy" in line] == [3, 6, 8]
    plot_experts(tmp_path / "mixture")
    assert (tmp_path / "mixture" / "experts.png").stat().st_size > 5000
    run(tmp_path / "dense", tiny_plan())
    plot_experts(tmp_path / "dense")
    assert not list((tmp_path / "dense").glob("experts.*"))


def test_a_resumed_run_writes_no_step_twice(tmp_path: Path) -> None:
    for step in (3, 6, 9, 6):
        record_shares(tmp_path, step, [[0.5, 0.5]])
    assert [line["step"] for line in read_shares(tmp_path)] == [3, 6]


def test_looking_does_not_change_what_is_looked_at() -> None:
    model = tiny_model(architecture="qwen3_moe", dropout=0.3)
    model.train()
    batch = next(tiny_stream())
    first = expert_shares(model, batch, "fp32")
    assert first == expert_shares(model, batch, "fp32", rows=1)  # a part of the batch at once
    assert model.training
    assert first == expert_shares(model, batch, "fp32")
