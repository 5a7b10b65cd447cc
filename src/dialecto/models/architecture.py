"""Models as transformers' own classes build them, so that what we train loads everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dialecto.models.shape import ModelShape
from dialecto.recipe.architectures import DECODERS, ENCODERS, OBJECTIVES

ROUTER_LOSS = 0.001  # weight of the load-balance loss of a mixture, as in Qwen3's own configuration


def build_config(
    shape: ModelShape,
    *,
    end_of_text: int,
    pad: int,
    dropout: float = 0.0,
    around: tuple[int, int] | None = None,
) -> Any:
    """The configuration of a shape. around: an encoder's [CLS] and [SEP].

    Decoders have untied embeddings: better for the same time (12.0 -> 10.8 minutes in the speed
    runs of nanochat). The others are tied as published.
    """
    tokens = {"bos_token_id": end_of_text, "eos_token_id": end_of_text, "pad_token_id": pad}
    if shape.architecture in ENCODERS:
        begin, end = around or (end_of_text, end_of_text)
        tokens |= {"bos_token_id": begin, "eos_token_id": end}
        tokens |= {"cls_token_id": begin, "sep_token_id": end}
    return _CONFIGS[shape.architecture](
        shape,
        dropout,
        {
            "tie_word_embeddings": shape.architecture not in DECODERS,
            "vocab_size": shape.vocabulary,
            **tokens,
        },
    )


def build_model(config: Any, seed: int, initialisation: str = "induction") -> Any:
    """A freshly initialised model in float32, the same for the same seed."""
    from dialecto.models.initialise import initialise

    model = model_class(config.model_type).from_config(config, attn_implementation="sdpa")
    initialise(model, seed, initialisation)
    return model


def model_class(architecture: str) -> Any:
    """The class of transformers that builds and loads a model of an architecture."""
    import transformers

    names = {
        "causal": "AutoModelForCausalLM",
        "masked": "AutoModelForMaskedLM",
        "spans": "AutoModelForSeq2SeqLM",
    }
    return getattr(transformers, names[OBJECTIVES[architecture]])


def _sizes(shape: ModelShape) -> dict[str, Any]:
    """What all but GPT-2 and T5 name alike."""
    return {
        "hidden_size": shape.width,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "max_position_embeddings": shape.context,
    }


def _modern(shape: ModelShape, dropout: float) -> dict[str, Any]:
    """What Llama and the Qwen3 family name alike. They have dropout in attention only."""
    return {
        **_sizes(shape),
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_width,
        "attention_dropout": dropout,
    }


def _qwen3(shape: ModelShape, dropout: float, common: dict[str, Any]) -> Any:
    from transformers import Qwen3Config

    return Qwen3Config(**_modern(shape, dropout), **common)


def _llama(shape: ModelShape, dropout: float, common: dict[str, Any]) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(**_modern(shape, dropout), **common)


def _qwen3_moe(shape: ModelShape, dropout: float, common: dict[str, Any]) -> Any:
    from transformers import Qwen3MoeConfig

    return Qwen3MoeConfig(
        **_modern(shape, dropout),
        moe_intermediate_size=shape.feed_forward,
        num_experts=shape.experts,
        num_experts_per_tok=shape.experts_used,
        decoder_sparse_step=1,
        mlp_only_layers=[],
        norm_topk_prob=True,
        router_aux_loss_coef=ROUTER_LOSS,
        **common,
    )


def _gpt2(shape: ModelShape, dropout: float, common: dict[str, Any]) -> Any:
    from transformers import GPT2Config

    return GPT2Config(
        n_embd=shape.width,
        n_inner=shape.feed_forward,
        n_layer=shape.layers,
        n_head=shape.heads,
        n_positions=shape.context,
        attn_pdrop=dropout,
        embd_pdrop=dropout,
        resid_pdrop=dropout,
        **common,
    )


def _bert(shape: ModelShape, dropout: float, common: dict[str, Any]) -> Any:
    from transformers import BertConfig

    return BertConfig(
        **_sizes(shape),
        attention_probs_dropout_prob=dropout,
        hidden_dropout_prob=dropout,
        **common,
    )


def _modernbert(shape: ModelShape, dropout: float, common: dict[str, Any]) -> Any:
    """Every third layer sees the whole context, the others 128 tokens around, as published."""
    from transformers import ModernBertConfig

    return ModernBertConfig(
        **_sizes(shape),
        attention_dropout=dropout,
        embedding_dropout=dropout,
        mlp_dropout=dropout,
        **common,
    )


def _t5(shape: ModelShape, dropout: float, common: dict[str, Any]) -> Any:
    """Gated feed-forward as in T5 1.1; answers begin with the padding, as in all of them."""
    from transformers import T5Config

    # Takes any name that all configurations know; the checker knows T5's own alone.
    make: Any = T5Config
    return make(
        d_model=shape.width,
        d_kv=shape.head_width,
        d_ff=shape.feed_forward,
        num_layers=shape.layers,
        num_decoder_layers=shape.layers,
        num_heads=shape.heads,
        dropout_rate=dropout,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=common["pad_token_id"],
        n_positions=shape.context,
        **common,
    )


_CONFIGS: dict[str, Callable[[ModelShape, float, dict[str, Any]], Any]] = {
    "qwen3": _qwen3,
    "llama": _llama,
    "gpt2": _gpt2,
    "qwen3_moe": _qwen3_moe,
    "bert": _bert,
    "modernbert": _modernbert,
    "t5": _t5,
}
