"""Words and phrases of abuse in Spanish and English, and how dense they must be to matter.

One coarse word in a long text is life; a comment made of them is abuse. Strong words (slurs,
the worst insults) weigh 1, coarse ones 0.5. A text is abusive from three units for each
hundred words on, and from 1.5 units in all: a novel stays, and so do minutes that quote
someone once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MINIMUM_WEIGHT = 1.5
MINIMUM_DENSITY = 3.0  # units per hundred words, of the densest stretch
MINIMUM_OVERALL = 0.5  # units per hundred words of the whole text
_STRETCH = 60  # words

STRONG = frozenset(
    (
        *("puta", "putas", "putos", "hijoputa", "hijueputa", "gilipollas", "subnormal"),
        *("subnormales", "cabrón", "cabron", "cabrones", "malnacido"),
        *("malnacidos", "malparido", "malparidos", "mamahuevo", "pendejo", "pendejos", "culero"),
        *("sudaca", "sudacas", "maricón", "maricones", "conchudo"),
        *("mongólico", "bollera", "travelo", "negrata", "negratas", "panchito"),
        *("panchitos", "escoria", "gentuza", "violarla", "violarlas", "violarte"),
        *("fuck", "fucking", "fucked", "fucker", "fuckers", "motherfucker", "motherfuckers"),
        *("motherfucking", "cunt", "cunts", "bitch", "bitches", "whore", "whores", "slut", "sluts"),
        *("nigger", "niggers", "nigga", "niggas", "faggot", "faggots", "retard", "retards"),
        *("retarded", "asshole", "assholes", "dumbass", "dickhead", "cocksucker", "wanker"),
        *("tranny", "twat", "scumbag", "scumbags", "pussy", "stfu"),
    )
)
COARSE = frozenset(
    (
        *("mierda", "mierdas", "imbécil", "imbecil", "imbéciles", "idiota", "idiotas", "inútil"),
        *("inútiles", "asqueroso", "asquerosa", "asquerosos", "asquerosas", "asco", "estúpido"),
        *("estúpida", "estúpidos", "coño", "joder", "jodido", "jodida", "cojones", "polla", "culo"),
        *("capullo", "basura", "ratas", "cerdo", "cerdos", "cerda", "tarado", "tarada", "bastardo"),
        *("boludo", "pelotudo", "huevón", "weón", "maldito", "maldita", "malditos", "muérete"),
        *("cobarde", "cobardes", "desgraciado", "desgraciados", "mugroso", "payaso", "payasos"),
        *("shit", "bullshit", "shitty", "idiot", "idiots", "moron", "morons", "stupid", "dumb"),
        *("bastard", "bastards", "crap", "damn", "dick", "ass", "scum", "trash", "garbage", "pig"),
        *("pigs", "filthy", "disgusting", "loser", "losers", "pathetic", "worthless", "vermin"),
        *("coward", "cowards", "clown", "clowns", "freak", "rats", "useless", "suck", "sucks"),
    )
)
# Threats and wishes of harm. Each weighs 1.5: one in a short text is enough.
THREATS = re.compile(
    r"\b(?:"
    r"(?:te|os|le|les|lo|los|la|las) (?:voy|vamos) a (?:\w+ a )?(?:matar|reventar|rajar|degollar|"
    r"quemar|romper la cara|partir|pegar un|abrir en canal|enterrar|violar|cortar el cuello)"
    r"|(?:te|os|le|les) (?:mato|reviento|rajo|parto l[ao]s?|pego un tiro|corto el cuello)"
    r"|voy a (?:mataros|matarte|reventaros|reventarte|quemarte|quemaros|violarte|envenenar)"
    r"|vamos a (?:quemarle|matarle|matarlo|matarlos|reventarle|lincharle|lincharlos|partirle)"
    r"|ojal[aá] (?:te|os|se|le|les) (?:mueras?|mur[aá]is|mueran?|pudras?|maten|caiga)"
    r"|(?:merecen?|mereces|merec[eé]is) (?:morir|arder|la muerte|que (?:te|os|les?) maten)"
    r"|no merecen? vivir|no dej[oe] a nadie vivo|mu[eé]re(?:te|os)(?: ya)?"
    r"|habr[ií]a que (?:matar|violar|exterminar|quemar|echar(?:los|las)|colgar|fusilar)\w*"
    r"|hay que (?:exterminar|matar|linchar|quemar|fusilar|colgar)(?:los|las|les|lo|la|te)\b"
    r"|deber[ií]as (?:matarte|suicidarte|morirte|tirarte|colgarte|ahorcarte)"
    r"|te cortar[ií]as las venas"
    r"|(?:a los|a las|a esos|a esas|los) (?:\w+ ){0,4}los (?:colgar[ií]a|fusilar[ií]a)"
    r"|i(?:'m| am|'ll| will)? (?:going to|gonna|will) (?:kill|murder|rape|shoot|stab|burn|"
    r"gut|beat|bash|smash|cut|slit|break|poison|find) (?:you|your|him|her|them|his|their|every)"
    r"|i(?:'ll|’ll) (?:kill|murder|rape|shoot|stab|gut|slit|break|cut|smash|poison) "
    r"(?:you|your|him|her|them|his|their|every)"
    r"|we(?:'re|’re| are)? (?:going to|gonna|will) (?:kill|burn|lynch|hang|beat) "
    r"(?:you|him|her|them|his)"
    r"|(?:i )?hope (?:you|they|he|she)(?: all)? (?:die|rot|burn|choke|get (?:killed|raped|shot))"
    r"|(?:go )?(?:kill|hang|shoot) (?:yourself|urself)|kys|(?:just )?drop dead"
    r"|(?:you|they|he|she)(?: all)? (?:should|deserve to) (?:die|burn|rot|jump off|"
    r"be (?:shot|killed|hanged|raped|exterminated|gassed)|kill yourself|hang yourself)"
    r"|(?:should|must) be (?:exterminated|gassed|lynched|put down|shot on sight|wiped out)"
    r"|(?:doesn't|don't|doesn’t|don’t) deserve to (?:live|breathe)"
    r")",
    re.IGNORECASE,
)
_RUDE = STRONG | COARSE
_THREAT_WEIGHT = 1.5
_WORD = re.compile(r"[^\W\d_]+")


def is_abusive(text: str, words: Sequence[str] | None = None) -> bool:
    """Whether insults and threats are dense in a text. `words`: its words, lower case."""
    words = _WORD.findall(text.lower()) if words is None else words
    hits: list[tuple[int, float]] = []
    if not _RUDE.isdisjoint(words):
        hits = [
            (place, 1.0 if word in STRONG else 0.5)
            for place, word in enumerate(words)
            if word in _RUDE
        ]
    if not hits and not _may_threaten(words):
        return False
    before = 0
    scanned = 0
    lowered = text.lower()
    for match in THREATS.finditer(lowered) if _has_signs(lowered) else ():
        before += len(_WORD.findall(lowered[scanned : match.start()]))
        scanned = match.start()
        hits.append((before, _THREAT_WEIGHT))
    return _dense(sorted(hits), len(words))


_THREAT_WORDS = frozenset(
    (
        *("matar", "mato", "matarte", "mataros", "mueras", "muera", "muráis", "mueran", "muérete"),
        *("morir", "arder", "reventar", "reviento", "vivir", "degollar", "violar", "violarlas"),
        *("exterminar", "exterminarlos", "fusilar", "linchar", "colgar", "quemar", "quemarle"),
        *("envenenar", "vivo", "tiro", "venas", "tirarte", "suicidarte", "matarte", "pondría"),
        *(
            "partir",
            "parto",
            "echarlos",
            "pudras",
            "kill",
            "murder",
            "rape",
            "shoot",
            "stab",
            "die",
        ),
        *("slaughter", "burn", "gut", "slit", "lynch", "hang", "yourself", "kys", "dead", "rot"),
        *("exterminated", "gassed", "breathe", "beat", "smash", "poison", "break", "shot"),
    )
)


def _may_threaten(words: Sequence[str]) -> bool:
    return not _THREAT_WORDS.isdisjoint(words)


# What each kind of threat has, in the order of THREATS: something of each group. Looking for them
# takes a tenth of the time of the pattern.
_THREAT_SIGNS = tuple(
    tuple(tuple(group.split("|")) for group in kind.split("&"))
    for kind in (
        "voy a |vamos a &matar|reventar|rajar|degollar|quemar|romper la cara|partir|pegar un|"
        "abrir en canal|enterrar|violar|cortar el cuello|matarte|envenenar|linchar",
        "te |os |le |les &mato|reviento|rajo|parto l|pego un tiro|corto el cuello",
        "ojala|ojalá",
        "merece|mereces|merecé&morir|arder|la muerte|maten|vivir",
        "no deja nadie|no dejo a nadie|no deje a nadie",
        "muere|muére",
        "habría que |habria que ",
        "hay que exterminar|hay que matar|hay que linchar|hay que quemar|hay que fusilar|"
        "hay que colgar",
        "deberías |deberias ",
        "te cortar",
        " los colgar| los fusilar",
        "going to|gonna|will|'ll|’ll&kill|murder|rape|shoot|stab|burn|gut|beat|bash|smash|cut|slit|"
        "break|poison|find|lynch|hang",
        "hope &die|rot|burn|choke|get ",
        "yourself|urself",
        "kys",
        "drop dead",
        "should|deserve to|must be&die|burn|rot|jump off|be ",
        "to live|to breathe",
    )
)


def _has_signs(lowered: str) -> bool:
    """False only where THREATS finds nothing: in text with letters that are another's small form
    (long s, dotless i) it is asked itself."""
    if "ſ" in lowered or "ı" in lowered:
        return True
    return any(
        all(any(sign in lowered for sign in group) for group in kind) for kind in _THREAT_SIGNS
    )


def _dense(hits: list[tuple[int, float]], count: int) -> bool:
    """Whether some stretch of the text, and the text as a whole, weigh enough for their length.

    Coarse words alone (rubbish is collected, memory is dumb) never make a text abusive.
    """
    if 100 * sum(unit for _, unit in hits) < MINIMUM_OVERALL * count:
        return False
    for index, (start, _) in enumerate(hits):
        near = [unit for place, unit in hits[index:] if place - start <= _STRETCH]
        length = max(25, min(_STRETCH, count - start))
        enough = sum(near) >= MINIMUM_WEIGHT and 100 * sum(near) / length >= MINIMUM_DENSITY
        if enough and max(near) >= 1:
            return True
    return False
