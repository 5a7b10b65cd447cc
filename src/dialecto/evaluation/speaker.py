"""A trained model and its tokenizer, asked questions and given beginnings to continue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.evaluation.generate import generate
from dialecto.evaluation.questions import Question
from dialecto.tokenizer.shards import encode_texts

# How a model that was never tuned on conversations is asked.
PLAIN_PROMPT = {
    "es": "Pregunta: {question}\nRespuesta:",
    "en": "Question: {question}\nAnswer:",
}
SAMPLE_TEMPERATURE = 0.8
_SHORTEST_LIMIT, _LONGEST_LIMIT = 32, 160


@dataclass(frozen=True)
class Speaker:
    """`model` and `tokenizer` as transformers loads them from one folder."""

    model: Any
    tokenizer: Any

    @classmethod
    def load(cls, folder: Path) -> Speaker:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        options = {"local_files_only": True, "trust_remote_code": False}
        model = AutoModelForCausalLM.from_pretrained(
            folder, use_safetensors=True, dtype=torch.float32, **options
        )
        return cls(model.eval(), AutoTokenizer.from_pretrained(folder, **options))

    @property
    def context(self) -> int:
        return int(self.model.config.max_position_embeddings)

    def answer(
        self,
        questions: Sequence[Question],
        *,
        plain: str = "",
        advance: Callable[[int], None] = lambda _rows: None,
    ) -> list[str]:
        """The greedy answer to each question.

        plain: a prompt with `{question}` for a model that knows no chat template; its answer
        ends with the line.
        """
        limit = self._answer_limit(questions)
        if plain:
            # Not str.format: a question may hold braces of its own.
            prompts = [self._beginning(plain.replace("{question}", q.question)) for q in questions]
            stop = self._ends() | self._line_ends()
        else:
            prompts = [self._chat(question.question) for question in questions]
            stop = self._ends()
        answers = generate(self.model, prompts, stop=stop, limit=limit, advance=advance)
        return [self._text(answer) for answer in answers]

    def continue_texts(self, beginnings: Sequence[str], *, tokens: int, seed: int) -> list[str]:
        """A sampled continuation of each beginning, at most so many tokens long."""
        prompts = [self._beginning(text) for text in beginnings]
        limit = max(min(tokens, self.context - 1), 1)
        sampled = generate(
            self.model,
            prompts,
            stop=self._ends(),
            limit=limit,
            temperature=SAMPLE_TEMPERATURE,
            seed=seed,
        )
        return [self.tokenizer.decode(ids, skip_special_tokens=True) for ids in sampled]

    def _answer_limit(self, questions: Sequence[Question]) -> int:
        """Twice the longest right answer: room to be wrong in, no room to ramble."""
        right = [text for question in questions for text in question.accepted]
        longest = max(map(len, encode_texts(self.tokenizer.backend_tokenizer, right)))
        limit = min(max(2 * longest, _SHORTEST_LIMIT), _LONGEST_LIMIT)
        return max(min(limit, self.context // 2), 1)

    def _chat(self, question: str) -> list[int]:
        turns = [{"role": "user", "content": question}]
        ids: list[int] = self.tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, tokenize=True, return_dict=False
        )
        return ids

    def _beginning(self, text: str) -> list[int]:
        """Tokens of a text as training saw it: after end-of-text."""
        ids: list[int] = encode_texts(self.tokenizer.backend_tokenizer, [text])[0].tolist()
        return ids

    def _ends(self) -> set[int]:
        """Tokens that end a text or a turn."""
        vocabulary = self.tokenizer.get_vocab()
        names = (self.tokenizer.eos_token, self.tokenizer.pad_token, "<|im_end|>", "<|im_start|>")
        return {vocabulary[name] for name in names if name in vocabulary}

    def _line_ends(self) -> set[int]:
        """Tokens that hold a line end: `Ċ` over bytes, a byte of its own in SentencePiece."""
        return {
            number
            for token, number in self.tokenizer.get_vocab().items()
            if "Ċ" in token or "\n" in token or token == "<0x0A>"
        }

    def _text(self, answer: list[int]) -> str:
        return str(self.tokenizer.decode(answer, skip_special_tokens=True)).strip()
