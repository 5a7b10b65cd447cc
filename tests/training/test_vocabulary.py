"""The vocabulary that the budget chooses."""

from __future__ import annotations

import random

from dialecto.models.allowance import Allowance
from dialecto.models.speed import MachineSpeed
from dialecto.training.vocabulary import BYTES_PER_TOKEN, Sample, try_vocabularies

SPEED = MachineSpeed("cpu", "fp32", {64: 4e10, 128: 8e10, 256: 1.5e11})


def sample() -> Sample:
    draw = random.Random(1)
    syllables = [a + b for a in "bcdflmnprst" for b in "aeiou"]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(3000)]
    texts = [" ".join(draw.choices(words, k=120)) for _ in range(300)]
    size = sum(len(text) for text in texts[:250])
    return Sample(texts[:250], texts[250:], size, 900)


def test_each_size_that_the_text_can_fill_is_tried() -> None:
    text = sample()
    found = try_vocabularies(text, Allowance("", "seconds", 60.0, 60.0), SPEED)
    assert list(found) == [512, 1024]
    assert text.bytes // BYTES_PER_TOKEN < 2048
    assert all(0.5 < bpb < 5 for bpb in found.values())
    again = try_vocabularies(text, Allowance("", "seconds", 60.0, 60.0), SPEED)
    assert again == found
