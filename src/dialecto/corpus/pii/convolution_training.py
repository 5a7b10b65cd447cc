"""Trains the network that reads a user's pages beside a conditional random field.

On one thread with torch, so that the same pages give the same network. Features that are met
once are left out; of the others a tenth is hidden at random each time, so that none is leaned on
alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from dialecto.corpus.pii.convolution import (
    DILATIONS,
    EDGE_FEATURES,
    TINY,
    Network,
    context_features,
    word_features,
)
from dialecto.corpus.pii.features import Context, Line, own, views

if TYPE_CHECKING:
    import torch

WIDTH = 64
WORDS_A_STEP = 3000
FEWEST_STEPS, FEWEST_WORDS = 600, 250
"""Few pages are read in smaller portions, so that there are steps enough to learn in."""
LEARNING_RATE = 3e-3
WARM_UP = 50
"""Steps in which the learning rate rises; then it falls in a straight line to a fiftieth."""
HIDDEN = 0.1
DROPOUT = 0.25
INITIAL = 0.25
LARGEST_GRADIENT = 5.0
MINIMUM_COUNT = 2
NOT_SCORED = -1

ReadLine = tuple[Line, Context, list[str]]


@dataclass
class Pages:
    """Pages as numbers: of each place of each page its features, one after another, and its tag.

    Between lines, and around each page, stands an edge.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    counts: Counter[int] = field(default_factory=Counter)
    features: list[Any] = field(default_factory=list)
    sizes: list[Any] = field(default_factory=list)
    tags: list[list[str | None]] = field(default_factory=list)
    words: dict[str, list[int]] = field(default_factory=dict)

    def add(self, lines: Sequence[ReadLine]) -> None:
        """Take in a page, given as the lines that are read of it."""
        edge = self._numbered(EDGE_FEATURES)
        features, sizes = [edge], [len(edge)]
        tags: list[str | None] = [None]
        for line, context, said in lines:
            for word, around in zip(line.words, context_features(line, context), strict=True):
                if word not in self.words:
                    seen = views(word)
                    self.words[word] = self._numbered(word_features(seen, own(word, seen, True)))
                names = [*self.words[word], *self._numbered(around)]
                features.append(names)
                sizes.append(len(names))
            features.append(edge)
            sizes.append(len(edge))
            tags += [*said, None]
        flat = np.fromiter((n for names in features for n in names), np.int32, sum(sizes))
        self.counts.update(flat.tolist())
        self.features.append(flat)
        self.sizes.append(np.array(sizes, np.int32))
        self.tags.append(tags)

    def _numbered(self, names: Sequence[str]) -> list[int]:
        numbers = self.numbers
        return [numbers.setdefault(name, len(numbers)) for name in names]


@dataclass(frozen=True)
class _Page:
    """A page ready to learn from: features in one row, where each place's begin, labels."""

    features: Any
    starts: Any
    labels: Any


def fit_network(pages: Pages, labels: Sequence[str], weight: float, *, epochs: int) -> Network:
    """A network that says of each word which of `labels` it has, and how sure it is.

    `weight` is what its word is worth beside the field's.
    """
    import torch

    kept = sorted(number for number, count in pages.counts.items() if count >= MINIMUM_COUNT)
    renumbered = np.zeros(len(pages.numbers), np.int64)
    renumbered[kept] = np.arange(1, len(kept) + 1)
    numbers: dict[str | None, int] = {label: n for n, label in enumerate(labels)}
    read = [
        _Page(
            renumbered[flat],
            np.concatenate([[0], np.cumsum(sizes[:-1])]).astype(np.int64),
            np.array([numbers.get(tag, NOT_SCORED) for tag in tags], np.int64),
        )
        for flat, sizes, tags in zip(pages.features, pages.sizes, pages.tags, strict=True)
    ]
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.set_num_threads(1)
        try:
            vectors, kernels, biases, out = _learnt(read, len(kept) + 1, len(labels), epochs)
        finally:
            torch.set_num_threads(threads)
    names = sorted(pages.numbers, key=pages.numbers.__getitem__)
    return Network(
        features={names[number]: row for row, number in enumerate(kept, 1)},
        vectors=vectors,
        kernels=kernels,
        biases=biases,
        out=out * np.float32(weight),
    )


