"""Templates before anybody waits for a letter: names, blocks, parts, calls; with the place of each flaw."""

from __future__ import annotations

import time

import pytest

from mailflow.replies.wording import FILTERS
from mailflow.settings.expressions import Name
from mailflow.settings.letter_names import LETTER_FILTERS
from mailflow.settings.templates import check_templates, letters

TEXT = Name("text", "")
NAMES = {
    "case": Name("object", "", {"number": TEXT}),
    "fixes": Name("list", "", {"where": TEXT, "cells": Name("list", "")}),
    "round": Name("object", "", {"closes": Name("time", "")}),
}
SUBJECT = "{% block subject %}x{% endblock %}"


def letter(text: str) -> str:
    return SUBJECT + "{% block text %}" + text + "{% endblock %}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ case.number }} {{ case['number'] }}", id="names"),
        pytest.param("{% for f in fixes %}{{ loop.index }} {{ f.where }}{% for c in f.cells %}{{ c }}{% endfor %}{% endfor %}", id="loops"),
        pytest.param("{% for f in fixes if f.where %}{{ f.where|upper }}{% else %}none{% endfor %}", id="loop-with-condition"),
        pytest.param("{% set when = round.closes %}{{ when | era_time }}", id="set-inside"),
        pytest.param("{% macro line(x, y=1) %}{{ x }}{{ y }}{% endmacro %}{{ line(case.number) }}", id="macro-inside"),
        pytest.param("{% import '_m.j2' as m %}{{ m.line(case.number) }}", id="import-inside"),
        pytest.param("{% from '_m.j2' import line as l %}{{ l(1) }}", id="from-import"),
        pytest.param("{% for f in fixes %}{% include '_f.j2' %}{% endfor %}", id="part-sees-the-loop"),
        pytest.param("{% with x = case.number %}{{ x }}{% endwith %}{{ fixes|length }}{{ (fixes|first).where }}", id="with-and-first"),
        pytest.param("{{ 'a' if case.number else 'b' }}{% if fixes is defined and fixes %}x{% endif %}", id="conditions"),
        pytest.param("{%- if case.number -%}\n x {%- endif %}{# {{ nonsense }} #}{% raw %}{{ x }}{% endraw %}", id="white-space-comments-raw"),
    ],
)  # fmt: skip
def test_sound(text: str) -> None:
    parts = {"_m": "{% macro line(x) %}{{ x }}{% endmacro %}", "_f": "{{ f.where }}{{ case.number }}"}
    assert check_templates({"receipt": letter(text), **parts}, NAMES, {"era_time"}) == []


