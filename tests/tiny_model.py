"""A tiny chat model with random weights, for tests of what is around a model."""

from __future__ import annotations

import json
from pathlib import Path

TEXTS = [
    "La cooperativa Valdelaguna vende quesos y aceite. ¿Cuál es el horario? De nueve a dos.",
    "The cooperative sells cheese and olive oil. What are the opening hours? Nine to two.",
    "El año pasado la señora Núñez compró jabón, acción, corazón, pingüino, mañana, café.",
]
RECIPE = "name: {name}\nlang: {lang}\nobjective: {objective}\nsources:\n  - path: docs\n"
CHAT_RECIPE = RECIPE + "  - path: questions.jsonl\n    kind: conversations\n"
DIGEST = "0123456789abcdef"


def save_tiny_model(folder: Path, *, context: int = 128, seed: int = 0) -> Path:
    """A Qwen3 of 2 layers, width 64, and a byte-level BPE of 400 tokens, as a folder."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(TEXTS * 20, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=special[0],
        eos_token=special[0],
        pad_token=special[3],
        extra_special_tokens=special[1:3],
    )
    tokenizer.chat_template = (
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + "
        "'<|im_end|>' + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=context,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=3,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_project(
    folder: Path,
    model: Path,
    *,
    lang: str = "es",
    objective: str = "chat",
    name: str = "prueba",
) -> Path:
    """A project whose model is there without having been trained."""
    import shutil

    from dialecto.project.store import Store

    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.txt").write_text(TEXTS[0], encoding="utf-8")
    turn = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    (folder / "questions.jsonl").write_text(json.dumps(turn) + "\n", encoding="utf-8")
    recipe = CHAT_RECIPE if objective == "chat" else RECIPE
    (folder / "dialecto.yaml").write_text(
        recipe.format(name=name, lang=lang, objective=objective), encoding="utf-8"
    )
    store = Store(folder / "artifacts")
    stage = "tune" if objective == "chat" else "pretrain"
    work = store.work(stage, DIGEST)
    shutil.copytree(model, work / "model")
    store.commit(stage, DIGEST, {"stage": stage, "digest": DIGEST, "seconds": 0, "metrics": {}})
    store.point(stage, DIGEST)
    return folder
