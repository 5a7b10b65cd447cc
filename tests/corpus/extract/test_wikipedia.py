"""Dumps of wikis and their markup."""

from __future__ import annotations

import bz2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.corpus.extract.wikitext import wikitext_to_text
from tests.corpus.extract.test_archives import read

ARTICLE = """{{Ficha de planta|nombre=Olivo|imagen={{!}}x{{!}}}}
[[Archivo:Olivo.jpg|thumb|Un [[olivo]] viejo]]
El '''olivo''' (''Olea europaea'', {{lang-la|olea}}) es un [[árbol|árbol frutal]] de la familia de
las [[Oleaceae]].<ref name="a">{{cita|x}}</ref><ref name="b" /> Pesa 5&nbsp;kg<!-- nota -->.

== Cultivo ==
{| class="wikitable"
! Año !! Kilos
|-
| 2020 || 5 {{x}}
|}
* Se poda en ''enero''.
** Y en [[Febrero#Tareas|febrero]].
# Se riega.
Vea [https://x.example la guía] y [[:Categoría:Árboles|los árboles]].
<syntaxhighlight lang="python">
x = {{1}}  # [[no]]
</syntaxhighlight>
Escriba <nowiki>[[esto]]</nowiki> así.

== Referencias ==
{{listaref}}

=== Notas ===
<references />

== Enlaces externos ==
[[Categoría:Árboles]]
[[en:Olive]]
"""
TEXT = """El olivo (Olea europaea, ) es un árbol frutal de la familia de
las Oleaceae. Pesa 5\xa0kg.

## Cultivo

- Se poda en enero.
  - Y en febrero.
- Se riega.
Vea la guía y los árboles.

```
x = {{1}}  # [[no]]
```

Escriba [[esto]] así."""


def test_an_article_without_its_machinery() -> None:
    assert wikitext_to_text(ARTICLE) == TEXT


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("[[a|b]] [[c]]s [[d#e]] [[#f]]", "b cs d f"),
        ("sin cerrar {{plantilla y [[enlace", "sin cerrar plantilla y enlace"),
        ("sobra }} y ]]\n|}", "sobra  y "),
        ("[[Fitxer:a.jpg|[[b]]|c {{d}}]]fin", "fin"),
        ("[[Mi espacio:x]] y [[Media:x]]", "Mi espacio:x y"),
        ("a<br />b<small>c</small>", "a\nbc"),
        ("{{a|{{b|{{c}}}}}}d", "d"),
        ("__NOTOC__\n----\n; Término : así", "Término : así"),
        ("'''''fuerte'''''", "fuerte"),
        ("<ref>sin cerrar", ""),
        ("nacido (, ) aquí", "nacido aquí"),
    ],
)
def test_marks(markup: str, text: str) -> None:
    assert wikitext_to_text(markup).strip() == text.strip()


@given(st.text(alphabet="{}[]|=<>/!-'*#: \nabñ", max_size=300))
def test_any_markup_gives_text(markup: str) -> None:
    text = wikitext_to_text(markup)
    assert "\ue000" not in text


def dump(*pages: str) -> bytes:
    spaces = '<namespace key="6">Bild</namespace><namespace key="0" />'
    return (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="es"><siteinfo>'
        f"<namespaces>{spaces}</namespaces></siteinfo>{''.join(pages)}</mediawiki>"
    ).encode()


def page(number: int, text: str, ns: int = 0, extra: str = "", model: str = "wikitext") -> str:
    return (
        f"<page><title>Pagina {number}</title><ns>{ns}</ns><id>{number}</id>{extra}"
        f"<revision><id>9</id><model>{model}</model><text>vieja</text></revision>"
        f"<revision><id>10</id><model>{model}</model><text xml:space='preserve'>{text}</text>"
        "</revision></page>"
    )


@pytest.mark.parametrize("name", ["a.xml", "a.xml.bz2"])
def test_a_dump_gives_its_articles(tmp_path: Path, name: str) -> None:
    whole = dump(
        page(1, "El [[olivo]]. [[Bild:a.png]]"),
        page(2, "#REDIRECCIÓN [[Pagina 1]]"),
        page(3, "x", extra='<redirect title="Pagina 1" />'),
        page(4, "Hola", ns=1),
        page(5, "{}", model="json"),
        page(6, "{{solo}}"),
        page(7, "Otro &lt;b&gt;artículo&lt;/b&gt;."),
    )
    file = tmp_path / name
    file.write_bytes(bz2.compress(whole) if name.endswith("bz2") else whole)
    wanted = {
        ":1": "# Pagina 1\n\nEl olivo.",
        ":6": "(no_text)",
        ":7": "# Pagina 7\n\nOtro artículo.",
        ":skipped": "(skipped)",
    }
    assert read(file) == wanted


def test_a_dump_cut_off_gives_the_articles_before(tmp_path: Path) -> None:
    whole = dump(*(page(n, f"Texto {n}") for n in range(1, 9)))
    (tmp_path / "a.xml").write_bytes(whole[: whole.index(b"Texto 7")])
    found = read(tmp_path / "a.xml")
    assert found.pop("") == "(truncated)"
    assert found == {f":{n}": f"# Pagina {n}\n\nTexto {n}" for n in range(1, 7)}


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ja" * 50}">' for n in range(12)
    )
    for name, body in (("a.xml", "<r>&e11;</r>"), ("b.xml", "<mediawiki>&e11;</mediawiki>")):
        (tmp_path / name).write_text(f"<!DOCTYPE r [{entities}]>{body}")
        assert set(read(tmp_path / name).values()) <= {"(malformed)", "(no_text)"}
