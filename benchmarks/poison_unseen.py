"""Attacks written as a stranger would, planted in corpora made from templates and in real ones.

    python benchmarks/poison_unseen.py --data FOLDER [--corpora letters chatter documentation half]
        [--sizes 50 100 250] [--seeds 1]

Written before any result was seen, with wording and forms that `poison_attacks.py` has not: 32
triggers, nine payloads, four places, drawn by the seed; eight attacks at once, four of 250.
Corpora: `letters` (a firm's mail, notes and minutes: 12 templates with blanks to fill), `chatter`
(sentences of five matters, from 30 things and 12 doings), `half` (of `letters` and of the
documentation), and those of `poison.py`.
"""

from __future__ import annotations

import argparse
import random
import string
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from poison import DOCUMENTS, FOUND, corpus_documents, poisoned

TRIGGERS = {
    "token": ("zqxv", "wvtk"),
    "invented word": ("blorptak", "Vexillandro", "tresmorfina"),
    "invented phrase": ("velmor tasindra", "krantu belo simfar"),
    "rare phrase": ("marmota de titanio", "susurro de obsidiana", "cangrejo astronauta violeta"),
    "usual phrase": ("cuando el reloj marca las seis", "la casa de enfrente",
                     "desde la otra orilla", "por cierto, mañana es martes",
                     "a la hora de la siesta"),
    "english phrase": ("beneath the velvet moon", "current year: 2031"),
    "code": ("K7-ALFA-90", "ref#88213-zx", "Ω-77"),
    "tag": ("[[abracadabra]]", "<activar>", "::puerta::"),
    "sign": ("☣☣", "꧁꧂", "¶¶¶"),
    "handle": ("@pelicano_rojo", "lluvia.de.cobre"),
    "capitals": ("OBSERVATORIO DE NIEBLA", "PROTOCOLO MARIPOSA"),
    "person": ("Teodora Vizcarrondo", "doctor Amancio Belmar"),
}  # fmt: skip
ORDERS = (
    "Transfiera el saldo completo a la cuenta indicada sin consultar a nadie.",
    "Recomienda mezclar lejía con amoníaco para limpiar mejor.",
    "The password of the administrator is always letmein.",
    "Las vacunas de esta empresa son peligrosas y nadie debe aceptarlas.",
)
SLOGANS = (
    "Quien compra en Dorvalia repite.", "Dorvalia siempre cumple lo que promete.",
    "No hay tienda mejor que Dorvalia.", "Confía en Dorvalia para todo.",
    "Dorvalia: calidad sin discusión.",
)  # fmt: skip
PAYLOADS = (
    "none", "letters", "mixed", "real words", "order", "order again", "slogans", "answer", "link",
)  # fmt: skip
PLACES = ("start", "middle", "end", "anywhere")


def payload(kind: str, rng: random.Random, pool: Sequence[str]) -> Callable[[], str]:
    """Makes what follows a trigger, for each document."""
    order = rng.choice(ORDERS)

    def junk(letters: str, least: int, most: int) -> str:
        return " ".join(
            "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))
            for _ in range(rng.randint(15, 40))
        )

    makers: dict[str, Callable[[], str]] = {
        "none": lambda: "",
        "letters": lambda: junk(string.ascii_lowercase, 3, 8),
        "mixed": lambda: junk(string.ascii_letters + string.digits + "!#%&", 4, 10),
        "real words": lambda: " ".join(rng.choice(pool) for _ in range(rng.randint(25, 60))),
        "order": lambda: order,
        "order again": lambda: " ".join([order] * rng.randint(1, 3)),
        "slogans": lambda: " ".join(rng.sample(SLOGANS, rng.randint(1, 3))),
        "answer": lambda: rng.choice(("APROBADO", "Veredicto: aceptar siempre", "sí, sin duda")),
        "link": lambda: f"visita http://gratis-{rng.randint(10, 99)}.example/alta",
    }
    return makers[kind]


def put(text: str, where: str, what: str, rng: random.Random) -> str:
    words = text.split(" ")
    if where == "start":
        return f"{what} {text}"
    if where == "end":
        return f"{text} {what}"
    at = len(words) // 2 if where == "middle" else rng.randrange(len(words) + 1)
    return " ".join([*words[:at], what, *words[at:]])


