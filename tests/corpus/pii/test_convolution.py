"""The network that reads beside a CRF: computed by numpy as by torch, and learnt the same twice."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dialecto.corpus.pii import convolution, convolution_training, crf, crf_training
from dialecto.corpus.pii.convolution import Network
from dialecto.corpus.pii.convolution_training import Pages, ReadLine, fit_network
from dialecto.corpus.pii.crf_tables import load, save, with_network
from dialecto.corpus.pii.features import contexts, line_of, rows_of
from dialecto.corpus.pii.sequence import rule_labels, tags_of
from dialecto.corpus.pii.training.generate import sentences

LABELS = ("B-NAME", "I-NAME", "O")


def read(seed: int, count: int) -> list[list[ReadLine]]:
    """Pages of some generated lines each, with the tags of names."""
    lines = []
    for text, entities in sentences("es", count, seed):
        line = line_of(text, 0, len(text))
        names = [e for e in entities if e.type == "NAME"]
        (around,) = contexts(text, [line], rule_labels(entities[:1]), rich=True)
        lines.append((line, around, tags_of(line, names)))
    return [lines[i : i + 8] for i in range(0, count, 8)]


@cache
def learnt() -> Network:
    return network_of(read(1, 200))


def network_of(pages: list[list[ReadLine]]) -> Network:
    taken = Pages()
    for page in pages:
        taken.add(page)
    return fit_network(taken, LABELS, 1.0, epochs=12)


def said(network: Network, pages: list[list[ReadLine]]) -> list[Any]:
    """What the network alone says: beside a field that has nothing to say."""
    silent = {"x=": dict.fromkeys(LABELS, 0.0)}
    model = with_network(crf_training.compiled(silent, {}, rich=True), network)
    result = []
    for page in pages:
        lines, around = [line for line, _, _ in page], [around for _, around, _ in page]
        spans, scores = crf._scores(model, lines, around)
        result += [scores[begin:end] for begin, end in spans]
    return result


def test_numpy_computes_what_torch_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    network = learnt()
    monkeypatch.setattr(convolution_training, "DROPOUT", 0.0)
    inputs = np.random.default_rng(0).normal(size=(40, network.vectors.shape[1]))
    inputs = inputs.astype(np.float32)
    hidden = convolution_training._forward(
        torch.from_numpy(inputs),
        torch.from_numpy(network.kernels),
        torch.from_numpy(network.biases),
    )
    want = (hidden @ torch.from_numpy(network.out)).numpy()
    np.testing.assert_allclose(convolution.forward(network, inputs), want, atol=1e-4)


def test_each_place_has_the_features_it_was_trained_with() -> None:
    network = learnt()
    (page,) = read(3, 8)
    pages = Pages()
    pages.add(page)
    names = sorted(pages.numbers, key=pages.numbers.__getitem__)
    rows = [network.features.get(names[number], 0) for number in pages.features[0]]
    ends = np.cumsum(pages.sizes[0])
    inputs = np.stack([part.sum(axis=0) for part in np.split(network.vectors[rows], ends[:-1])])
    scores = convolution.emissions(network, inputs, outside=2)
    want = scores[[tag is not None for tag in pages.tags[0]]]
    np.testing.assert_allclose(np.concatenate(said(network, [page])), want, atol=1e-4)


def test_what_the_network_adds_is_bounded() -> None:
    network = learnt()
    inputs = 100 * np.random.default_rng(1).normal(size=(30, network.vectors.shape[1]))
    added = convolution.emissions(network, inputs.astype(np.float32), outside=2)
    assert np.abs(added).max() == np.float32(convolution.LOUDEST)
    assert not added[:, 2].any()


def test_it_learns_names_and_the_same_ones_twice() -> None:
    network = learnt()
    unseen = read(2, 80)
    right = total = 0
    gold = [tags for page in unseen for _, _, tags in page]
    for tags, scores in zip(gold, said(network, unseen), strict=True):
        best = [LABELS[n] for n in scores.argmax(axis=1)]
        right += sum(a == b for a, b in zip(tags, best, strict=True) if a != "O")
        total += sum(a != "O" for a in tags)
    assert total > 50
    assert right > 0.7 * total
    torch.manual_seed(5)
    state = torch.random.get_rng_state()
    again = network_of(read(1, 200))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert np.array_equal(again.vectors, network.vectors)
    assert np.array_equal(again.out, network.out)


def test_a_field_reads_with_its_network_and_keeps_it(tmp_path: Path) -> None:
    pages = read(4, 80)
    lines = [line for page in pages for line in page]
    rows = [(rows_of(line, around, True), tags) for line, around, tags in lines]
    alone = crf_training.fit(rows, [(0.1, 0.1)], iterations=10, minimum_count=1, rich=True)
    assert alone.labels == LABELS
    save(with_network(alone, network_of(pages)), tmp_path / "a.npz")
    kept = load(tmp_path / "a.npz")
    save(kept, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert kept.network is not None
    for page in pages:
        asked = [line for line, _, _ in page], [around for _, around, _ in page]
        _, want = crf._scores(alone, *asked)
        _, heard = crf._scores(kept, *asked)
        loud = said(kept.network, [page])
        spans, _ = crf._positions(alone, asked[0])
        for (begin, end), part in zip(spans, loud, strict=True):
            np.testing.assert_allclose(heard[begin:end], want[begin:end] + part, atol=1e-4)
