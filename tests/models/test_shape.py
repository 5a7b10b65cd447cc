"""The arithmetic of shapes against the models that transformers builds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dialecto.models.architecture import build_config, build_model, model_class
from dialecto.models.candidates import LADDER
from dialecto.models.initialise import (
    DISTANCES,
    EMBEDDINGS,
    HEADS,
    OUTPUTS,
    POSITIONS,
    TIED,
    UNSCALED,
    fans,
)
from dialecto.models.shape import default_shape
from dialecto.recipe.architectures import OBJECTIVES

LOOKED_UP = (*EMBEDDINGS, *HEADS, *POSITIONS, *TIED, *DISTANCES)


@pytest.mark.parametrize("architecture", OBJECTIVES)
@pytest.mark.parametrize(("layers", "width"), LADDER[:4])
def test_parameter_count_is_the_models(layers: int, width: int, architecture: str) -> None:
    shape = default_shape(layers, width, 512, 64, architecture)
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
        # Heads that look back begin alike in every model, and those are all that this writes.
        if a.ndim == 2 and a.abs().sum() > 0 and not name.endswith("0.self_attn.o_proj.weight"):
            assert not torch.equal(a, c), name


@pytest.mark.parametrize("architecture", OBJECTIVES)
def test_what_is_saved_loads_in_plain_transformers_with_equal_logits(
    architecture: str, tmp_path: Path
) -> None:
    shape = default_shape(2, 64, 300, 32, architecture)
    config = build_config(shape, end_of_text=0, pad=3)
    first = build_model(config, 4, "normal").eval()
    tokens = torch.tensor([[5, 7, 11, 2, 9, 40, 41]])
    with torch.no_grad():
        extra = {"decoder_input_ids": tokens} if architecture == "t5" else {}
        wanted = first(tokens, **extra).logits
        for name in ("one", "two"):
            first.save_pretrained(tmp_path / name)
            first = (
                model_class(architecture).from_pretrained(tmp_path / name, dtype="float32").eval()
            )
            torch.testing.assert_close(first(tokens, **extra).logits, wanted, atol=0, rtol=0)
    assert wanted.abs().max() > 0.01


@pytest.mark.parametrize("kind", ["scaled", "normal", "xavier", "he"])
@pytest.mark.parametrize("architecture", OBJECTIVES)
def test_weights_begin_as_they_should(architecture: str, kind: str) -> None:
    model = build_model(build_config(default_shape(2, 64, 300, 32, architecture),
                                     end_of_text=0, pad=3), 4, kind)  # fmt: skip
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert not parameter.any(), name
        elif parameter.ndim < 2:
            assert (parameter == 1).all(), name
        elif kind == "scaled" and name.endswith(OUTPUTS):
            assert not parameter.any(), name
        elif kind in ("xavier", "he") and not name.endswith(LOOKED_UP):
            inputs, outputs = fans(name, parameter)
            wanted = (2 / (inputs + outputs)) ** 0.5 if kind == "xavier" else (2 / inputs) ** 0.5
            wanted *= model.config.d_kv**-0.5 if name.endswith(UNSCALED) else 1.0
            assert parameter.std().item() == pytest.approx(wanted, rel=0.1), name


def test_a_matrix_is_read_the_way_its_class_writes_it() -> None:
    model = build_model(build_config(default_shape(1, 64, 300, 32, "gpt2"),
                                     end_of_text=0, pad=3), 4)  # fmt: skip
    named = dict(model.named_parameters())
    assert fans("transformer.h.0.mlp.c_fc.weight", named["transformer.h.0.mlp.c_fc.weight"]) == (
        64, 256,
    )  # fmt: skip


def test_blocks_begin_as_the_identity() -> None:
    """Zeroed output projections: logits depend on the last token alone."""
    shape = default_shape(2, 64, vocabulary=300, context=32)
    model = build_model(build_config(shape, end_of_text=0, pad=3), 1, "scaled").eval()
    with torch.no_grad():
        alone = model(torch.tensor([[7]])).logits[0, -1]
        after = model(torch.tensor([[9, 8, 7]])).logits[0, -1]
    assert torch.allclose(alone, after, atol=1e-6)