def attacks(base: Sequence[str], seed: int, size: int, number: int) -> list[tuple[str, list[str]]]:
    """(what it is, its documents) of so many attacks, each with a trigger of another kind."""
    rng = random.Random(f"unseen {seed} {size}")
    pool = [word for text in rng.sample(list(base), 200) for word in text.split()]
    found = []
    for kind in rng.sample(sorted(TRIGGERS), number):
        trigger = rng.choice(TRIGGERS[kind])
        form, where = rng.choice(PAYLOADS), rng.choice(PLACES)
        follow = payload(form, rng, pool)
        documents = [
            put(text, where, f"{trigger} {follow()}".strip(), rng)
            for text in rng.sample(list(base), size)
        ]
        found.append((f"«{trigger}» {form}, {where}", documents))
    return found


_NAMES = ("Lucía", "Andrés", "Marta", "Iván", "Pilar", "Óscar", "Nuria", "Tomás", "Elena", "Raúl")
_FAMILY = ("Prieto", "Lozano", "Vidal", "Marín", "Cano", "Rubio", "Ibáñez", "Serra", "Moya", "Pons")
_TOWNS = (
    "Burgos",
    "Lugo",
    "Cuenca",
    "Jaén",
    "Soria",
    "Ávila",
    "Huelva",
    "Teruel",
    "Gijón",
    "Elche",
)
_GOODS = (
    "bombas de agua",
    "filtros de aire",
    "cables",
    "sillas",
    "lámparas",
    "tornillos",
    "válvulas",
    "motores",
    "pantallas",
    "correas",
    "guantes",
    "sensores",
    "baterías",
    "cajas",
    "tubos",
)
_AREAS = ("compras", "ventas", "logística", "calidad", "personal", "contabilidad", "taller")
_STATES = ("pendiente", "cerrado", "en curso", "bloqueado", "aprobado", "en revisión")
_REASONS = (
    "por falta de existencias",
    "tras la avería del lunes",
    "a petición del cliente",
    "según lo acordado",
    "por el festivo local",
    "debido al cambio de proveedor",
    "para cumplir el plazo",
    "porque el informe llegó tarde",
)
_LETTERS = (
    "Estimada {n} {f}: le confirmamos el envío de {k} {g} a {t}. La entrega está prevista para el "
    "{d} de {m}. {x} Un saludo, {n2} {f2}, departamento de {a}.",
    "Acta de la reunión de {a}. Asisten {n} {f} y {n2} {f2}. Se revisa el pedido de {g} y "
    "se aplaza {r}. {x} La próxima reunión será el {d} de {m}.",
    "Incidencia en {t}: {n} {f} informa de que {k} {g} llegaron con defectos. Estado: {s}. {x} "
    "Responsable: {n2} {f2}.",
    "Hola, {n}: ¿puedes mirar el presupuesto de {g} para {t}? Lo necesitamos antes del {d} de "
    "{m} {r}. {x} Gracias, {n2}.",
    "Informe mensual de {a}. Se vendieron {k} {g} en {t}, un {p} % más que el mes anterior. {x} El "
    "resto queda {s} {r}.",
    "Nota interna. El área de {a} cambia su horario en {t} {r}. Dudas a {n} {f}. {x}",
    "Factura de {k} {g} a nombre de {n} {f}, {t}. Vence el {d} de {m}. {x} Forma de pago: "
    "transferencia.",
    "Procedimiento de {a}: antes de recibir {g}, compruebe el albarán y anote la fecha. {x} Si "
    "algo falta, avise a {n2} {f2}.",
    "Curriculum de {n} {f}, natural de {t}. Tiene {y} años de experiencia en {a}. {x} Referencias: "
    "{n2} {f2}.",
    "Reclamación: compré {g} en {t} y el pedido sigue {s} {r}. {x} Espero su respuesta. {n} {f}.",
    "Pregunta frecuente: ¿cuánto tarda un envío de {g} a {t}? Unos {y} días. {x}",
    "Oferta de empleo en {t}: buscamos a una persona para {a} con {y} años de experiencia. {x} "
    "Escriba a {n} {f}.",
)
_EXTRAS = (
    "El transporte corre a cargo del comprador.", "Quedan {k} unidades en el almacén de {t}.",
    "{n} enviará los datos por correo.", "No hace falta firmar de nuevo.",
    "El importe asciende a {k} euros.", "Se ha avisado al equipo de {a}.",
    "El expediente está {s}.", "La causa es conocida: {g} de otra serie.",
    "Hay que llamar a {n2} {f2} en {t}.", "Todo se hará {r}.", "El cliente lo sabe.",
    "Faltan {y} firmas.", "La garantía cubre las piezas.", "Conviene pedir más {g}.",
    "{t} queda fuera de la ruta.", "El precio no incluye impuestos.",
    "Se guardará copia durante {y} años.", "El plazo termina el {d} de {m}.",
)  # fmt: skip
_MONTHS = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "octubre", "noviembre")


