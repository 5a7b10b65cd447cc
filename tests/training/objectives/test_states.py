"""The loss of models that fill text in, against transformers on each document alone."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dialecto.recipe.architectures import DECODERS, OBJECTIVES
from dialecto.training.loop import train_step
from dialecto.training.muon import Muon
from dialecto.training.objectives.heldout import fill, held_out_batches
from dialecto.training.objectives.masked import Masked
from dialecto.training.objectives.spans import Spans
from dialecto.training.optimizer import make_optimizers, muon_rates, split_parameters
from dialecto.training.pieces import IGNORED, Batch
from tests.training.test_step import gradients
from tests.training.tiny import CONTEXT, PAD, tiny_model, tiny_plan, tiny_stream

FILLING = [name for name in OBJECTIVES if name not in DECODERS]


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


@pytest.mark.parametrize("architecture", FILLING)
def test_packed_rows_cost_what_their_documents_cost_alone(architecture: str) -> None:
    model = tiny_model(random_outputs=True, architecture=architecture)
    batch = next(tiny_stream(rows=6, architecture=architecture))
    assert batch.segments.max() > 1
    loss, _ = gradients(model, batch, 6)
    total, count = alone(model, batch)
    assert count == batch.predictions
    assert loss == pytest.approx(total / count, rel=1e-5)


@pytest.mark.parametrize("architecture", FILLING)
def test_micro_batches_give_the_gradient_of_the_whole_batch(architecture: str) -> None:
    model = tiny_model(random_outputs=True, architecture=architecture)
    batch = next(tiny_stream(rows=8, architecture=architecture))
    loss, whole = gradients(model, batch, 8)
    for micro in (1, 3):
        part_loss, parts = gradients(model, batch, micro)
        assert part_loss == pytest.approx(loss, rel=1e-6)
        for a, b in zip(whole, parts, strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("architecture", FILLING)
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


@pytest.mark.parametrize("architecture", FILLING)
def test_what_is_held_out_is_always_the_same_and_scored_as_transformers_does(
    architecture: str,
) -> None:
    model = tiny_model(random_outputs=True, architecture=architecture)
    found = []
    for seed in (7, 8):
        stream = tiny_stream(architecture=architecture, seed=seed)
        assert isinstance(stream.objective, Masked | Spans)
        batches = list(
            held_out_batches(
                stream.objective, stream.examples, chosen=range(5), context=CONTEXT, pad=PAD
            )
        )
        found.append(fill(model, iter(batches)))
    assert found[0] == found[1]
    total, count = (sum(x) for x in zip(*(alone(model, batch) for batch in batches), strict=True))
    assert found[0].asked == count
    assert found[0].loss == pytest.approx(total / count, rel=1e-5)
    assert 0 <= found[0].accuracy <= 1


@pytest.mark.parametrize("architecture", OBJECTIVES)
def test_muon_has_the_matrices_of_the_blocks_and_nothing_that_is_looked_up(
    architecture: str,
) -> None:
    model = tiny_model(architecture=architecture)
    names = {id(p): name for name, p in model.named_parameters()}
    matrices = [names[id(p)] for p in split_parameters(model)[0]]
    looked_up = ("embed", "wte", "wpe", "shared", "lm_head", "decoder.weight", "bias")
    assert matrices
    assert not [name for name in matrices if any(part in name for part in looked_up)]
    muon = next(o for o in make_optimizers(model, "muon", muon_rates(32)).parts
                if isinstance(o, Muon))  # fmt: skip
    held = {names[id(p)] for group in muon.param_groups for p in group["params"]}
    assert held == set(matrices)
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert tied == (architecture in FILLING)


@pytest.mark.parametrize("architecture", FILLING)
def test_each_of_them_learns(architecture: str) -> None:
    """Documents of a few tokens of the vocabulary."""
    stream = tiny_stream(rows=8, architecture=architecture)
    stream.examples.documents = [
        np.concatenate([[0], 4 + (np.arange(22) * 3 + first) % 8]) for first in range(80)
    ]
    stream.examples.words = [np.ones(23, dtype=np.bool_)] * 80
    model = tiny_model(architecture=architecture, width=64)
    optimizers = make_optimizers(model, "muon", muon_rates(64))
    plan = tiny_plan(micro_rows=8)
    losses = [
        train_step(model, next(stream), optimizers, plan, torch.device("cpu"))[0] for _ in range(60)
    ]
    assert np.mean(losses[-5:]) < 0.6 * losses[0]
