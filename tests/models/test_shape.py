"""The arithmetic of shapes against the models that transformers builds."""

from __future__ import annotations

import pytest
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.planner import LADDER
from dialecto.models.shape import default_shape


@pytest.mark.parametrize(("layers", "width"), LADDER[:4])
def test_parameter_count_is_the_models(layers: int, width: int) -> None:
    shape = default_shape(layers, width, vocabulary=512, context=64)
    model = build_model(build_config(shape, end_of_text=0, pad=3), seed=1)
    assert shape.parameters == sum(p.numel() for p in model.parameters())


def test_same_seed_same_weights_and_another_seed_others() -> None:
    shape = default_shape(2, 64, vocabulary=300, context=32)
    config = build_config(shape, end_of_text=0, pad=3)
    one, two, three = (build_model(config, seed) for seed in (5, 5, 6))
    for (name, a), b, c in zip(
        one.named_parameters(), two.parameters(), three.parameters(), strict=True
    ):
        assert torch.equal(a, b), name
        if a.ndim == 2 and a.abs().sum() > 0:
            assert not torch.equal(a, c), name


def test_blocks_begin_as_the_identity() -> None:
    """Zeroed output projections: logits depend on the last token alone."""
    shape = default_shape(2, 64, vocabulary=300, context=32)
    model = build_model(build_config(shape, end_of_text=0, pad=3), seed=1).eval()
    with torch.no_grad():
        alone = model(torch.tensor([[7]])).logits[0, -1]
        after = model(torch.tensor([[9, 8, 7]])).logits[0, -1]
    assert torch.allclose(alone, after, atol=1e-6)
