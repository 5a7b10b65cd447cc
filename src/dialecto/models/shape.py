"""A model's shape and the arithmetic that follows from it: parameters, FLOPs, memory."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_WIDTH = 64


@dataclass(frozen=True)
class ModelShape:
    """A decoder's dimensions. `vocabulary` and `context` are in tokens.

    `experts` feed-forward networks of `feed_forward` width stand side by side in each block of a
    mixture of experts, of which each token uses `experts_used`; 0 in a dense model.
    """

    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    context: int
    architecture: str = "qwen3"
    experts: int = 0
    experts_used: int = 0

    @property
    def head_width(self) -> int:
        """GPT-2 has no head width of its own: its heads share out the width."""
        if self.architecture == "gpt2":
            return self.width // self.heads
        return max(self.width // self.heads, 1) if self.width < HEAD_WIDTH else HEAD_WIDTH

    @property
    def _attention(self) -> int:
        return self.width * self.head_width * 2 * (self.heads + self.kv_heads)

    @property
    def _feed_forward(self) -> int:
        """Of one network: gate, up and down; GPT-2 has no gate."""
        return (2 if self.architecture == "gpt2" else 3) * self.width * self.feed_forward

    @property
    def block_parameters(self) -> int:
        """Parameters in the matrices of all blocks: what Muon trains."""
        networks = max(self.experts, 1)
        router = self.experts * self.width
        return self.layers * (self._attention + networks * self._feed_forward + router)

    @property
    def active_parameters(self) -> int:
        """Of these, what one token passes through."""
        networks = self.experts_used if self.experts else 1
        router = self.experts * self.width
        return self.layers * (self._attention + networks * self._feed_forward + router)

    @property
    def parameters(self) -> int:
        """All parameters, with untied embeddings."""
        return self.block_parameters + 2 * self.vocabulary * self.width + self._small

    @property
    def _small(self) -> int:
        """Norms, biases, learned positions."""
        if self.architecture == "gpt2":
            biases = 3 * self.width + self.width + self.feed_forward + self.width
            return self.layers * (4 * self.width + biases) + (2 + self.context) * self.width
        own = 0 if self.architecture == "llama" else 2 * self.head_width
        return self.layers * (2 * self.width + own) + self.width

    @property
    def training_flops_per_token(self) -> float:
        """Forward and backward: 6 per matrix weight, and 12 x layers x heads' width x context
        for attention scores [PaLM, arXiv 2204.02311, appendix B], halved by causality."""
        matrices = self.active_parameters + self.vocabulary * self.width
        attention = 6 * self.layers * self.heads * self.head_width * self.context
        return 6.0 * matrices + attention


def default_shape(
    layers: int, width: int, vocabulary: int, context: int, architecture: str = "qwen3"
) -> ModelShape:
    """Heads of 64; feed-forward 8/3 of the width, as in Llama and Qwen, and 4 in GPT-2.

    A mixture has 8 experts of half that width, of which 2 are used: the arithmetic of the dense
    model with four times its feed-forward weights.
    """
    heads = max(width // HEAD_WIDTH, 1)
    wide = 4 * width if architecture == "gpt2" else max(round(width * 8 / 3 / 64) * 64, 32)
    mixture = architecture == "qwen3_moe"
    return ModelShape(
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=heads,
        feed_forward=wide // 2 if mixture else wide,
        vocabulary=vocabulary,
        context=context,
        architecture=architecture,
        experts=8 if mixture else 0,
        experts_used=2 if mixture else 0,
    )
