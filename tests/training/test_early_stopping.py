"""A run whose held-out loss no longer falls ends, and keeps its best weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dialecto.runtime import Interrupted
from tests.training.running import Told, run, same_weights
from tests.training.tiny import tiny_plan

PLAN = tiny_plan(30, early_stopping=2, tokens_per_byte=0.3)
VALUES = {3: 3.0, 6: 1.0, 9: 2.0, 12: 2.5, 15: 0.5}


def measured(seen: dict[int, Any]) -> Callable[[Any], float]:
    """A held-out loss that depends on the step alone; remembers the embeddings."""

    def validate(model: Any) -> float:
        step = int(torch.initial_seed()) + 1
        seen[step] = model.get_input_embeddings().weight.detach().clone()
        return VALUES[step]

    return validate


def test_it_stops_and_keeps_the_best(tmp_path: Path) -> None:
    seen: dict[int, Any] = {}
    told = Told()
    result, model = run(tmp_path, PLAN, told, measured(seen))
    assert result.steps == 12
    assert result.validation == 1.0
    assert result.stopped == (
        "stopped at step 12 of 30: 2 measures of held-out text in a row were not better than 1.0000"
    )
    assert f"test: {result.stopped}" in told.notes
    assert torch.equal(model.get_input_embeddings().weight, seen[6])


@pytest.mark.parametrize("stop", [7, 9, 12])
def test_it_stops_at_the_same_step_after_a_kill(tmp_path: Path, stop: int) -> None:
    whole, model = run(tmp_path / "whole", PLAN, validate=measured({}))
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", PLAN, Told(stop), measured({}))
    parts, again = run(tmp_path / "parts", PLAN, validate=measured({}))
    assert (parts.steps, parts.loss, parts.stopped) == (whole.steps, whole.loss, whole.stopped)
    assert same_weights(model, again)


def test_without_it_the_run_goes_to_its_end(tmp_path: Path) -> None:
    result, _ = run(tmp_path, tiny_plan(15), validate=measured({}))
    assert (result.steps, result.validation, result.stopped) == (15, 0.5, "")
