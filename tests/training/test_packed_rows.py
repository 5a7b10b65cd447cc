"""Rows packed with several documents, against transformers on each document alone."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dialecto.recipe.architectures import OBJECTIVES
from dialecto.training.pieces import IGNORED, Batch
from tests.training.test_step import gradients
from tests.training.tiny import tiny_model, tiny_stream


def alone(model: Any, batch: Batch) -> tuple[float, int]:
    """(summed loss, targets) of each document of the rows in a call of its own."""
    plain = copy.deepcopy(model)
    plain.set_attn_implementation("eager")
    total, count = 0.0, 0
    for row in range(len(batch.inputs)):
        for segment in range(1, int(batch.segments[row].max()) + 1):
            here = batch.segments[row] == segment
            inputs = torch.from_numpy(batch.inputs[row][here])[None]
            if batch.decoder_segments is None:
                asked, extra = batch.targets[row][here], {}
            else:
                assert batch.decoder_inputs is not None
                there = batch.decoder_segments[row] == segment
                asked = batch.targets[row][there]
                answer = torch.from_numpy(batch.decoder_inputs[row][there])[None]
                extra = {"decoder_input_ids": answer}
            targets = torch.from_numpy(asked)
            with torch.no_grad():
                logits = plain(input_ids=inputs, **extra).logits[0]
            total += F.cross_entropy(logits, targets, reduction="sum", ignore_index=IGNORED).item()
            count += int((targets != IGNORED).sum())
    return total, count


@pytest.mark.parametrize("architecture", OBJECTIVES)
def test_packed_rows_cost_what_their_documents_cost_alone(architecture: str) -> None:
    model = tiny_model(random_outputs=True, architecture=architecture)
    batch = next(tiny_stream(rows=6, architecture=architecture))
    assert batch.segments.max() > 1
    loss, _ = gradients(model, batch, 6)
    total, count = alone(model, batch)
    assert count == batch.predictions
    assert loss == pytest.approx(total / count, rel=1e-5)


# Not of a mixture: how alike its experts are used is judged micro-batch by micro-batch.
@pytest.mark.parametrize("architecture", [a for a in OBJECTIVES if a != "qwen3_moe"])
def test_micro_batches_give_the_gradient_of_the_whole_batch(architecture: str) -> None:
    model = tiny_model(random_outputs=True, architecture=architecture)
    batch = next(tiny_stream(rows=8, architecture=architecture))
    loss, whole = gradients(model, batch, 8)
    for micro in (1, 3):
        part_loss, parts = gradients(model, batch, micro)
        assert part_loss == pytest.approx(loss, rel=1e-6)
        for a, b in zip(whole, parts, strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("architecture", OBJECTIVES)
def test_a_neighbour_does_not_change_a_piece(architecture: str) -> None:
    model = tiny_model(random_outputs=True, architecture=architecture)
    batch = next(tiny_stream(rows=8, architecture=architecture))
    row = next(r for r in range(8) if batch.segments[r].max() > 1)
    changed = batch.inputs.copy()
    other = batch.segments[row] == 2
    changed[row, other] = (changed[row, other] + 11) % 80 + 4
    answers = batch.segments if batch.decoder_segments is None else batch.decoder_segments
    only_first = np.full_like(batch.targets, IGNORED)
    first = answers[row] == 1
    only_first[row, first] = batch.targets[row, first]
    before, _ = gradients(model, replace(batch, targets=only_first), 8)
    after, _ = gradients(model, replace(batch, inputs=changed, targets=only_first), 8)
    assert before == pytest.approx(after, rel=1e-7)
    theirs = np.full_like(batch.targets, IGNORED)
    theirs[row, answers[row] == 2] = batch.targets[row, answers[row] == 2]
    assert gradients(model, replace(batch, targets=theirs), 8)[0] != pytest.approx(
        gradients(model, replace(batch, inputs=changed, targets=theirs), 8)[0], rel=1e-4
    )
