"""What two processes did beside what one does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dialecto.training.journal import read_metrics
from tests.training.distributed.together import train_tiny


def assert_trained_as_one(together: Path, work: Path, facts: dict[str, Any]) -> None:
    """Train a case in this process; all that it comes to is what two processes left in `together`,
    near enough (`near`)."""
    alone = train_tiny(work, "none", {n: v for n, v in facts.items() if n != "stop"})
    found = json.loads((together / "found.json").read_text())
    steps, wanted = (read_metrics(folder / "metrics.jsonl") for folder in (together, work))
    near = facts["near"]
    for line, other in zip(steps, wanted, strict=True):
        assert line["tokens"] == other["tokens"]
        assert line["loss"] == pytest.approx(other["loss"], rel=near)
        assert line["gradient_norm"] == pytest.approx(other["gradient_norm"], rel=10 * near)
    assert found["returns"] == alone["returns"] == ("spoil" in facts)
    assert steps[0]["loss"] == pytest.approx(wanted[0]["loss"], rel=1e-6)
    if alone["validation"] is not None:
        assert found["validation"] == pytest.approx(alone["validation"], rel=near)
    for name, sums in alone["weights"].items():
        assert found["weights"][name][1] == pytest.approx(sums[1], rel=10 * near, abs=1e-4), name
