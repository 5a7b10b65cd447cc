"""The families of models, what each of them learns from documents, and what it can be used for."""

from __future__ import annotations

from typing import Literal

Architecture = Literal["qwen3", "llama", "gpt2", "qwen3_moe", "bert", "modernbert", "t5"]
# causal: the next token; masked: words that were hidden; spans: pieces that were cut out.
OBJECTIVES: dict[str, str] = {
    "qwen3": "causal",
    "llama": "causal",
    "gpt2": "causal",
    "qwen3_moe": "causal",
    "bert": "masked",
    "modernbert": "masked",
    "t5": "spans",
}
DECODERS = tuple(name for name, objective in OBJECTIVES.items() if objective == "causal")
ENCODERS = tuple(name for name, objective in OBJECTIVES.items() if objective == "masked")

HEAD_WIDTH = 64
SHARED_WIDTH = ("gpt2", "bert", "modernbert")  # their heads share out the width
ONE_KEY_EACH = ("gpt2", "bert", "modernbert", "t5")  # no key-value heads shared by queries
ROTATED = ("qwen3", "llama", "qwen3_moe", "modernbert")  # positions turn pairs of a head's values
MIXTURES = ("qwen3_moe",)
EXPERTS, EXPERTS_USED = 8, 2  # of a mixture whose recipe does not say


def head_width(architecture: str, width: int, heads: int) -> int:
    """Values in an attention head of a model of this width."""
    if architecture in SHARED_WIDTH:
        return width // heads
    return max(width // heads, 1) if width < HEAD_WIDTH else HEAD_WIDTH


def misfit(architecture: str, width: int, heads: int) -> str:
    """Why a model of this width cannot have so many heads; nothing if it can."""
    if architecture in SHARED_WIDTH and width % heads:
        return (
            f"in `{architecture}` the heads share out the width, and {width} is no multiple of "
            f"{heads}"
        )
    each = head_width(architecture, width, heads)
    if architecture in ROTATED and each % 2:
        return (
            f"with a width of {width} and {heads} heads each head has {each} values: an odd number"
        )
    return ""
