"""The reference engine: a `transformers` decoder with a key-value cache."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from dialecto.runtime import DialectoError
from dialecto.serving.engine import FinishReason, Message, Prompt, Sampling
from dialecto.serving.sampling import choose
from dialecto.serving.text import Detokenizer, StopStrings
from dialecto.serving.window import Window, prompt_room

# Any of these ends an answer: the turn's end, the text's end, or the start of another's turn.
_ENDINGS = ("<|im_end|>", "<|endoftext|>", "<|im_start|>")
_END_OF_TEXT, _PAD = "<|endoftext|>", "<|pad|>"
_TEXT_TEMPERATURE = 0.8  # greedy continuation of free text falls into loops


class TransformersEngine:
    """A model in memory. Load it once; several threads must take turns."""

    def __init__(self, model: Any, tokenizer: Any, *, chats: bool) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self.chats = chats and bool(tokenizer.chat_template)
        self.context = int(model.config.max_position_embeddings)
        self.parameters = int(sum(p.numel() for p in model.parameters()))
        self._endings = _ending_ids(model, tokenizer)
        # Not all special tokens: an organisation may have words of its own among them.
        self._marks = {
            text: token
            for text in (*_ENDINGS, _PAD, tokenizer.bos_token, tokenizer.eos_token)
            if text and (token := tokenizer.get_vocab().get(text)) is not None
        }
        self._window = Window(self._render, self._encode, self._decode)

    @classmethod
    def load(cls, folder: Path, *, chats: bool = True) -> TransformersEngine:
        """Read a model's folder: safetensors only, nothing from the network, no code in it.

        Raises DialectoError when it is not a model of ours or cannot be read.
        """
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        if not any(folder.glob("*.safetensors")):
            raise DialectoError(
                f"no model in {folder}: it has no .safetensors file. `dialecto run` makes one."
            )
        logging.disable_progress_bar()
        options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            # float32 holds bf16 weights exactly, and small matrices are as fast in it on any CPU.
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=torch.float32, use_safetensors=True, **options
            )
            tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        except Exception as error:  # whatever a damaged file makes the library raise
            raise DialectoError(f"the model in {folder} cannot be loaded: {error}") from error
        model.requires_grad_(False).train(False)
        return cls(model, tokenizer, chats=chats)

    def stream(self, prompt: Prompt, sampling: Sampling) -> TransformersAnswer:
        room = prompt_room(self.context, sampling.max_tokens)
        if isinstance(prompt, str):
            tokens = self._text_tokens(prompt, room)
        elif self.chats:
            tokens = self._window.fit([self._safe(message) for message in prompt], room)
        else:  # a model that only continues text: the conversation is the text
            tokens = self._text_tokens("\n".join(message.content for message in prompt), room)
        return TransformersAnswer(self, tokens, sampling)

    def _text_tokens(self, text: str, room: int) -> list[int]:
        """Every document begins with the end-of-text token, as it did in training."""
        start = self._marks.get(_END_OF_TEXT, self._tokenizer.bos_token_id)
        tokens = self._encode(self._without_marks(text))
        begins = [] if start is None else [int(start)]
        return (begins + tokens if len(begins) + len(tokens) <= room else tokens[-room:]) or [0]

    def _safe(self, message: Message) -> Message:
        return Message(message.role, self._without_marks(message.content))

    def _without_marks(self, text: str) -> str:
        """Text in which nobody can forge the marks that separate turns and documents."""
        text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates
        for mark in self._marks:
            text = text.replace(mark, f"{mark[:1]} {mark[1:]}")
        return text

    def _render(self, messages: Sequence[Message]) -> list[int]:
        text = self._tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in messages],
            tokenize=False,
            add_generation_prompt=True,
        )
        return self._encode(text)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return ids

    def _decode(self, tokens: Sequence[int]) -> str:
        kept = [token for token in tokens if token not in self._marks.values()]
        text: str = self._tokenizer.decode(kept, clean_up_tokenization_spaces=False)
        return text

    @torch.inference_mode()
    def _forward(self, tokens: torch.Tensor, cache: Any) -> tuple[torch.Tensor, Any]:
        """Logits of the next token and the cache that holds all tokens so far."""
        out = self._model(
            input_ids=tokens[None], past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        return out.logits[0, -1], out.past_key_values


class TransformersAnswer:
    """An answer being made; see :class:`dialecto.serving.engine.Answer`."""

    def __init__(self, engine: TransformersEngine, tokens: list[int], sampling: Sampling) -> None:
        self.prompt_tokens = len(tokens)
        self.completion_tokens = 0
        self.finish_reason: FinishReason | None = None
        self._pieces = self._generate(engine, tokens, sampling)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._pieces)

    def close(self) -> None:
        self._pieces.close()

    def _generate(
        self, engine: TransformersEngine, tokens: list[int], sampling: Sampling
    ) -> Generator[str, None, None]:
        text, stops = Detokenizer(engine._decode), StopStrings(sampling.stop)
        for token in self._tokens(engine, tokens, sampling):
            piece = stops.push(text.push(token))
            if piece:
                yield piece
            if stops.stopped:
                self.finish_reason = "stop"
                return
        rest = stops.push(text.flush())
        if stops.stopped:
            self.finish_reason = "stop"
        else:
            rest += stops.flush()
        if rest:
            yield rest

    def _tokens(
        self, engine: TransformersEngine, tokens: list[int], sampling: Sampling
    ) -> Iterator[int]:
        """The answer's tokens; sets the counts and, at the end, the reason."""
        temperature = sampling.temperature
        if temperature is None:
            temperature = 0.0 if engine.chats else _TEXT_TEMPERATURE
        seed = secrets.randbits(63) if sampling.seed is None else sampling.seed
        generator = torch.Generator().manual_seed(seed % 2**63)
        prompt = torch.tensor(tokens)
        answer = torch.empty(0, dtype=torch.long)
        given, cache = prompt, None
        for _step in range(min(sampling.max_tokens, engine.context - len(tokens))):
            logits, cache = engine._forward(given, cache)
            token = choose(
                logits, sampling, temperature, torch.cat((prompt, answer)), answer, generator
            )
            if token in engine._endings:
                self.finish_reason = "stop"
                return
            self.completion_tokens += 1
            given = torch.tensor([token])
            answer = torch.cat((answer, given))
            yield token
        self.finish_reason = "length"


def _ending_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    named = model.generation_config.eos_token_id
    found = {named} if isinstance(named, int) else set(named or ())
    found |= {tokenizer.eos_token_id, *(tokenizer.get_vocab().get(t) for t in _ENDINGS)}
    return frozenset(int(token) for token in found if token is not None)
