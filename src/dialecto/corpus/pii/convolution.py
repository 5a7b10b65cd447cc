"""A small convolutional network that reads beside a conditional random field, with numpy.

A linear model adds up what each feature says alone, and sees three words around. This network
sees some sixteen words to each side, the lines above and below among them, and what features say
together (iterated dilated convolutions: Strubell, Verga, Belanger and McCallum, "Fast and accurate
entity recognition with iterated dilated convolutions", EMNLP 2017). What it says of each word is
added to the scores that the field searches: both err, but seldom alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dialecto.corpus.pii.features import (
    PAD,
    Context,
    Line,
    Views,
    near,
    place_features,
)

Floats = np.ndarray[Any, np.dtype[np.float32]]

DILATIONS = (1, 1, 2, 4, 8)
TINY = 1e-5
EDGE_FEATURES = near(PAD, 0)
OF_WORDS = re.compile(r"(?:[wsgdnW]|gs|[eb][234])=|edge$")
"""Names of features that words have wherever they stand."""


@dataclass(frozen=True)
class Network:
    """`features` number the names of features, from 1; row 0 of `vectors` is all zeros.

    `kernels` are (layers, 3, width, width): what the word `dilation` before, the word itself and
    that after it send to each layer. `out` is (width, labels), by the labels of the field.
    """

    features: dict[str, int]
    vectors: Floats
    kernels: Floats
    biases: Floats
    out: Floats

    @cached_property
    def side_by_side(self) -> Floats:
        """(layers, width, 3 * width): the three kernels of each layer, for inputs of any mean."""
        less_mean = self.kernels - self.kernels.mean(axis=2, keepdims=True)
        return np.concatenate(list(less_mean.transpose(1, 0, 2, 3)), axis=2)


def word_features(seen: Views, alone: Sequence[str]) -> list[str]:
    """What the network is told of a word, wherever it stands; `alone` are its own features."""
    return [*near(seen, 0), *alone, f"d={seen.d}"]


def context_features(line: Line, context: Context) -> list[list[str]]:
    """What it is told of each word's place."""
    count = len(line.words)
    return [
        [*context.whole, *context.marks.get(i, ()), *place_features(i, count)] for i in range(count)
    ]


def vectors_of(network: Network, names: Sequence[Sequence[str]]) -> Floats:
    """(things, width) of things that have these features: the sum of the features' vectors."""
    rows = network.features
    known = [[rows.get(name, 0) for name in of_one] for of_one in names]
    width = max(map(len, known))
    padded = np.array([row + [0] * (width - len(row)) for row in known])
    result: Floats = network.vectors[padded].sum(axis=1)
    return result


LOUDEST = 4.8
"""What the network may add to or take from a label's score, at most: it is often too sure."""


def emissions(network: Network, inputs: Floats, outside: int) -> Floats:
    """(words, labels) to add to the field's scores, beside the label numbered `outside`."""
    scores = forward(network, inputs)
    scores -= scores[:, outside, None]
    result: Floats = np.clip(scores, -LOUDEST, LOUDEST, out=scores)
    return result


def forward(network: Network, inputs: Floats) -> Floats:
    """(words, labels) of the inputs (words, width): each layer adds to what it is given.

    A layer sees its input less its mean, over its deviation. The mean is taken out of the kernels
    instead, and all three are one product: what is sent is then shifted to where it goes.
    """
    width = inputs.shape[1]
    hidden = inputs.copy()
    ones = np.ones(width, np.float32)
    for dilation, kernel, bias in zip(DILATIONS, network.side_by_side, network.biases, strict=True):
        mean = hidden @ ones / width
        variance = np.einsum("ij,ij->i", hidden, hidden) / width - mean * mean
        scaled = hidden / np.sqrt(variance + TINY)[:, None]
        sent = scaled @ kernel
        here = sent[:, width : 2 * width] + bias
        here[dilation:] += sent[:-dilation, :width]
        here[:-dilation] += sent[dilation:, 2 * width :]
        hidden += np.maximum(here, 0, out=here)
    result: Floats = hidden @ network.out
    return result
