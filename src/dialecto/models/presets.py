"""Shapes by name (:mod:`dialecto.recipe.presets`) as shapes of models and as recipes."""

from __future__ import annotations

from dataclasses import replace

from dialecto.models.shape import ModelShape, default_shape
from dialecto.recipe import PretrainSection
from dialecto.recipe.architectures import HEAD_WIDTH
from dialecto.recipe.presets import PRESETS
from dialecto.recipe.pretrain import Shape

VOCABULARY, CONTEXT = 32_768, 2_048


def preset_shape(
    name: str,
    architecture: str = "qwen3",
    vocabulary: int = VOCABULARY,
    context: int = CONTEXT,
) -> ModelShape:
    """The shape of a preset. Raises KeyError for a name that is not in the table."""
    layers, width, kv_heads, feed_forward = PRESETS[architecture][name]
    shape = default_shape(layers, width, vocabulary, context, architecture)
    return replace(shape, kv_heads=kv_heads, feed_forward=feed_forward)


def with_preset(section: PretrainSection) -> PretrainSection:
    """The section with its preset written out; what the recipe says besides is kept."""
    if section.shape.preset is None:
        return section
    layers, width, kv_heads, feed_forward = PRESETS[section.architecture][section.shape.preset]
    said = {k: v for k, v in section.shape.model_dump().items() if v is not None and k != "preset"}
    if "width" in said or "heads" in said:  # then the preset's other widths do not fit
        rows = {"layers": layers, "width": width}
    else:
        heads = width // HEAD_WIDTH
        rows = {"layers": layers, "width": width, "heads": heads, "kv_heads": kv_heads}
        rows["feed_forward"] = feed_forward
    return section.model_copy(update={"shape": Shape(**{**rows, **said})})
