"""What of a section goes into the digest."""

from __future__ import annotations

from typing import Any

import pytest

from dialecto.recipe import PretrainSection
from dialecto.recipe.base import UNLESS_DEFAULT, digest_view

# Fields of pretraining added after the first artefacts, and another value.
LATER: dict[str, Any] = {
    "schedule": "cosine",
    "final_rate": 0.5,
    "clip": 0.5,
    "label_smoothing": 0.5,
    "z_loss": 0.5,
    "batch_ramp": 0.5,
    "attention": "sdpa",
    "activation_checkpointing": True,
    "compile": True,
}


@pytest.mark.parametrize("name", LATER)
def test_a_field_added_later_counts_when_it_is_set(name: str) -> None:
    """Recipes written before it keep their artefacts."""
    assert PretrainSection.model_fields[name].json_schema_extra == UNLESS_DEFAULT
    assert name not in digest_view(PretrainSection())
    assert digest_view(PretrainSection.model_validate({name: LATER[name]}))[name] == LATER[name]


def test_the_first_fields_always_count() -> None:
    assert {"optimizer", "warmup", "cooldown", "shape"} <= set(digest_view(PretrainSection()))
