"""A model's shape and the arithmetic that follows from it: parameters, FLOPs, memory."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_WIDTH = 64


@dataclass(frozen=True)
class ModelShape:
    """A decoder's dimensions. `vocabulary` and `context` are in tokens."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    context: int

    @property
    def head_width(self) -> int:
        return max(self.width // self.heads, 1) if self.width < HEAD_WIDTH else HEAD_WIDTH

    @property
    def block_parameters(self) -> int:
        """Parameters in the matrices of all blocks: what Muon trains."""
        attention = self.width * self.head_width * 2 * (self.heads + self.kv_heads)
        return self.layers * (attention + 3 * self.width * self.feed_forward)

    @property
    def parameters(self) -> int:
        """All parameters of a Qwen3 decoder with untied embeddings."""
        norms = self.layers * (2 * self.width + 2 * self.head_width) + self.width
        return self.block_parameters + 2 * self.vocabulary * self.width + norms

    @property
    def training_flops_per_token(self) -> float:
        """Forward and backward: 6 per matrix weight, and 12 x layers x heads' width x context
        for attention scores [PaLM, arXiv 2204.02311, appendix B], halved by causality."""
        matrices = self.block_parameters + self.vocabulary * self.width
        attention = 6 * self.layers * self.heads * self.head_width * self.context
        return 6.0 * matrices + attention


def default_shape(layers: int, width: int, vocabulary: int, context: int) -> ModelShape:
    """Heads of 64, feed-forward 8/3 of the width, as in Llama and Qwen."""
    heads = max(width // HEAD_WIDTH, 1)
    return ModelShape(
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=heads,
        feed_forward=max(round(width * 8 / 3 / 64) * 64, 32),
        vocabulary=vocabulary,
        context=context,
    )
