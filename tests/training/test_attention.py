"""Every attention gives what the dense mask gives."""

from __future__ import annotations

import pytest
import torch

from dialecto.models.shape import default_shape
from dialecto.runtime import DialectoError
from dialecto.training.attention import (
    default_attention,
    segment_blocks,
    segment_mask,
    training_mask,
    use_for_training,
)
from dialecto.training.attention_trial import choose_attention, time_attention
from tests.training.tiny import tiny_model, tiny_stream

CPU = torch.device("cpu")


def test_a_block_mask_lets_see_what_the_dense_mask_lets_see() -> None:
    segments = torch.tensor([[1, 1, 1, 2, 2, 3, 0, 0], [1, 2, 2, 2, 2, 2, 2, 0]], dtype=torch.int32)
    blocks = segment_blocks(segments)
    where = [torch.arange(n) for n in (2, 1, 8, 8)]
    row, head, to, past = torch.meshgrid(*where, indexing="ij")
    assert torch.equal(
        blocks.mask_mod(row, head, to, past), segment_mask(segments, torch.float32) == 0
    )


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_flex_attention_equals_the_dense_mask() -> None:
    """Forward only: on CPUs it has no backward pass, which is why it is refused there."""
    model = tiny_model(random_outputs=True)
    batch = next(tiny_stream(rows=6))
    inputs, segments = torch.from_numpy(batch.inputs), torch.from_numpy(batch.segments)
    found = {}
    for name in ("explicit", "sdpa", "dialecto_flex"):
        if name == "dialecto_flex":
            model.set_attn_implementation(name)
        else:
            use_for_training(model, CPU, 24, name)
        mask = training_mask(model, segments, torch.float32)
        with torch.no_grad():
            found[name] = model.base_model(
                input_ids=inputs, attention_mask=mask, use_cache=False
            ).last_hidden_state
            alone = model.base_model(input_ids=inputs, use_cache=False).last_hidden_state
        assert not torch.allclose(alone, found[name], atol=1e-3)
    for name in ("sdpa", "dialecto_flex"):
        torch.testing.assert_close(found["explicit"], found[name], atol=1e-4, rtol=1e-4)


def test_flex_is_refused_on_a_processor() -> None:
    with pytest.raises(DialectoError, match="attention: auto"):
        use_for_training(tiny_model(), CPU, 24, "flex")


def test_what_a_processor_uses_is_known_beforehand() -> None:
    assert default_attention(CPU, 256) == "explicit"
    assert default_attention(CPU, 4096) == "sdpa"
    shape = default_shape(2, 64, 97, 256)
    assert choose_attention("auto", shape, 2, CPU, "fp32", 0.0)[0] == "explicit"
    assert choose_attention("sdpa", shape, 2, CPU, "fp32", 0.0) == ("sdpa", "from the recipe")


def test_the_trial_times_what_runs_and_passes_over_what_does_not() -> None:
    shape = default_shape(2, 64, 97, 128)
    assert 0 < time_attention("sdpa", shape, 2, CPU, torch.float32) < float("inf")
    assert 0 < time_attention("explicit", shape, 2, CPU, torch.float32) < float("inf")
    assert time_attention("flex", shape, 2, CPU, torch.float32) == float("inf")