def _learnt(pages: Sequence[_Page], rows: int, labels: int, epochs: int) -> tuple[Any, ...]:
    """(vectors, kernels, biases, out) after reading all pages so often, in ever another order."""
    import torch
    from torch.nn import functional

    layers = len(DILATIONS)
    bound = (3 * WIDTH) ** -0.5
    vectors = torch.randn(rows, WIDTH) * INITIAL
    vectors[0] = 0
    kernels = torch.empty(layers, 3, WIDTH, WIDTH).uniform_(-bound, bound)
    biases = torch.empty(layers, WIDTH).uniform_(-bound, bound)
    out = torch.empty(WIDTH, labels).uniform_(-(WIDTH**-0.5), WIDTH**-0.5)
    weights = [vectors, kernels, biases, out]
    for tensor in weights:
        tensor.requires_grad_()
    optimizer = torch.optim.AdamW(
        [
            {"params": [vectors], "weight_decay": 0.0},
            {"params": [kernels, biases, out], "weight_decay": 0.01},
        ],
        lr=LEARNING_RATE,
        betas=(0.9, 0.99),
    )
    words = sum(len(page.labels) for page in pages) * epochs
    portion = min(max(words // FEWEST_STEPS, FEWEST_WORDS), WORDS_A_STEP)
    steps = max(1, words // portion)
    for step, batch in enumerate(_batches(pages, epochs, portion)):
        rate = min(1.0, (step + 1) / WARM_UP) * max(0.02, 1 - step / steps)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * rate
        features = torch.from_numpy(batch.features)
        shown = (torch.rand(len(features)) > HIDDEN) & (features > 0)
        inputs = functional.embedding_bag(
            features,
            vectors,
            torch.from_numpy(batch.starts),
            mode="sum",
            per_sample_weights=shown.float(),
        )
        scores = _forward(inputs, kernels, biases) @ out
        target = torch.from_numpy(batch.labels)
        loss = functional.cross_entropy(scores, target, ignore_index=NOT_SCORED)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, LARGEST_GRADIENT)
        optimizer.step()
    return tuple(tensor.detach().numpy() for tensor in weights)


def _forward(inputs: torch.Tensor, kernels: torch.Tensor, biases: torch.Tensor) -> torch.Tensor:
    """What `convolution.forward` computes, with dropout."""
    import torch
    from torch.nn import functional

    hidden = functional.dropout(inputs, DROPOUT)
    for dilation, kernel, bias in zip(DILATIONS, kernels, biases, strict=True):
        centred = functional.layer_norm(hidden, (WIDTH,), eps=TINY)
        padded = functional.pad(centred, (0, 0, dilation, dilation))
        count = len(centred)
        seen = torch.cat([padded[:count], centred, padded[2 * dilation :]], dim=1)
        sent = seen @ kernel.reshape(3 * WIDTH, WIDTH) + bias
        hidden = hidden + functional.dropout(functional.relu(sent), DROPOUT)
    return hidden


def _batches(pages: Sequence[_Page], epochs: int, portion: int) -> Iterator[_Page]:
    """Pages in a new order each epoch, `portion` words and a little more at once, as one page."""
    shuffler = Random(0)
    order = list(range(len(pages)))
    for _ in range(epochs):
        shuffler.shuffle(order)
        batch: list[_Page] = []
        words = 0
        for index in order:
            batch.append(pages[index])
            words += len(pages[index].labels)
            if words >= portion:
                yield _joined(batch)
                batch, words = [], 0
        if batch:
            yield _joined(batch)


def _joined(pages: Sequence[_Page]) -> _Page:
    begins = np.cumsum([0, *(len(page.features) for page in pages[:-1])])
    return _Page(
        np.concatenate([page.features for page in pages]),
        np.concatenate([page.starts + n for page, n in zip(pages, begins, strict=True)]),
        np.concatenate([page.labels for page in pages]),
    )
