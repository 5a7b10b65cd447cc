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
