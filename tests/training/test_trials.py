"""Ways to train are tried with what they change, and all is put back."""

from __future__ import annotations

import torch

from dialecto.models.speed import Trial
from dialecto.training.trials import better_precision, try_ways


def test_formats_with_all_threads_then_one_thread_in_the_better() -> None:
    seen: list[tuple[str, int]] = []
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:

        def rate(precision: str) -> float:
            seen.append((precision, torch.get_num_threads()))
            return {"fp32": 1e9, "bf16": 2e9}[precision]

        trials = try_ways(rate, bf16=True)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [("fp32", 2), ("bf16", 2), ("bf16", 1)]
    assert [(t.precision, t.threads) for t in trials] == seen


def test_bf16_must_be_worth_it() -> None:
    assert better_precision((Trial("fp32", 2, 1.0), Trial("bf16", 2, 1.05))) == "fp32"
    assert better_precision((Trial("fp32", 2, 1.0), Trial("bf16", 2, 1.2))) == "bf16"
    assert better_precision((Trial("fp32", 1, 1.0),)) == "fp32"
    faster_alone = (Trial("fp32", 2, 1.0), Trial("bf16", 2, 1.2), Trial("bf16", 1, 5.0))
    assert better_precision(faster_alone) == "bf16"
