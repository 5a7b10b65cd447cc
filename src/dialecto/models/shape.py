"""A model's shape and the arithmetic that follows from it: parameters, FLOPs, memory."""

from __future__ import annotations

from dataclasses import dataclass

from dialecto.recipe.architectures import (
    DECODERS,
    EXPERTS,
    EXPERTS_USED,
    HEAD_WIDTH,
    MIXTURES,
    head_width,
    misfit,
)

UNGATED = ("gpt2", "bert")
DISTANCES = 32  # T5's relative positions
# Tokens that T5's decoder writes for each that its encoder reads: 15% and a sentinel for three of
# them, of the 85% that stay and their sentinels.
ANSWERS = 0.2 / 0.9
# Share of tokens that pass the output head.
ASKED = {"bert": 0.15, "modernbert": 0.30, "t5": ANSWERS}


@dataclass(frozen=True)
class ModelShape:
    """A model's dimensions. `vocabulary` and `context` are in tokens.

    An encoder-decoder (`t5`) has `layers` blocks in each of its two stacks.

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
        """GPT-2 and BERT have no head width of their own: their heads share out the width."""
        return head_width(self.architecture, self.width, self.heads)

    @property
    def _attention(self) -> int:
        return self.width * self.head_width * 2 * (self.heads + self.kv_heads)

    @property
    def _feed_forward(self) -> int:
        """Of one network: gate, up and down; GPT-2 and BERT have no gate."""
        return (2 if self.architecture in UNGATED else 3) * self.width * self.feed_forward

    @property
    def _stacks(self) -> int:
        """Parameters in the matrices of T5's blocks: a decoder's has two attentions."""
        return self.layers * (3 * self._attention + 2 * self._feed_forward)

    @property
    def block_parameters(self) -> int:
        """Parameters in the matrices of all blocks: what Muon trains."""
        if self.architecture == "t5":
            return self._stacks
        networks = max(self.experts, 1)
        router = self.experts * self.width
        return self.layers * (self._attention + networks * self._feed_forward + router)

    @property
    def active_parameters(self) -> int:
        """Of these, what one token passes through: of text, in an encoder-decoder, of which
        ANSWERS tokens go through the decoder for each that goes through the encoder."""
        if self.architecture == "t5":
            encoder = self._attention + self._feed_forward
            decoder = 2 * self._attention + self._feed_forward
            return round(self.layers * (encoder + ANSWERS * decoder))
        networks = self.experts_used if self.experts else 1
        router = self.experts * self.width
        return self.layers * (self._attention + networks * self._feed_forward + router)

    @property
    def parameters(self) -> int:
        """All parameters: a decoder's embeddings are untied, the others' are tied."""
        tables = 2 if self.architecture in DECODERS else 1
        return self.block_parameters + tables * self.vocabulary * self.width + self._small

    @property
    def _small(self) -> int:
        """Norms, biases, learned positions, and what stands before the head of an encoder."""
        width, layers = self.width, self.layers
        if self.architecture == "bert":
            biases = 4 * width + self.feed_forward + width
            before = (self.context + 2 + 2) * width
            head = width * width + 3 * width + self.vocabulary
            return layers * (biases + 4 * width) + before + head
        if self.architecture == "modernbert":  # the embeddings' norm is the first block's
            return layers * 2 * width + width + width * width + width + self.vocabulary
        if self.architecture == "t5":
            return layers * 5 * width + 2 * width + 2 * DISTANCES * self.heads
        if self.architecture == "gpt2":
            biases = 3 * self.width + self.width + self.feed_forward + self.width
            return self.layers * (4 * self.width + biases) + (2 + self.context) * self.width
        own = 0 if self.architecture == "llama" else 2 * self.head_width
        return self.layers * (2 * self.width + own) + self.width

    @property
    def training_flops_per_token(self) -> float:
        """Forward and backward: 6 per matrix weight, and 12 x layers x heads' width x context
        for attention scores [PaLM, arXiv 2204.02311, appendix B], halved by causality. Of an
        encoder's tokens only those asked for pass the head."""
        asked = ASKED.get(self.architecture, 1.0)
        matrices = self.active_parameters + asked * self.vocabulary * self.width
        both_sides = 1 if self.architecture in DECODERS else 2
        attention = 6 * both_sides * self.layers * self.heads * self.head_width * self.context
        return 6.0 * matrices + attention


def default_shape(
    layers: int, width: int, vocabulary: int, context: int, architecture: str = "qwen3"
) -> ModelShape:
    """Heads of 64, or wider where the width is no multiple of it; feed-forward 8/3 of the width,
    as in Llama and Qwen, and 4 in GPT-2 and BERT.

    A mixture has 8 experts of half that width, of which 2 are used: the arithmetic of the dense
    model with four times its feed-forward weights.
    """
    heads = max(width // HEAD_WIDTH, 1)
    while heads > 1 and misfit(architecture, width, heads):
        heads -= 1
    wide = 4 * width if architecture in UNGATED else max(round(width * 8 / 3 / 64) * 64, 32)
    mixture = architecture in MIXTURES
    return ModelShape(
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=heads,
        feed_forward=wide // 2 if mixture else wide,
        vocabulary=vocabulary,
        context=context,
        architecture=architecture,
        experts=EXPERTS if mixture else 0,
        experts_used=EXPERTS_USED if mixture else 0,
    )
