"""Sentences written for a model and not for people: orders to it, false turns, leaks by link."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """A pattern; `sure` ones settle a document alone, of the others it takes two kinds."""

    name: str
    sure: bool
    needles: tuple[tuple[str, ...], ...]  # lower case; one of each group must be there
    pattern: re.Pattern[str]


def _order(name: str, sure: bool, needles: str, pattern: str) -> Order:
    # `¦` stands for a bar within a needle.
    groups = tuple(
        tuple(needle.replace("¦", "|") for needle in group.split("|"))
        for group in needles.split("&")
    )
    return Order(name, sure, groups, re.compile(pattern, re.IGNORECASE | re.MULTILINE))


_PREVIOUS_ES = r"(?:anteriores|previas|precedentes|de arriba|del sistema|recibidas|dadas)"
_ORDERS_ES = r"(?:instrucciones|[oó]rdenes|indicaciones|directrices|reglas|mensajes)"
ORDERS = (
    _order(
        "ignore_instructions", True, "ignor|olvid|omit|descart|desobed|caso omiso|no sig|no hagas&"
        "instruccion|rdenes|indicacion|directri|reglas|mensajes",
        r"\b(?:ignor(?:a|e|ad|en|ar)|olvid(?:a|e|ad|en|ar|ate de|ese de)|omit(?:e|a|ir)|"
        r"descart(?:a|e|ar)|desobede(?:ce|zca)|"
        r"(?:haz|haga|hagan) caso omiso (?:de|a)|"
        r"no (?:sigas|siga|hagas caso (?:de|a)))\s+(?:por completo\s+)?"
        r"(?:(?:a|de)?\s*(?:todas?|cualquier(?:a de)?)\s+)?"
        r"(?:(?:las?|tus|sus|los|el resto de las)\s+)?"
        rf"{_ORDERS_ES}\s+(?:que\s+(?:te|le)\s+\w+\s+)?(?:\w+\s+)?{_PREVIOUS_ES}",
    ),
    _order(
        "ignore_instructions", True, 
        "ignore|disregard|forget|override|bypass|do not follow|stop following&"
        "instruction|prompt|rules|directions|guidelines|messages",
        r"\b(?:ignore|disregard|forget|override|bypass|do not follow|stop following)\s+"
        r"(?:(?:all|any|every|each)\s+(?:of\s+)?)?(?:(?:the|your|my|these|those)\s+)?"
        r"(?:(?:previous|prior|above|earlier|preceding|former|existing|original|system|initial)"
        r"\s+(?:\w+\s+)?(?:instructions?|prompts?|rules|directions|guidelines|messages|context)|"
        r"(?:instructions?|prompts?|rules|directions|guidelines)\s+"
        r"(?:above|before|(?:you (?:were|have been) )?given|you received))",
    ),
    _order(
        "chat_template", True, "<¦|[inst]|[/inst]|<<sys>>|<</sys>>|_of_turn>",
        r"<\|(?:im_start|im_end|im_sep|system|user|assistant|eot_id|start_header_id|end_header_id|"
        r"endoftext|endofprompt|end_of_turn)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>",
    ),
    _order(
        "false_turn", True, "system:|system prompt|system message|system over|system]|system>|"
        "system*|sistema",
        r"^[ \t]*(?:#{1,4}[ \t]*|\[|<|\*\*)?(?:system(?: (?:prompt|message|override))?|"
        r"(?:mensaje|instrucci[oó]n|aviso) del sistema|sistema)(?:\]|>|\*\*)?\s*:\s*"
        r"(?:you (?:are|must|will)|from now on|ignore|always|never|eres|debes|a partir de ahora|"
        r"ignora|siempre|nunca|responde)\b",
    ),
    _order(
        "leak_by_link", True, "http&![|send|post|upload|forward|enví|envi|manda|sube&"
        "![|conversa|chat history|system prompt|historial|contrase|passwords|api key",
        r"!\[[^\]\n]{0,80}\]\(https?://[^)\s]{0,200}[?&/=](?:\{\{?|\[|<|%7B|\$\{)?(?:data|datos|q|"
        r"secret|secreto|prompt|conversation|conversaci[oó]n|historial|history|chat|context)"
        r"(?:\}|\]|>|%7D|=(?:\{|\[|<|%7B|\$))[^)\s]{0,200}\)|"
        r"\b(?:send|post|upload|forward|env[ií]a|env[ií]e|manda|sube|reenv[ií]a)\s+(?:\w+\s+){0,4}"
        r"(?:conversation|chat history|system prompt|conversaci[oó]n|historial|contrase[nñ]as|"
        r"passwords|api keys?)\s+(?:\w+\s+){0,4}(?:to|a|hacia)\s+\S{0,10}https?://",
    ),
    _order(
        "reveal_prompt", True, "system prompt|hidden instructions|initial prompt|"
        "initial instructions|instructions verbatim|prompt de sistema|prompt del sistema|"
        "prompt oculto|prompt secreto|prompt interno|prompt inicial|instrucciones ocultas|"
        "instrucciones secretas|instrucciones internas|instrucciones de sistema&"
        "reveal|print|output|repeat|show|leak|disclose|revela|muestra|imprime|repite|ense",
        r"\b(?:reveal|print|output|repeat|show|leak|disclose)\s+(?:me\s+)?(?:your|the)\s+"
        r"(?:(?:full|entire|hidden|secret|complete)\s+)?(?:system prompt|hidden instructions|"
        r"initial (?:prompt|instructions)|instructions verbatim)|"
        r"\b(?:revela|muestra|imprime|repite|ens[eé][nñ]a(?:me)?)\s+(?:tu|el|tus|las)\s+"
        r"(?:prompt (?:de|del) sistema|instrucciones (?:ocultas|secretas|internas|de sistema)|"
        r"prompt (?:oculto|secreto|interno|inicial))",
    ),
    _order(
        "new_role", False,
        "from now on|you are now |pretend |partir de ahora|ahora eres un|finge que no|"
        "unrestricted|sin restricciones|sin filtros|jailbroken",
        r"\b(?:from now on,? you (?:are|will|must)|you are now (?:an?|the|in) (?:\w+\s+){0,3}"
        r"(?:mode|ai|assistant|dan|model)|pretend (?:that )?you have no (?:restrictions|rules)|"
        r"a partir de ahora(?:,)? (?:eres|ser[aá]s|debes|act[uú]a|responde)|ahora eres (?:un|una) "
        r"(?:\w+\s+){0,2}(?:ia|asistente|modelo)|finge que no tienes (?:restricciones|reglas)|"
        r"(?:act as|act[uú]a como) (?:an?|una?)? ?(?:\w+\s+){0,2}(?:unrestricted|sin restricciones|"
        r"sin filtros|jailbroken))",
    ),
    _order(
        "note_to_model", False,
        "if you are |si eres un|note to |note for |message to |message for |instruction to |"
        "instruction for |instructions to |instructions for |nota para |mensaje para |"
        "instrucciones para &"
        "language model|modelo de lenguaje|asistente|ai assistant| ai |llm|ia ",
        r"\b(?:if you are (?:an? )?(?:ai|llm|language model|large language model|ai assistant)|"
        r"(?:note|message|instructions?) (?:to|for) (?:the |any )?(?:ai|llms?|language models?|"
        r"ai assistants?)\s*:|si eres (?:un|una) (?:ia|modelo de lenguaje|asistente)|"
        r"(?:nota|mensaje|instrucciones) para (?:la |el |las |los )?(?:ia|modelos? de lenguaje|"
        r"asistentes?(?: de ia| virtual(?:es)?)?)\s*:)",
    ),
    _order(
        "say_nothing", False,
        "do not |don't |no se lo digas|no informes|no avises|no menciones|sin avisar",
        r"\b(?:do not|don't) (?:tell|mention (?:this|it) to|inform|alert) the user|"
        r"\bno (?:se lo digas|informes|avises|menciones (?:esto|nada)) (?:al|a la) (?:usuari[oa]|"
        r"persona)|\bsin avisar (?:al|a la) usuari[oa]",
    ),
)  # fmt: skip


def find_orders(text: str) -> list[str]:
    """The names of the kinds of orders in a text, sure ones first; empty when it is not enough."""
    lower = text.lower()
    if "ſ" in lower or "ı" in lower:  # what the patterns, blind to case, take for s and i
        lower = lower.replace("ſ", "s").replace("ı", "i")
    sure: list[str] = []
    unsure: list[str] = []
    for order in ORDERS:
        if not all(any(needle in lower for needle in group) for group in order.needles):
            continue
        if order.pattern.search(text) and order.name not in sure + unsure:
            (sure if order.sure else unsure).append(order.name)
    return sure + unsure if sure or len(unsure) > 1 else []