@pytest.mark.parametrize(
    ("text", "marked", "message", "hint"),
    [
        pytest.param("{{ case.numbr }}", "case.numbr", "`case.numbr` という名前はありません", "case.number", id="attribute"),
        pytest.param("{{ fixs }}", "fixs", "`fixs` という名前はありません", "fixes", id="name"),
        pytest.param("{% for f in fixes %}{{ f.wher }}{% endfor %}", "f.wher", "`f.wher` という名前", "f.where", id="item"),
        pytest.param("{% for f in fixes %}{% endfor %}{{ f.where }}", "f", "`f` という名前はありません", "", id="after-the-loop"),
        pytest.param("{{ fixes.where }}", "fixes.where", "`fixes.where` という名前", "{% for", id="attribute-of-a-list"),
        pytest.param("{% for c in case.number %}{% endfor %}", "case.number", "並びです", "", id="loop-over-a-text"),
        pytest.param("{{ case.number.upper() }}", "upper", "使えません", "", id="method"),
        pytest.param("{{ case.__class__ }}", "case.__class__", "という名前はありません", "", id="dunder"),
        pytest.param("{{ ''.__class__.__mro__ }}", None, "という名前はありません", "", id="dunder-of-a-constant"),
        pytest.param("{% for i in range(9) %}{% endfor %}", "range", "使えません", "", id="range"),
        pytest.param("{{ cycler(1) }}{{ lipsum() }}", "cycler", "使えません", "", id="global-functions"),
        pytest.param("{{ 'x' * 9 }}", None, "かけ算", "", id="times"),
        pytest.param("{{ case.number|uper }}", "uper", "という加工はありません", "upper", id="filter"),
        pytest.param("{{ case|attr('x') }}", "attr", "という加工はありません", "", id="attr-filter"),
        pytest.param("{% if case is defind %}{% endif %}", "defind", "という判定はありません", "defined", id="test"),
        pytest.param("{% include '_fot.j2' %}", "'_fot.", "というひな形はありません", "_foot", id="include"),
        pytest.param("{% include case.number %}", None, "引用符で囲んで", "", id="include-of-a-name"),
        pytest.param("{% import '_m.j2' as m %}{{ m.lin(1) }}", "lin", "というマクロはありません", "", id="macro-of-an-import"),
        pytest.param("{% for f in fixes %}", None, "閉じないまま", "endfor", id="open-loop"),
        pytest.param("{% blok %}", "b", "という命令はありません", "", id="unknown-tag"),
        pytest.param("{{ case.number }", None, "", "", id="one-brace"),
    ],
)  # fmt: skip
def test_flaw(text: str, marked: str | None, message: str, hint: str) -> None:
    source = letter(text)
    parts = {"_foot": "", "_m": "{% macro line(x) %}{{ x }}{% endmacro %}"}
    flaw = check_templates({"receipt": source, **parts}, NAMES)[0]
    assert flaw.template == "receipt"
    assert message in flaw.message
    assert hint in (flaw.hint or "")
    if marked is not None:
        assert source[flaw.offset : flaw.offset + flaw.length] == marked


def test_a_flaw_of_a_part_is_the_parts_and_told_once() -> None:
    both = {"a": letter("{% include '_p.j2' %}"), "b": letter("{% include '_p.j2' %}"), "_p": "\n{{ case.numbr }}"}
    assert [(flaw.template, flaw.offset) for flaw in check_templates(both, NAMES)] == [("_p", 4)]


def test_an_import_sees_no_names_of_the_letter_unless_with_context() -> None:
    macro = {"_m": "{% macro line() %}{{ case.number }}{% endmacro %}"}
    plain = letter("{% import '_m.j2' as m %}{{ m.line() }}")
    aware = letter("{% import '_m.j2' as m with context %}{{ m.line() }}")
    assert [flaw.template for flaw in check_templates({"a": plain, **macro}, NAMES)] == ["_m"]
    assert check_templates({"a": aware, **macro}, NAMES) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(SUBJECT, "`{% block text %}` がありません", id="no-text"),
        pytest.param("", "ひな形が空です", id="empty"),
        pytest.param(
            letter("x") + "{% block htlm %}{% endblock %}", "という block は使われません", id="misspelt-block"
        ),
        pytest.param(letter("x") + "さようなら", "block の外に書いたものは手紙に出ません", id="text-outside"),
        pytest.param("{% set x = 1 %}" + letter("{{ x }}"), "block の外で決めた `x`", id="set-outside"),
        pytest.param("{% extends '_base.j2' %}" + letter("x"), "`extends` は使えません", id="extends"),
        pytest.param(letter("x") + "x" * 200_000, "長すぎます", id="too-long"),
    ],
)
def test_shape_of_a_letter(source: str, message: str) -> None:
    flaws = check_templates({"receipt": source, "_base": ""}, NAMES)
    assert message in flaws[0].message


def test_parts_that_include_each_other_end() -> None:
    started = time.process_time()
    check_templates(
        {"_a": "{% include '_b.j2' %}", "_b": "{% include '_a.j2' %}{{ x }}", "_c": "{% if a %}" * 900}, NAMES
    )
    assert time.process_time() - started < 20  # ends at all: a hang is minutes


def test_letters_are_what_is_no_part() -> None:
    assert letters(["receipt", "_foot", "parts/head", "arrival"]) == ("arrival", "receipt")


def test_filters_are_those_that_letters_have() -> None:
    assert frozenset(FILTERS) == LETTER_FILTERS
