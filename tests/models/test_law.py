"""The law: what it says grows the right way, and matches the runs that it was fitted to."""

from __future__ import annotations

import csv
import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dialecto.models.law import TextFacts, coefficients, law, ngram_curve, predict_bpb
from dialecto.models.ngram import train_ngram
from dialecto.models.repeats import find_repeats, with_repeats
from dialecto.models.shape import default_shape

SCALING = Path(__file__).parents[2] / "benchmarks" / "scaling"
CURVE = ((1.0, 2.0), (4.0, 1.6), (16.0, 1.4))
TEXT = TextFacts(4_000_000, 16_000_000, 9_000, CURVE)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"scaling_{name}", SCALING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_the_committed_law_is_that_of_the_committed_runs() -> None:
    fit = script("fit")
    runs = [
        r for r in fit.read_runs(SCALING / "sweep.csv", SCALING / "probes.csv") if fit.usable(r)
    ]
    errors = np.abs(fit.errors(runs, dict(coefficients())))
    assert len(runs) >= 25
    assert np.median(errors) < 0.03
    with (SCALING / "sweep.csv").open(newline="") as file:
        assert len({row["corpus"] for row in csv.DictReader(file)}) >= 6


def test_the_law_by_hand() -> None:
    fitted = {
        "scale": 1.0, "alpha": 0.5, "d": 3.0, "beta": 0.5, "c": 0.1, "gamma": 1.0, "o": 0.01,
        "kappa": 1.0, "delta": 2.0, "eta": 2.0, "rho": 0.5, "tau": 600.0, "nu": 4.0,
    }  # fmt: skip

    def at(steepness: float, repetition: float) -> float:
        return law(
            fitted, size=4.0, unique=0.25, seen=1.0, lookups=600.0, ngram=2.0,
            steepness=steepness, repetition=repetition,
        )  # fmt: skip

    found = at(0.2, 1.0)
    # 4^-(0.5/4) * 4^-0.5 * (1 + 0.1/2) + 0.01 * 16 * 16
    assert found == pytest.approx(2.0 * (4**-0.125 * 0.5 * 1.05 + 2.56))
    assert at(0.04, 1.0) == pytest.approx(found * math.exp(-0.2))
    assert at(0.2, 0.64) == pytest.approx(found * 0.64**0.125)


def test_a_power_law_between_the_points_and_beyond() -> None:
    assert TEXT.ngram_bpb(4.0) == pytest.approx(1.6)
    assert TEXT.ngram_bpb(2.0) == pytest.approx((2.0 * 1.6) ** 0.5)
    assert TEXT.steepness == pytest.approx(math.log(1.6 / 1.4) / math.log(4))
    assert TEXT.ngram_bpb(64.0) == pytest.approx(1.4 * 1.4 / 1.6)
    assert not TextFacts(10, 40, 5).measured
    assert 0.5 < TextFacts(10, 40, 5).ngram_bpb(2.0) < 2.5


def test_more_text_is_better_until_it_is_repeated_too_often() -> None:
    shape = default_shape(3, 192, 4096, 256)

    def bpb(epochs: float) -> float:
        return predict_bpb(shape, TEXT, tokens=epochs * TEXT.tokens)

    assert bpb(0.25) > bpb(0.5) > bpb(1.0) > bpb(2.0)
    assert bpb(100.0) > bpb(4.0)


def test_a_few_words_read_a_thousand_times_are_no_worse_than_chance() -> None:
    words = TextFacts(6, 24, 6)
    shape = default_shape(2, 64, 512, 256)
    assert predict_bpb(shape, words, tokens=10_240) == 8.0


def test_the_curve_is_that_of_counting() -> None:
    random = np.random.default_rng(0)
    train = [np.concatenate([[0], random.integers(1, 30, 50)]) for _ in range(64)]
    held = [np.concatenate([[0], random.integers(1, 30, 50)]) for _ in range(8)]
    curve, repetition = ngram_curve(train, held, size=6400, held_size=800, vocabulary=30)
    assert [part for part, _ in curve] == pytest.approx([0.0004, 0.0016, 0.0064])
    whole = train_ngram(train, vocabulary=30).probabilities(held)
    bits = -np.log2(whole).sum()
    assert curve[-1][1] == pytest.approx(bits / 800)
    cached = with_repeats(whole, find_repeats(held))
    assert repetition == pytest.approx(-np.log2(cached).sum() / bits)
    assert curve[0][1] > curve[-1][1]
