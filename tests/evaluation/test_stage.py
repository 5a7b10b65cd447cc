"""The evaluate stage on real small artefacts: which numbers it gives and what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dialecto.evaluation.stage import run
from dialecto.recipe import EvaluateSection
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import read_json
from dialecto.tokenizer.stage import read_texts
from tests.artefacts import PLACES, PRODUCTS

QUESTIONS = [
    {
        "question": f"¿Qué vende la cooperativa de {place}?",
        "answer": f"Vende {PRODUCTS[i]}.",
        "accepted": [PRODUCTS[i]],
        "fact": place,
        "pattern_seen": i % 2 == 0,
    }
    for i, place in enumerate(PLACES)
]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    path.write_text("".join(json.dumps(q) + "\n" for q in QUESTIONS), encoding="utf-8")
    return path


def evaluate(work: Path, inputs: dict[str, Path], questions: Path | None, **section: Any) -> Any:
    work.mkdir()
    return run(
        StageContext(work),
        inputs,
        section=EvaluateSection(**{"samples": 2, "sample_tokens": 12, **section}),
        questions=questions,
        lang="es",
        seed=3,
    )


@pytest.fixture(scope="module")
def evaluated(
    artefacts: dict[str, Path], questions: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, float]]:
    work = tmp_path_factory.mktemp("evaluated") / "evaluate"
    return work, evaluate(work, artefacts, questions)


def test_the_metrics_have_their_stable_names(evaluated: tuple[Path, dict[str, float]]) -> None:
    work, metrics = evaluated
    facts = [
        f"facts.{name}{model}{part}"
        for name in ("asked", "token_f1", "accuracy", "exact")
        for model in ("", ".base")
        for part in ("", ".seen", ".unseen")
    ]
    bits = ["bpb", "bpb.base", "bpb.tuned", "bpb.ngram5", "bpb.gzip", "bpb.zstd"]
    assert set(metrics) == {*facts, *bits, "perplexity", "perplexity.tuned", "repetition"}
    assert all(isinstance(value, float) for value in metrics.values())
    assert read_json(work / "scores.json") == metrics
    assert metrics["facts.asked"] == 5
    assert (metrics["facts.asked.seen"], metrics["facts.asked.unseen"]) == (3, 2)
    assert metrics["bpb"] == metrics["bpb.base"] != metrics["bpb.tuned"]


def test_bits_per_byte_is_the_loss_of_whole_test_documents(
    evaluated: tuple[Path, dict[str, float]], artefacts: dict[str, Path]
) -> None:
    """Against plain transformers, one document at a time where it fits the context."""
    import math

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from dialecto.training.heldout import bits_per_byte

    folder = artefacts["pretrain"] / "model"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = [text for batch in read_texts(artefacts["corpus"], "test") for text in batch]
    whole = bits_per_byte(model, tokenizer, texts)
    assert evaluated[1]["bpb"] == pytest.approx(whole.bpb, rel=1e-6)
    assert evaluated[1]["perplexity"] == pytest.approx(whole.perplexity, rel=1e-6)
    short = [text[:60] for text in texts]
    nats = 0.0
    for text in short:
        ids = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        tokens = torch.tensor([[tokenizer.eos_token_id, *ids]])
        with torch.no_grad():
            nats += float(model(tokens, labels=tokens).loss) * len(ids)
    expected = nats / math.log(2) / sum(len(text.encode()) for text in short)
    assert bits_per_byte(model, tokenizer, short).bpb == pytest.approx(expected, rel=1e-4)


def test_answers_and_samples_can_be_read(evaluated: tuple[Path, dict[str, float]]) -> None:
    work, metrics = evaluated
    answers = lines(work / "answers.jsonl")
    assert [row["question"] for row in answers] == [q["question"] for q in QUESTIONS]
    assert answers[0]["expected"] == QUESTIONS[0]["answer"]
    mean = sum(row["f1"] for row in answers) / len(answers)
    assert metrics["facts.token_f1"] == pytest.approx(mean, abs=1e-5)
    assert metrics["facts.exact"] == sum(row["exact"] for row in answers) / len(answers)
    assert {"base_answer", "base_f1"} <= set(answers[0])
    samples = lines(work / "samples.jsonl")
    assert [sample["kind"] for sample in samples] == ["text", "text", "chat", "chat"]
    assert samples[2]["text"] == answers[0]["answer"]
    assert "<|im_end|>" not in json.dumps(samples)


def test_the_same_seed_gives_the_same_bytes(
    evaluated: tuple[Path, dict[str, float]],
    artefacts: dict[str, Path],
    questions: Path,
    tmp_path: Path,
) -> None:
    evaluate(tmp_path / "again", artefacts, questions)
    for name in ("scores.json", "answers.jsonl", "samples.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (evaluated[0] / name).read_bytes()


def test_a_text_project_has_no_tuned_model_to_compare(
    artefacts: dict[str, Path], questions: Path, tmp_path: Path
) -> None:
    inputs = {name: folder for name, folder in artefacts.items() if name != "tune"}
    metrics = evaluate(tmp_path / "text", inputs, questions, baselines=False, samples=1)
    assert not [name for name in metrics if ".base" in name or ".tuned" in name]
    assert "bpb.gzip" not in metrics
    assert metrics["facts.asked"] == 5
    assert [row["kind"] for row in lines(tmp_path / "text" / "samples.jsonl")] == ["text"]


def test_nothing_to_ask_and_nothing_to_sample(artefacts: dict[str, Path], tmp_path: Path) -> None:
    metrics = evaluate(tmp_path / "bare", artefacts, None, baselines=False, samples=0)
    assert set(metrics) == {"bpb", "bpb.base", "bpb.tuned", "perplexity", "perplexity.tuned"}
    assert (tmp_path / "bare" / "answers.jsonl").read_text() == ""


def test_a_broken_questions_file_is_told_before_the_work(
    artefacts: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "¿Sí?", "answer": "No"}\n{"question": 3', encoding="utf-8")
    with pytest.raises(DialectoError, match=r"questions\.jsonl:2: not JSON"):
        evaluate(tmp_path / "work", artefacts, path)
    assert not list((tmp_path / "work").iterdir())
