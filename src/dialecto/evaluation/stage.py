"""The evaluate stage: what the model knows, beside what simpler things achieve.

Metrics, all floats; lower is better for bits per byte, higher for facts:

- `bpb`, `perplexity` (per token): the pretrained model on the whole test documents, which is
  what held-out bits per byte means. With a tune stage also `bpb.base` (the same number under
  the name it has as a baseline) and `bpb.tuned`, `perplexity.tuned`.
- `bpb.ngram5`, `bpb.gzip`, `bpb.zstd`: baselines on the same documents.
- `facts.asked`, `facts.token_f1`, `facts.accuracy`, `facts.exact`: answers of the final model
  to the held-out questions; `….base` for the untuned one; `….seen` and `….unseen` by whether
  the way of asking occurs in training.
- `repetition`: share of repeated word 4-grams in the samples.

A model that is no decoder has no bits per byte; its metrics are in
:mod:`dialecto.evaluation.filling`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dialecto.evaluation.facts import answer_rows, score_facts
from dialecto.evaluation.filling import evaluate_filling, read_objective
from dialecto.evaluation.heldout import compressor_bpb, heldout_texts, ngram_bpb
from dialecto.evaluation.questions import Question, read_questions
from dialecto.evaluation.samples import beginnings, repetition
from dialecto.evaluation.speaker import PLAIN_PROMPT, Speaker
from dialecto.recipe import EvaluateSection
from dialecto.runtime import Progress, StageContext
from dialecto.runtime.files import write_json, write_lines
from dialecto.training.heldout import bits_per_byte

Metrics = dict[str, float | int | str]


def run(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    section: EvaluateSection,
    questions: Path | None,
    lang: str,
    seed: int,
) -> Metrics:
    """Measure the models of `pretrain` and, if it is among the inputs, `tune`.

    Writes scores.json (the metrics), answers.jsonl and samples.jsonl.
    """
    progress = context.progress
    objective = read_objective(inputs["pretrain"] / "model")
    if objective != "causal":
        return evaluate_filling(context, inputs, section=section, seed=seed)
    # A broken questions file is told before the work, not after it.
    asked = read_questions(questions) if questions else []
    texts, step = heldout_texts(inputs["corpus"])
    base = Speaker.load(inputs["pretrain"] / "model")
    tuned = Speaker.load(inputs["tune"] / "model") if "tune" in inputs else None

    scores = _read_heldout(base, tuned, texts, progress)
    if section.baselines and texts:
        progress.begin("evaluate: baselines", 2)
        size = sum(len(text.encode()) for text in texts)
        scores["bpb.ngram5"] = ngram_bpb(inputs["tokenizer"], step, size, progress)
        progress.advance()
        scores |= compressor_bpb(inputs["corpus"], texts)
        progress.end()
    answers = _ask(base, tuned, asked, lang, progress)
    rows = answer_rows(asked, answers) if asked else []
    if asked:
        scores |= score_facts(asked, answers[""])
        if "base" in answers:
            scores |= score_facts(asked, answers["base"], ".base")
    samples = _samples(base, texts, section, seed)
    if samples:
        scores["repetition"] = repetition([sample["text"] for sample in samples])
    if tuned:
        samples += [
            {"kind": "chat", "prompt": row["question"], "text": row["answer"]}
            for row in rows[: section.samples]
        ]
    write_json(context.work / "scores.json", scores)
    write_lines(context.work / "answers.jsonl", rows)
    write_lines(context.work / "samples.jsonl", samples)
    return dict(scores)


def _read_heldout(
    base: Speaker, tuned: Speaker | None, texts: list[str], progress: Progress
) -> dict[str, float]:
    if not texts:
        progress.note("evaluate: the corpus has no test documents, so there is no bpb")
        return {}
    scores: dict[str, float] = {}
    for name, speaker in (("", base), (".tuned", tuned)):
        if speaker is None:
            continue
        progress.begin("evaluate: test documents", len(texts), "documents")
        read = bits_per_byte(
            speaker.model, speaker.tokenizer, _counted(texts, progress), context=speaker.context
        )
        progress.end()
        scores[f"bpb{name}"] = read.bpb
        scores[f"perplexity{name}"] = read.perplexity
    if tuned:
        scores["bpb.base"] = scores["bpb"]
    return scores


def _counted(texts: Iterable[str], progress: Progress) -> Iterator[str]:
    for text in texts:
        yield text
        progress.advance()


def _ask(
    base: Speaker,
    tuned: Speaker | None,
    questions: list[Question],
    lang: str,
    progress: Progress,
) -> dict[str, list[str]]:
    """Answers of the final model under "", of the untuned base under "base" if it differs."""
    if not questions:
        return {}
    plain = PLAIN_PROMPT[lang]
    progress.begin("evaluate: questions", len(questions) * (2 if tuned else 1), "questions")
    if tuned:
        answers = {
            "": tuned.answer(questions, advance=progress.advance),
            "base": base.answer(questions, plain=plain, advance=progress.advance),
        }
    else:
        answers = {"": base.answer(questions, plain=plain, advance=progress.advance)}
    progress.end()
    return answers


def _samples(
    base: Speaker, texts: list[str], section: EvaluateSection, seed: int
) -> list[dict[str, Any]]:
    prompts = beginnings(texts, section.samples, seed)
    continued = base.continue_texts(prompts, tokens=section.sample_tokens, seed=seed)
    return [
        {"kind": "text", "prompt": prompt, "text": text}
        for prompt, text in zip(prompts, continued, strict=True)
    ]
