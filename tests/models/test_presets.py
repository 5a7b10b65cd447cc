"""The table of presets against the models that transformers builds from it."""

from __future__ import annotations

import pytest
import torch

from dialecto.models.architecture import build_config, model_class
from dialecto.models.presets import preset_shape, with_preset
from dialecto.recipe import PretrainSection
from dialecto.recipe.architectures import OBJECTIVES
from dialecto.recipe.presets import PRESETS
from dialecto.recipe.quantities import parse_count

ROWS = [(architecture, name) for architecture, rows in PRESETS.items() for name in rows]


@pytest.mark.parametrize(("architecture", "name"), ROWS)
def test_a_preset_has_the_parameters_that_its_name_says(architecture: str, name: str) -> None:
    shape = preset_shape(name, architecture)
    config = build_config(shape, end_of_text=0, pad=3)
    with torch.device("meta"):
        model = model_class(architecture).from_config(config)
    assert shape.parameters == sum(p.numel() for p in model.parameters())
    if name != "tiny":
        assert shape.parameters == pytest.approx(parse_count(name), rel=0.05)


def test_every_architecture_has_every_preset() -> None:
    assert set(PRESETS) == set(OBJECTIVES)
    names = [list(rows) for rows in PRESETS.values()]
    assert all(some == names[0] for some in names)


def test_the_recipe_goes_before_its_preset() -> None:
    section = PretrainSection.model_validate({"shape": {"preset": "125M", "layers": 3}})
    shape = with_preset(section).shape
    assert (shape.layers, shape.width, shape.heads, shape.feed_forward) == (3, 768, 12, 2048)
    narrow = PretrainSection.model_validate({"shape": {"preset": "1B", "width": 256}})
    assert with_preset(narrow).shape.width == 256
    assert with_preset(narrow).shape.feed_forward is None
    plain = PretrainSection()
    assert with_preset(plain) is plain
