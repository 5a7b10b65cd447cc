"""Models that fill text in: what is held out, how it is scored, whether they learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dialecto.recipe.architectures import DECODERS, OBJECTIVES
from dialecto.training.muon import Muon
from dialecto.training.objectives.heldout import fill, held_out_batches
from dialecto.training.objectives.masked import Masked
from dialecto.training.objectives.spans import Spans
from dialecto.training.optimizer import make_optimizers, muon_rates, split_parameters
from dialecto.training.step import train_step
from tests.training.test_packed_rows import alone
from tests.training.tiny import CONTEXT, PAD, tiny_model, tiny_plan, tiny_stream

FILLING = [name for name in OBJECTIVES if name not in DECODERS]


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