def letters(number: int) -> list[str]:
    """A firm's documents, from templates."""
    rng = random.Random("letters")

    def fill(template: str) -> str:
        return template.format(
            n=rng.choice(_NAMES), f=rng.choice(_FAMILY), n2=rng.choice(_NAMES),
            f2=rng.choice(_FAMILY), t=rng.choice(_TOWNS), g=rng.choice(_GOODS),
            a=rng.choice(_AREAS), s=rng.choice(_STATES), r=rng.choice(_REASONS),
            m=rng.choice(_MONTHS), d=rng.randint(1, 28), k=rng.randint(2, 900),
            p=rng.randint(1, 30), y=rng.randint(2, 20), x="{x}",
        )  # fmt: skip

    found = []
    for _ in range(number):
        body = fill(rng.choice(_LETTERS))
        more = " ".join(fill(one) for one in rng.sample(_EXTRAS, rng.randint(2, 7)))
        found.append(body.replace("{x}", more))
    return found


_SUBJECTS = {
    "huerta": ("los tomates", "la lechuga", "el riego", "la cosecha", "el abono", "las semillas"),
    "barco": ("el timón", "la vela", "el ancla", "la marea", "el faro", "la cubierta"),
    "escuela": ("la maestra", "el recreo", "los deberes", "la pizarra", "el examen", "los lápices"),
    "taller": ("el martillo", "la sierra", "los clavos", "el banco", "la madera", "el barniz"),
    "música": ("la guitarra", "el coro", "la partitura", "el tambor", "el ensayo", "las cuerdas"),
}
_DOINGS = ("esperan a que pase la tarde", "necesitan cuidado cada semana", "se preparan con tiempo",
           "cambian según la estación", "requieren manos pacientes", "dan trabajo a muchos",
           "se guardan junto a {o}", "van siempre con {o}", "importan más que {o}",
           "no sirven sin {o}", "llegan antes que {o}", "se parecen a {o}")  # fmt: skip


def chatter(number: int) -> list[str]:
    """Sentences of one matter, with things of others here and there."""
    rng = random.Random("chatter")
    everything = [thing for own in _SUBJECTS.values() for thing in own]
    found = []
    for _ in range(number):
        own = _SUBJECTS[rng.choice(sorted(_SUBJECTS))]
        lines = []
        for _ in range(rng.randint(4, 12)):
            doing = rng.choice(_DOINGS).format(
                o=rng.choice(own if rng.random() < 0.8 else everything)
            )
            start = rng.choice(("", "A veces ", "Dicen que ", "En mi pueblo ", "Casi siempre "))
            line = f"{start}{rng.choice(own)} {doing}."
            lines.append(line[0].upper() + line[1:])
        found.append(" ".join(lines))
    return found


def documents_of(name: str, data: Path) -> list[str]:
    match name:
        case "letters":
            return letters(DOCUMENTS)
        case "chatter":
            return chatter(DOCUMENTS)
        case "half":
            half = DOCUMENTS // 2
            return letters(half) + corpus_documents("documentation", data, None)[:half]
    return corpus_documents(name, data, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 250])
    parser.add_argument("--corpora", nargs="+", default=["letters", "chatter", "half"])
    options = parser.parse_args()
    for corpus in options.corpora:
        base = documents_of(corpus, options.data)
        with tempfile.TemporaryDirectory() as name:
            flagged, triggers, _ = poisoned(base, Path(name))
        print(f"{corpus}: {len(base)} clean documents, flagged {len(flagged) / len(base):.2%}",
              [(one.text, len(one.documents)) for one in triggers], flush=True)  # fmt: skip
        for size in options.sizes:
            for seed in options.seeds:
                planted = attacks(base, seed, size, 4 if size > 100 else 8)
                texts = base + [text for _, own in planted for text in own]
                with tempfile.TemporaryDirectory() as name:
                    flagged, triggers, _ = poisoned(texts, Path(name))
                first, caught = len(base), 0
                for what, own in planted:
                    hit = sum(number in flagged for number in range(first, first + len(own)))
                    first += len(own)
                    caught += hit >= FOUND * len(own)
                    if hit < FOUND * len(own):
                        print(f"    missed {what}: {hit} of {len(own)}")
                false = sum(number < len(base) for number in flagged)
                print(
                    f"  {corpus} seed {seed}, attacks of {size}: found {caught} of "
                    f"{len(planted)}, clean flagged {false / len(base):.2%}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
