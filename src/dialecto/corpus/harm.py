"""Documents that do harm: rules over words and phrases in Spanish and English.

The rules look for instructions and incitement, not for topics: how to build a bomb is found,
a safety leaflet about explosives stays. Each rule names the beginnings of the words that it
cannot do without; only the text around such words is looked at, so that a corpus without them
costs little more than being cut into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from dialecto.corpus.harm_mentions import is_mention, speaks_of_abuse
from dialecto.corpus.insults import is_abusive
from dialecto.corpus.table import REMOVED, settle, with_columns, with_measures
from dialecto.corpus.toxicity import toxicity, weights
from dialecto.recipe.corpus import HARMS, Harm

TOXICITY = "toxicity"  # what the model finds, and no rule
_WINDOW = 160  # characters on either side of a word
_WORD = re.compile(r"[^\W\d_]+")
_STEM = 4  # letters by which words are looked up first


@dataclass(frozen=True)
class Rule:
    """A pattern, its category, and beginnings of words of which it contains at least one."""

    category: str
    stems: tuple[str, ...]
    pattern: str


def _few(most: int) -> str:
    """Up to so many words in between, of the same sentence."""
    return rf"[^\w.!?;]+(?:\w+[^\w.!?;]+){{0,{most}}}?"


_MAKE = (
    r"(?:fabric\w{1,6}|constru\w{1,6}|prepar\w{1,6}|hac(?:er|es|e)|elabor\w{1,6}|cocin\w{1,6}|mont(?:ar|a)|"
    r"sintetiz\w{1,6}|arm(?:ar|a)|build(?:ing)?|mak(?:e|ing)|construct(?:ing)?|assembl\w{1,4}|"
    r"synthesi[sz]\w{1,4}|cook(?:ing)?)"
)
_BOMB = (
    r"(?:bombas? (?:caser|tubo|incendiari|lapa)\w*|(?:una|esta) bomba\b"
    r"(?=\W*(?:$|[.,:;)!?]|con (?!el? |la )|en casa|y |que |para (?:volar|matar|hacer)))|"
    r"explosivos? caser\w+|artefactos? explosivos?|c[oó]ctel(?:es)? molotov|"
    r"(?:pipe |homemade |fertili[sz]er )bombs?|(?:a|the|this) bomb\b|improvised explosive|"
    r"molotov cocktails?|homemade explosives?|napalm)"
)
_POISON = (
    r"(?:gas sar[ií]n|sarin|ricina?\b|[aá]ntrax|anthrax|nerve agent|agente nervioso|ghost gun|"
    r"silenciador casero)"
)
_DRUG = r"(?:metanfetamina|fentanilo|hero[ií]na|methamphetamine|meth|fentanyl|heroin)\b"
_GROUP = (
    r"(?:inmigrantes?|extranjer[oa]s|jud[ií]os?|moros?|musulmanes|gitanos?|negr[oa]s?|maricas?|"
    r"maricones|homosexuales|gays?|transexuales|mujeres|ind[ií]genas|sudacas?|immigrants?|"
    r"foreigners?|jews?|muslims?|gypsies|blacks?|homosexuals|women|refugees|refugiados)"
)
# What may stand between a verb and those it is done to: not `eliminar la brecha de las mujeres`.
_THEM = (
    r"(?:(?:a|al|todos|todas|los|las|esos|esas|estos|estas|put[oa]s|maldit[oa]s|cerd[oa]s|"
    r"all|of|the|these|those|every|each|any|fucking|damn|filthy|dirty)\W+){0,4}"
)
_SOMEBODY = (
    r"(?:(?:a|al|tu|su|mi|un|una|el|la|los|las|otr[oa]s?|varias?|muchas?|esa|ese|your|my|his|her|the|an|"
    r"some|other|another|many|several|innocent|two|three)\W+){0,3}"
)
_GROUPS = (
    *("inmigr", "extranjer", "judío", "judio", "moro", "musulm", "gitan", "negr", "maric"),
    *("homosex", "gay", "transex", "mujeres", "indígena", "indigena", "sudaca", "immigr"),
    *("foreign", "jew", "muslim", "gyps", "black", "women", "refug"),
)
_HOW = (
    r"(?:c[oó]mo|maneras? de|formas? de|m[eé]todos? (?:para|de)|pasos para|gu[ií]a para|"
    r"instrucciones para|how to|ways? to|methods? (?:to|of|for)|steps to|guide to|"
    r"instructions (?:to|for))"
)
RULES = (
    Rule(
        "weapons",
        ("bomb", "explosi", "molotov", "napalm"),
        rf"{_MAKE}{_few(4)}{_BOMB}",
    ),
    Rule(
        "weapons",
        ("sarin", "sarín", "ricin", "ántrax", "antrax", "anthrax", "nerv", "ghost", "silenciador"),
        rf"{_MAKE}{_few(4)}{_POISON}",
    ),
    Rule(
        "drugs",
        ("metanf", "fentan", "heroín", "heroin", "meth"),
        rf"{_MAKE}{_few(4)}{_DRUG}",
    ),
    Rule(
        "hate",
        _GROUPS,
        rf"(?:hay que|deber[ií]amos|debemos|tenemos que|merecen|we (?:must|should)|let'?s|need to|"
        rf"deserve to)\W+(?:\w+\W+){{0,2}}?(?:matar|exterminar|eliminar|aniquilar|quemar|linchar|"
        rf"expulsar|kill|exterminate|eliminate|wipe out|burn|lynch|gas)\W+{_THEM}{_GROUP}\b",
    ),
    Rule(
        "hate",
        _GROUPS,
        rf"(?:muerte a|death to|fuera (?:los|las))\W+(?:\w+\W+){{0,2}}?{_GROUP}\b",
    ),
    Rule(
        "hate",
        _GROUPS,
        rf"{_GROUP}{_few(3)}(?:son|sois|are){_few(3)}(?:basura|escoria|ratas|par[aá]sitos|"
        r"infrahumanos|una plaga|cucarachas|(?:seres|razas?) inferior(?:es)?|vermin|scum|trash|"
        r"parasites|subhuman|rats|cockroaches|a plague|"
        r"inferior(?=\W*(?:$|[.,;!?]|race|beings?|to (?:us|men|whites))))\b",
    ),
    Rule(
        "self_harm",
        ("suicid", "quitar", "vena", "autoles", "kill", "wrist", "harm"),
        rf"{_HOW}{_few(3)}(?:suicidar(?:te|se|me)|(?:un )?suicidio\b(?! (?:asistido|de))|"
        r"quitar(?:te|se|me) la vida|cortar(?:te|se) las venas|autolesionar(?:te|se)|"
        r"kill(?:ing)? (?:yourself|myself|oneself)|commit(?:ting)? suicide|"
        r"cut(?:ting)? your wrists|"
        r"harm(?:ing)? (?:yourself|myself))",
    ),
    Rule(
        "violence",
        ("mata", "asesin", "envenen", "secuestr", "tortur", "murder", "kill", "poison", "kidnap"),
        rf"{_HOW}{_few(3)}(?:matar|asesinar|envenenar|secuestrar|torturar|murder|kill|poison|"
        rf"kidnap|torture)\W+{_SOMEBODY}(?:alguien|personas?|vecin[oa]s?|"
        r"compa[nñ]er[oa]s?|jef[ea]s?|ni[nñ][oa]s?|someone|somebody|persons?|people|"
        r"neighbou?rs?|child(?:ren)?(?! process)|co.?workers?|boss)\b",
    ),
    Rule(
        "violence",
        ("mata", "degoll", "rajar", "quemar", "kill", "murder", "slaughter"),
        r"(?:te|os|los|les|le) voy a (?:matar|degollar|rajar|quemar viv\w+)|"
        r"i(?: a|'|’)?(?:m going to| will|ll) (?:kill|murder|slaughter) (?:you|them|him|her)\b",
    ),
    Rule(
        "crime",
        (
            *("clon", "falsific", "blanque", "robar", "hacke", "estaf", "counterfeit", "launder"),
            *("steal", "hack", "scam", "forge"),
        ),
        rf"{_HOW}{_few(3)}(?:clonar (?:una )?tarjetas?|falsificar (?:dinero|billetes|documentos|un|"
        r"el)|blanquear dinero|robar (?:un|una|la|las|identidades|tarjetas|contrase\w+|datos)|"
        r"hackear|estafar a|clone credit cards|counterfeit (?:money|bills)|launder money|"
        r"steal (?:an?|someone|identit\w+|credit cards|passwords)|hack into|"
        r"scam (?:people|someone|the elderly)|forge (?:a|documents))\b",
    ),
    Rule(
        "sexual_minors",
        ("porn", "sex"),
        r"(?:porno(?:graf[ií]a)?|sexo|porn|(?<!educaci.n )(?<!salud )(?<!abuso )sexual)"
        rf"{_few(2)}(?:infantil|con (?:menores|"
        rf"ni[nñ][oa]s)|child(?:ren)?|with (?:minors|children|kids)){_few(3)}(?:gratis|descarga|"
        r"v[ií]deos?|fotos?|free|download|videos?|photos?)\b",
    ),
)
_COMPILED = tuple((rule, re.compile(rf"\b(?:{rule.pattern})", re.IGNORECASE)) for rule in RULES)


def _rules_by_stem() -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for index, rule in enumerate(RULES):
        for stem in rule.stems:
            found.setdefault(stem[:_STEM], []).append((stem, index))
    return found


_BY_STEM = _rules_by_stem()


@lru_cache(maxsize=65_536)  # texts share most of their words
def _rules_of(word: str) -> tuple[int, ...]:
    return tuple(
        index
        for length in (3, _STEM)
        for stem, index in _BY_STEM.get(word[:length], ())
        if word.startswith(stem)
    )


def harm_categories(text: str) -> list[str]:
    """The categories that a text falls in, sorted; not those that it only speaks of."""
    return sorted(category for category, mention in harm_findings(text).items() if not mention)


def harm_findings(text: str) -> dict[str, bool]:
    """Category -> whether the text only speaks of such harm (a judgment, a protocol, news)."""
    lowered = text.lower()
    all_words = _WORD.findall(lowered)
    wanted: dict[int, set[str]] = {}
    for word in set(all_words):
        for index in _rules_of(word):
            wanted.setdefault(index, set()).add(word)
    found: dict[str, bool] = {}
    if is_abusive(text, all_words):
        found["abuse"] = speaks_of_abuse(lowered)
    for index, words in wanted.items():
        rule, pattern = _COMPILED[index]
        if found.get(rule.category, True):
            for start, end in _around(lowered, words):
                for match in pattern.finditer(lowered, start, end):
                    mention = is_mention(lowered, *match.span())
                    found[rule.category] = found.get(rule.category, True) and mention
    return found


def _around(text: str, words: set[str]) -> Iterator[tuple[int, int]]:
    """Where stretches of a text around these words begin and end; overlapping ones as one."""
    start = end = -1
    for match in re.finditer(rf"\b(?:{'|'.join(sorted(words))})\b", text):
        left, right = max(0, match.start() - _WINDOW), match.end() + _WINDOW
        if left <= end:
            end = right
            continue
        if end > 0:
            yield start, end
        start, end = left, right
    if end > 0:
        yield start, end


def harm_step(table: pa.Table, section: Harm) -> pa.Table:
    """Removes documents of a category whose policy is `drop` as `harmful`; notes in `changes`
    `harm:<category>` what is flagged or dropped, `harm:<category>:mention` what is only spoken of;
    measures `harm.toxicity`."""
    if all(section.policy_of(category) == "keep" for category in HARMS):
        return table
    texts, outcomes, changes = (table[name].to_pylist() for name in ("text", "outcome", "changes"))
    open_ = [row for row, outcome in enumerate(outcomes) if not outcome]
    abusive: list[float | None] = [None] * len(texts)
    limit = 2.0
    if section.policy_of(TOXICITY) != "keep":
        limit = weights()[2]
        for row, score in zip(open_, toxicity([texts[row] for row in open_]), strict=True):
            if score >= 0.5:
                abusive[row] = round(score, 3)
    verdicts: list[tuple[str, str, str] | None] = [None] * len(texts)
    for row in open_:
        findings = harm_findings(texts[row])
        if (abusive[row] or 0.0) >= limit:
            findings[TOXICITY] = False
        dropped, noted = [], []
        for category, mention in sorted(findings.items()):
            policy = section.policy_of(category, mention=mention)
            if policy == "drop":
                dropped.append(category)
            if policy != "keep":
                noted.append(f"harm:{category}{':mention' if mention else ''}")
        if dropped:
            verdicts[row] = (REMOVED, "harmful", ", ".join(dropped))
        changes[row] = [*(changes[row] or ()), *noted]
    table = with_measures(with_columns(table, changes=changes), harm__toxicity=abusive)
    return settle(table, verdicts)
