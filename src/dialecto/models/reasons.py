"""Why a plan is what it is: each choice with its facts, told in the user's language.

A plan records reasons as facts, so that its file reads the same wherever it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Facts = Mapping[str, float | int | str]


@dataclass(frozen=True)
class Reason:
    """`about`: what was chosen; `why` and `value`: keys of SENTENCES, filled in with `facts`."""

    about: str
    value: str
    why: str
    facts: Facts

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


SENTENCES: dict[str, dict[str, str]] = {
    "en": {
        "tokens": "{tokens:,} tokens",
        "tokens_a_step": "{tokens:,} tokens a step",
        "layers": "{layers} layers of {width}",
        "steps": "{steps:,} of {batch:,} tokens",
        "seconds": "{seconds:,.1f} s",
        "gigabytes": "{needed:,.2f} GB",
        "flops": "{flops:.2g} FLOP",
        "bpb": "{bpb:.3f} bits per byte",
        "recipe": "from the recipe",
        "context.short": "documents are short: half of the text is in ones of at most {typical:,}",
        "context.long": "documents are longer, and the budget is small: longer rows cost more",
        "context.fits": "for the budget and the documents' lengths",
        "batch.few": "small, for the run has few steps",
        "batch.enough": "on a processor smaller steps learnt no more, and larger ones no less",
        "batch.critical": "larger ones would waste text: it reads {millions:,.1f} M tokens",
        "parameters": "{parameters:,} parameters",
        "parameters.recipe": "{parameters:,} parameters, partly from the recipe",
        "steps.flops": "for the budget's FLOPs",
        "steps.rate": "at {rate:,.0f} tokens/s",
        "steps.text": "at {rate:,.0f} tokens/s that is {seconds:,.1f} of {of:,.0f} s: the rest "
        "stays unused, for read more often this text teaches no more",
        "too_much.time": "more than the budget: no model can make {steps} steps in it",
        "too_much.flops": "more than the budget: no model can make {steps} steps with it",
        "too_much.memory": "more than this machine has for training, {room:,.2f} GB",
        "besides": "start, checkpoints, and looks at {kilobytes:,.0f} of {of:,.0f} kB held out",
        "runner-up.larger": "{gap:+.3f} bits per byte: larger, it would read {other:.2f} epochs "
        "instead of {epochs:.2f}",
        "runner-up.smaller": "{gap:+.3f} bits per byte: smaller, it would learn less from "
        "{other:.2f} epochs",
        "predicted": "of held-out text that a 5-gram model reads at {ngram:.3f}",
    },
    "es": {
        "tokens": "{tokens:,} tokens",
        "tokens_a_step": "{tokens:,} tokens por paso",
        "layers": "{layers} capas de {width}",
        "steps": "{steps:,} de {batch:,} tokens",
        "seconds": "{seconds:,.1f} s",
        "gigabytes": "{needed:,.2f} GB",
        "flops": "{flops:.2g} FLOP",
        "bpb": "{bpb:.3f} bits por byte",
        "recipe": "de la receta",
        "context.short": "los documentos son cortos: la mitad del texto está en los de {typical:,} "
        "como mucho",
        "context.long": "los documentos son más largos y el presupuesto pequeño: filas más largas "
        "cuestan más",
        "context.fits": "por el presupuesto y el largo de los documentos",
        "batch.few": "pequeño, porque el entrenamiento tiene pocos pasos",
        "batch.enough": "en un procesador, pasos menores no aprendieron más, ni mayores menos",
        "batch.critical": "uno mayor malgastaría texto: lee {millions:,.1f} M de tokens",
        "parameters": "{parameters:,} parámetros",
        "parameters.recipe": "{parameters:,} parámetros, en parte de la receta",
        "steps.flops": "por los FLOP del presupuesto",
        "steps.rate": "a {rate:,.0f} tokens/s",
        "steps.text": "a {rate:,.0f} tokens/s son {seconds:,.1f} de {of:,.0f} s: el resto no se "
        "usa, porque leer más veces este texto no enseña más",
        "too_much.time": "más que el presupuesto: ningún modelo llega en él a {steps} pasos",
        "too_much.flops": "más que el presupuesto: ningún modelo llega con él a {steps} pasos",
        "too_much.memory": "más de lo que esta máquina tiene para entrenar, {room:,.2f} GB",
        "besides": "arranque, puntos de control y miradas a {kilobytes:,.0f} de {of:,.0f} kB "
        "reservados",
        "runner-up.larger": "{gap:+.3f} bits por byte: mayor, leería {other:.2f} vueltas en vez de "
        "{epochs:.2f}",
        "runner-up.smaller": "{gap:+.3f} bits por byte: menor, aprendería menos de {other:.2f} "
        "vueltas",
        "predicted": "de texto reservado que un modelo de 5-gramas lee a {ngram:.3f}",
    },
}


def tell(reason: Reason | Mapping[str, Any], lang: str = "en") -> tuple[str, str, str]:
    """(what was chosen, its value, why); in Spanish for a language that we do not have."""
    given = reason.as_dict() if isinstance(reason, Reason) else reason
    sentences = SENTENCES.get(lang, SENTENCES["es"])
    value, why = (sentences[given[part]].format(**given["facts"]) for part in ("value", "why"))
    return given["about"], value, why


def line(reason: Reason) -> str:
    """`context: 256 tokens, from the recipe`: in English, as records and progress say it."""
    about, value, why = tell(reason)
    return f"{about}: {value}, {why}"
