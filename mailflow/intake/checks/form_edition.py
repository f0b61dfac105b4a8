"""Which form came: the one of this round, filled in (募集要領 2(2)). Its cells are `checks.form`'s."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.model import Finding, FormData
from mailflow.settings.checks import FormUntouched, FormVersion

_ORDINAL = re.compile(r"(?:第)?([0-9]{1,2}|[一二三四五])次")
_ERA_YEAR = re.compile(r"(?:令和|(?<![A-Za-z])R)([0-9]{1,2}|元)")
_KANJI = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}


@check("form-untouched", needs=("form",))
def form_untouched(facts: Facts, rule: FormUntouched) -> Iterator[Finding]:
    """A blank form: most likely the wrong file. A person looks; the empty fields are not counted up."""
    if facts.form is not None and facts.form.untouched:
        yield report(facts, rule, where="応募様式", found=facts.form.filename, files=_file(facts.form))


@check("form-version", needs=("form",))
def form_version(facts: Facts, rule: FormVersion) -> Iterator[Finding]:
    """The form of this round. Last year's, or another round's: `fix`, with the right blank form in the letter.

    Only the file name speaks of another round while the inside is right: a `note`.
    """
    form = facts.form
    if form is None:
        return
    another = names_another_round(form.names_round, facts)
    if another or not facts.form_is_current:
        found = form.names_round if another else form.filename  # a form that was replaced may say this very round
        yield report(facts, rule, where="応募様式", found=found, expected=facts.round.name, files=_file(form))
    elif names_another_round(form.filename, facts):
        yield report(
            facts, rule, "name", where="ファイル名", found=form.filename, expected=facts.round.name, files=_file(form)
        )


def names_another_round(text: str | None, facts: Facts) -> bool:
    """Does the text speak of another round or another year than this round's? Silence agrees.

    The round's year is that of its dates; the fiscal year before April is the year before, and both are right.
    """
    normal = unicodedata.normalize("NFKC", text or "")[:200]
    own = unicodedata.normalize("NFKC", facts.round.name)
    said, meant = _ORDINAL.search(normal), _ORDINAL.search(own)
    if said and meant and _number(said[1]) != _number(meant[1]):
        return True
    year = _ERA_YEAR.search(normal)
    if year is None or "補正" in normal:
        return False
    said_year = 1 if year[1] == "元" else int(year[1])
    return said_year != facts.round.opens.year - 2018


def _number(text: str) -> int:
    return _KANJI.get(text) or int(text)


def _file(form: FormData) -> tuple[str, ...]:
    return (form.filename,) if form.filename else ()
