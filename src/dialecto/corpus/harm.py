"""Documents that do harm: rules over words and phrases in Spanish and English.

A category is found when its phrases reach a weight of 1 in a short stretch of text. One
phrase that says by itself what the text is for (how to build a bomb) weighs 1; words that
also occur in news, law or medicine weigh less and must come together. The rules look for
instructions and incitement, not for topics: a safety leaflet about explosives stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from dialecto.corpus.table import REMOVED, settle, with_columns

_WINDOW = 1500  # characters in which weak phrases must come together


@dataclass(frozen=True)
class Rule:
    """A phrase, its weight and its category."""

    category: str
    weight: float
    pattern: str


_MAKE = (
    r"(?:fabric\w{1,6}|constru\w{1,6}|prepar\w{1,6}|hac(?:er|es|e)|elabor\w{1,6}|mont(?:ar|a)|"
    r"sintetiz\w{1,6}|arm(?:ar|a)|build(?:ing)?|mak(?:e|ing)|construct(?:ing)?|assembl\w{1,4}|"
    r"synthesi[sz]\w{1,4}|cook(?:ing)?)"
)
_BOMB = (
    r"(?:bombas? (?:caser|tubo|incendiari|lapa)\w*|(?:una|la|esta) bomba\b|explosivos? caser\w+|"
    r"artefactos? explosivos?|c[oó]ctel(?:es)? molotov|(?:pipe |homemade |fertili[sz]er )bombs?|"
    r"(?:a|the|this) bomb\b|improvised explosive|molotov cocktails?|homemade explosives?|napalm)"
)
_DRUG = r"(?:metanfetamina|fentanilo|hero[ií]na|crack|methamphetamine|meth|fentanyl|heroin)\b"
_GROUP = (
    r"(?:inmigrantes?|extranjer[oa]s|jud[ií]os?|moros?|musulmanes|gitanos?|negros?|maricas?|"
    r"maricones|homosexuales|gays?|transexuales|mujeres|ind[ií]genas|sudacas?|immigrants?|"
    r"foreigners?|jews?|muslims?|gypsies|blacks?|gays|homosexuals|women|refugees|refugiados)"
)
RULES = (
    Rule("weapons", 1.0, rf"{_MAKE}\W+(?:\w+\W+){{0,4}}?{_BOMB}"),
    Rule("weapons", 0.5, _BOMB),
    Rule(
        "weapons",
        0.5,
        r"(?:p[oó]lvora|nitrato de amonio|metralla|detonador|gunpowder|"
        r"ammonium nitrate|shrapnel|detonator|blasting cap)",
    ),
    Rule(
        "weapons",
        1.0,
        rf"{_MAKE}\W+(?:\w+\W+){{0,4}}?(?:gas sar[ií]n|sarin|ricin[ao]?|"
        r"[aá]ntrax|anthrax|nerve agent|agente nervioso|ghost gun|silenciador casero)",
    ),
    Rule("drugs", 1.0, rf"{_MAKE}\W+(?:\w+\W+){{0,4}}?{_DRUG}"),
    Rule(
        "hate",
        1.0,
        rf"(?:hay que|deber[ií]amos|debemos|tenemos que|we (?:must|should)|"
        rf"let'?s|need to)\W+(?:\w+\W+){{0,2}}?(?:matar|exterminar|eliminar|aniquilar|"
        rf"quemar|linchar|expulsar|kill|exterminate|eliminate|wipe out|burn|lynch|gas)\W+"
        rf"(?:\w+\W+){{0,4}}?{_GROUP}",
    ),
    Rule("hate", 1.0, rf"(?:muerte a|death to|fuera (?:los|las))\W+(?:\w+\W+){{0,2}}?{_GROUP}"),
    Rule(
        "hate",
        1.0,
        rf"{_GROUP}\W+(?:\w+\W+){{0,3}}?(?:son|sois|are)\W+(?:\w+\W+){{0,3}}?"
        r"(?:basura|escoria|ratas|par[aá]sitos|infrahumanos|animales|una plaga|cucarachas|"
        r"inferiores|vermin|scum|trash|parasites|subhuman|animals|rats|cockroaches|a plague|"
        r"inferior)",
    ),
    Rule(
        "hate",
        0.5,
        r"(?:putos?|malditos?|asquerosos?|fucking|filthy|dirty)\W+"
        rf"{_GROUP}",
    ),
    Rule(
        "self_harm",
        1.0,
        r"(?:c[oó]mo|maneras? de|formas? de|m[eé]todos? (?:para|de)|how to|"
        r"ways? to|best way to|methods? (?:to|of|for))\W+(?:\w+\W+){0,3}?(?:suicidar(?:te|se|me)|"
        r"suicidio|quitar(?:te|se|me) la vida|cortar(?:te|se) las venas|autolesionar(?:te|se)|"
        r"kill(?:ing)? (?:yourself|myself|oneself)|commit(?:ting)? suicide|suicide method|"
        r"cut(?:ting)? your wrists|self.harm)(?! prevention)",
    ),
    Rule(
        "violence",
        1.0,
        r"(?:c[oó]mo|instrucciones para|pasos para|gu[ií]a para|how to|steps to|"
        r"instructions (?:to|for)|guide to)\W+(?:\w+\W+){0,3}?(?:matar|asesinar|envenenar|"
        r"secuestrar|torturar|murder|kill|poison|kidnap|torture)\W+(?:a\W+)?(?:\w+\W+){0,2}?"
        r"(?:alguien|una? (?:persona|vecin[oa]|compa[nñ]er[oa]|jefe|ni[nñ][oa])|(?:tu|su) \w+|"
        r"someone|somebody|a person|your \w+|people|a (?:neighbou?r|child|cow?orker))",
    ),
    Rule(
        "violence",
        1.0,
        r"(?:te|os|los|les|le) voy a (?:matar|degollar|rajar|quemar viv\w+)|"
        r"i(?: a|')?(?:m going to| will|'ll) (?:kill|murder|slaughter) (?:you|them|him|her)",
    ),
    Rule(
        "crime",
        1.0,
        r"(?:c[oó]mo|pasos para|gu[ií]a para|how to|steps to|guide to)\W+"
        r"(?:\w+\W+){0,3}?(?:clonar tarjetas|falsificar (?:dinero|billetes|documentos|un|el)|"
        r"blanquear dinero|robar (?:un|una|identidades|tarjetas|contrase\w+)|hackear|estafar a|"
        r"clone credit cards|counterfeit (?:money|bills)|launder money|steal (?:a|an|someone|"
        r"identit\w+|credit cards|passwords)|hack into|scam (?:people|someone|the elderly)|"
        r"forge (?:a|documents))",
    ),
    Rule(
        "sexual_minors",
        1.0,
        r"(?:porno(?:graf[ií]a)?|sexo|porn|sexual)\W+(?:\w+\W+){0,2}?"
        r"(?:infantil|con (?:menores|ni[nñ][oa]s)|child(?:ren)?|with (?:minors|children|kids))"
        r"\W+(?:\w+\W+){0,3}?(?:gratis|descarga|v[ií]deos?|fotos?|free|download|videos?|photos?)",
    ),
)
_COMPILED = tuple((rule, re.compile(rf"\b(?:{rule.pattern})", re.IGNORECASE)) for rule in RULES)
# A text without any of these stems matches no rule; looking for them first is cheap.
_HINT = re.compile(
    r"bomb|explosi|molotov|napalm|sar[ií]n|ricin|[aá]ntrax|anthrax|nerv|ghost gun|silenciador|"
    r"anfetamina|fentan|hero[ií]n|crack|meth|suicid|quitar|venas|autoles|kill|wrist|self.harm|"
    r"matar|asesin|envenen|secuestr|tortur|murder|poison|kidnap|degollar|rajar|quemar|slaughter|"
    r"clonar|falsific|blanque|robar|hacke|estafar|clone|counterfeit|launder|steal|hack|scam|forge|"
    r"porn|sexo|sexual|muerte a|death to|fuera|extermin|elimin|aniquil|linch|expuls|wipe|burn|"
    r"lynch|basura|escoria|rata|par[aá]sito|infrahuman|animal|plaga|cucaracha|inferior|vermin|"
    r"scum|trash|parasite|subhuman|rats|cockroach|plague|puto|maldito|asqueroso|fucking|filthy|"
    r"dirty|gas\b",
    re.IGNORECASE,
)


def harm_categories(text: str) -> list[str]:
    """The categories that a text falls in, sorted."""
    if not _HINT.search(text):
        return []
    found: set[str] = set()
    weak: dict[str, list[tuple[int, float, str]]] = {}
    for rule, pattern in _COMPILED:
        if rule.category in found:
            continue
        for match in pattern.finditer(text):
            if rule.weight >= 1:
                found.add(rule.category)
                break
            hit = (match.start(), rule.weight, match.group().casefold())
            weak.setdefault(rule.category, []).append(hit)
    for category, hits in weak.items():
        if category not in found and _gather(hits):
            found.add(category)
    return sorted(found)


def _gather(hits: list[tuple[int, float, str]]) -> bool:
    """Whether different weak phrases add up to 1 within the window."""
    hits.sort()
    for index, (start, _, _) in enumerate(hits):
        near = {phrase: w for place, w, phrase in hits[index:] if place - start <= _WINDOW}
        if len(near) >= 3 and sum(near.values()) >= 1:
            return True
    return False


def harm_step(table: pa.Table, policy: str) -> pa.Table:
    """`drop` removes harmful documents as `harmful`; `flag` notes `harm:<category>`."""
    if policy == "keep":
        return table
    changes, verdicts = [], []
    for text, outcome, change in zip(
        *(table[name].to_pylist() for name in ("text", "outcome", "changes")), strict=True
    ):
        categories = [] if outcome else harm_categories(text)
        verdicts.append(
            (REMOVED, "harmful", ", ".join(categories)) if categories and policy == "drop" else None
        )
        changes.append(change + [f"harm:{category}" for category in categories])
    return settle(with_columns(table, changes=changes), verdicts)
