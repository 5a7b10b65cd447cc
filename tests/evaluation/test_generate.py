"""Batched generation gives what one prompt at a time would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dialecto.evaluation.generate import generate
from dialecto.evaluation.questions import Question
from dialecto.evaluation.speaker import Speaker

PROMPTS = [[0, 50, 51, 52, 60, 70], [0, 90], [0, 33, 44, 55], [0, 120, 121, 122, 123, 124, 125]]


@pytest.fixture(scope="module")
def speaker(artefacts: dict[str, Path]) -> Speaker:
    return Speaker.load(artefacts["pretrain"] / "model")


def alone(model: Any, prompt: list[int], limit: int, stop: set[int]) -> list[int]:
    """Greedy, one token at a time, without cache or padding."""
    import torch

    tokens = list(prompt)
    for _ in range(limit):
        with torch.no_grad():
            token = int(model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax())
        if token in stop:
            break
        tokens.append(token)
    return tokens[len(prompt) :]


@pytest.mark.parametrize("rows", [1, 3, 32])
def test_batches_answer_as_single_prompts_do(speaker: Speaker, rows: int) -> None:
    free = [alone(speaker.model, prompt, 12, set()) for prompt in PROMPTS]
    stop = {free[0][3], free[2][0]}  # so that rows end at different times, one at once
    expected = [alone(speaker.model, prompt, 12, stop) for prompt in PROMPTS]
    assert len({len(answer) for answer in expected}) > 1
    assert generate(speaker.model, PROMPTS, stop=stop, limit=12, rows=rows) == expected


def test_a_sample_depends_on_the_seed_and_not_on_its_neighbours(speaker: Speaker) -> None:
    def sample(seed: int, rows: int) -> list[list[int]]:
        return generate(
            speaker.model, PROMPTS, stop=(), limit=10, temperature=1.5, seed=seed, rows=rows
        )

    assert sample(1, 4) == sample(1, 1)
    assert sample(1, 4) != sample(2, 4)


def test_long_prompts_lose_their_beginning_and_empty_ones_are_refused(speaker: Speaker) -> None:
    long = [0, *range(30, 200)]
    room = speaker.context - 4
    assert generate(speaker.model, [long], stop=(), limit=4) == generate(
        speaker.model, [long[-room:]], stop=(), limit=4
    )
    with pytest.raises(ValueError, match="empty prompt"):
        generate(speaker.model, [[]], stop=(), limit=4)


def test_a_plain_answer_ends_with_its_line_and_braces_are_just_letters(speaker: Speaker) -> None:
    questions = [Question("¿Qué es {esto} o %s?", "Nada", ("Nada",))]
    (answer,) = speaker.answer(questions, plain="Pregunta: {question}\nRespuesta:")
    assert "\n" not in answer


def test_special_tokens_spelled_out_in_a_text_stay_letters(speaker: Speaker) -> None:
    tokens = speaker._beginning("uno <|endoftext|> dos")
    assert tokens.count(speaker.tokenizer.eos_token_id) == 1
