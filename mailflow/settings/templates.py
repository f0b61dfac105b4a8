"""Letter templates, looked at before anybody waits for one: syntax, blocks, and every name in them (DESIGN §3, §5).

In: the texts of templates/*.j2 by name (`receipt`, `_signature`) and the documented names of letters. Out: Flaws, each
with a character offset. Pure, never raises on what a template says.

A letter has the blocks `subject` and `text`, optionally `html`; each is rendered by itself, so what stands outside them
is neither sent nor known inside. A template whose name starts with `_`, or that lies in a folder, is a part of others
(include, import) and needs no blocks; its names are those of the place that includes it. Templates say words: `for`,
`if`, `set`, macros, filters. Calls are refused but for `loop.cycle`, `caller()` and the templates' own macros; so are
`*`, `**` and `extends`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from jinja2 import Environment, nodes

from mailflow.settings.shelf import Flaw, Shelf, is_part, near_hint
from mailflow.settings.syntax import SyntaxTrouble, offset, parse_template
from mailflow.settings.template_walk import Walker
from mailflow.settings.vocabulary import Names

__all__ = ["FILTERS", "TESTS", "Flaw", "check_templates", "is_part", "letters"]

MAX_TEMPLATE = 100_000  # characters
BLOCKS = frozenset({"subject", "text", "html"})
REQUIRED_BLOCKS = ("subject", "text")

_BOTH = "手紙には subject（件名）と text（本文）の2つの block が要ります"
_WIDE = re.compile(r"\{％|｛[%％{｛]|[%]｝|％\}|[}｝]｝|｝\}")  # signs of a template typed in full width
_STANDARD = Environment(autoescape=False)  # noqa: S701  (asked for its names only)
_UNFIT = frozenset({"attr", "random", "pprint", "urlize", "xmlattr", "tojson"})
FILTERS = frozenset(_STANDARD.filters) - _UNFIT
TESTS = frozenset(_STANDARD.tests)


def letters(templates: Iterable[str]) -> tuple[str, ...]:
    """The names that stand for a letter, sorted."""
    return tuple(sorted(name for name in templates if not is_part(name)))


def check_templates(
    templates: Mapping[str, str],
    names: Names,
    filters: Iterable[str] = (),
    tests: Iterable[str] = (),
) -> list[Flaw]:
    """Every flaw of every template, in the order of names. `filters`, `tests`: those that letters have beside Jinja2's."""
    trees: dict[str, nodes.Template] = {}
    flaws: list[Flaw] = []
    for name, source in sorted(templates.items()):
        if len(source) > MAX_TEMPLATE:
            flaws.append(Flaw(name, 0, f"ひな形が長すぎます（{MAX_TEMPLATE} 字まで）"))
            continue
        if wide := _WIDE.search(source):
            hint = "半角の `{%`・`%}`・`{{`・`}}` で書いてください"
            flaws.append(Flaw(name, wide.start(), f"全角の「{wide[0]}」は使えません", hint, len(wide[0])))
            continue
        try:
            trees[name] = parse_template(source)
        except SyntaxTrouble as error:
            flaws.append(Flaw(name, error.offset, error.message, error.hint))
    shelf = Shelf(templates, trees, names, FILTERS | set(filters), TESTS | set(tests))
    for name in sorted(trees, key=lambda name: (is_part(name), name)):
        if not is_part(name):
            flaws += _blocks(name, trees[name])
        if name not in shelf.seen:  # a part that others include was looked at there, with the names it has there
            flaws += _walked(name, shelf)
    for part in shelf.seen.values():
        flaws += part
    return sorted(set(_once(flaws)), key=lambda flaw: (flaw.template, flaw.offset, flaw.message))


def _once(flaws: list[Flaw]) -> Iterator[Flaw]:
    """A part that is gone is one cause, however many letters include it."""
    absent: dict[str, list[Flaw]] = {}
    for flaw in sorted(set(flaws), key=lambda flaw: (flaw.template, flaw.offset)):
        if flaw.absent is None:
            yield flaw
        else:
            absent.setdefault(flaw.absent, []).append(flaw)
    for name, several in absent.items():
        first = several[0]
        others = list(dict.fromkeys(one.template for one in several if one.template != first.template))
        if others or first.hint is None:
            also = f"。ほかに {len(others)} 個のひな形（{'、'.join(others[:3])} など）も使っています" if others else ""
            hint = (
                f"templates/{name}.j2 を戻してください（`mailflow init 別のフォルダー` で作られるものを写せます）{also}"
            )
            first = replace(first, hint=hint)
        yield first


def _walked(name: str, shelf: Shelf) -> list[Flaw]:
    walker = Walker(shelf, name, orphan=is_part(name))
    tree = shelf.trees[name]
    try:
        if is_part(name):
            walker.block(tree.body, dict(shelf.names) | walker.outermost(tree))
        else:
            walker.letter(tree)
    except RecursionError:
        return [Flaw(name, 0, "入れ子が深すぎます")]
    return walker.flaws


def _blocks(name: str, tree: nodes.Template) -> Iterator[Flaw]:
    """What is wrong with the blocks of a letter."""
    if not tree.body:
        yield Flaw(name, 0, "ひな形が空です", f"{_BOTH}。要らなければ、ファイルごと消してください")
        return
    own: dict[str, nodes.Block] = {}
    for block in tree.find_all(nodes.Block):
        if block.name in own:  # found when it is rendered otherwise: when somebody waits for the letter
            hint = "1つにまとめるか、どちらかを消してください"
            yield Flaw(name, offset(block), f"`{{% block {block.name} %}}` が2つあります", hint, len("block"))
        own[block.name] = block
    for wanted in REQUIRED_BLOCKS:
        if wanted not in own:
            yield Flaw(name, 0, f"`{{% block {wanted} %}}` がありません", _BOTH)
    for block in own.values():
        if block.name not in BLOCKS:
            hint = near_hint(block.name, BLOCKS) or "block は subject・text・html です"
            yield Flaw(name, offset(block), f"`{block.name}` という block は使われません", hint, len("block"))
