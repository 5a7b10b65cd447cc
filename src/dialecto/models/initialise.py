"""How weights begin: the speed runs' way by default, the textbooks' by name.

Every way fills biases with zeros and gains with ones, and depends on the seed alone.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from dialecto.models.induction import add_induction, has_induction

# Names of the matrices that write into the residual stream: attention's and feed-forward's output.
OUTPUTS = (
    "o_proj.weight",
    "down_proj.weight",
    "experts.down_proj",
    "c_proj.weight",
    "output.dense.weight",  # BERT's two
    ".Wo.weight",  # ModernBERT's two
    ".o.weight",  # T5's two
    ".wo.weight",
)
EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "shared.weight")
# Embeddings that are also the output head, of models with a norm right after them.
TIED = ("word_embeddings.weight", "tok_embeddings.weight")
# What is looked up besides tokens: places, and BERT's two segments.
POSITIONS = ("wpe.weight", "position_embeddings.weight", "token_type_embeddings.weight")
# T5's: a number for each head and distance, added to attention scores.
DISTANCES = ("relative_attention_bias.weight",)
HEADS = ("lm_head.weight",)
# T5's queries: its scores are not divided by the root of the heads' width, so its queries are.
UNSCALED = ("SelfAttention.q.weight", "EncDecAttention.q.weight")
NORMAL = 0.02
LOUD = 0.8  # deviation of embeddings that no norm follows: the residual stream has unit scale


@torch.no_grad()
def initialise(model: Any, seed: int, kind: str = "induction") -> None:
    """Fills a model's weights.

    `scaled`: blocks begin as the identity (output projections zero) and logits near zero (head of
    deviation 0.001); embeddings of deviation 0.8, so that the residual stream has unit scale
    without a norm after them, and 0.02 where a norm follows and they are the head too; other
    matrices uniform within sqrt(3 / inputs). `induction`: so too, but that
    decoders with rotary positions begin with heads that can repeat. `normal`: deviation
    0.02 everywhere [GPT-2]. `xavier`: uniform within sqrt(6 / (inputs + outputs)) [Glorot and
    Bengio 2010]. `he`: normal of deviation sqrt(2 / inputs) [He et al. 2015].
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2:
            parameter.fill_(0.0 if name.endswith("bias") else 1.0)
        elif name.endswith((*POSITIONS, *DISTANCES, *TIED)):
            parameter.normal_(0.0, NORMAL, generator=generator)
        elif kind in ("scaled", "induction"):
            _scaled(name, parameter, generator)
        elif kind == "normal" or name.endswith((*EMBEDDINGS, *HEADS)):
            parameter.normal_(0.0, NORMAL, generator=generator)
        else:
            inputs, outputs = fans(name, parameter)
            if kind == "xavier":
                bound = math.sqrt(6.0 / (inputs + outputs))
                parameter.uniform_(-bound, bound, generator=generator)
            else:
                parameter.normal_(0.0, math.sqrt(2.0 / inputs), generator=generator)
        if name.endswith(UNSCALED):
            parameter.mul_(model.config.d_kv**-0.5)
    if kind == "induction" and has_induction(model.config):
        add_induction(model, LOUD, generator)


def _scaled(name: str, parameter: torch.Tensor, generator: torch.Generator) -> None:
    if name.endswith(EMBEDDINGS):
        parameter.normal_(0.0, LOUD, generator=generator)
    elif name.endswith(HEADS):
        parameter.normal_(0.0, 0.001, generator=generator)
    elif name.endswith(OUTPUTS):
        parameter.zero_()
    else:
        bound = math.sqrt(3.0 / fans(name, parameter)[0])
        parameter.uniform_(-bound, bound, generator=generator)


def fans(name: str, parameter: torch.Tensor) -> tuple[int, int]:
    """(inputs, outputs) of a matrix. GPT-2's are written the other way round."""
    rows, columns = parameter.shape[-2:]
    transposed = name.startswith("transformer.h.")
    return (rows, columns) if transposed else (columns, rows)
