"""The head of a proposed spec: which edition it is, its title, the words that tell it from others, its notes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from unicodedata import normalize

from mailflow.forms.learning.asked import Page
from mailflow.forms.learning.blank import BlankBook
from mailflow.forms.text import fold, is_example
from mailflow.settings.form import FormSpec

GUIDE = re.compile(r"要領|説明|注意|手引|使い方|はじめに|お読み|read\s?me|ガイド|マニュアル", re.IGNORECASE)
_ROUND = re.compile(r"第?[0-9０-９一二三四五]{1,2}次(?:公募|募集|応募)")
_YEAR = re.compile(r"(?:令和|平成|R)\s?([0-9０-９]{1,2}|元)\s?(?:年度|年)(?:度)?")
_FORM_NUMBER = re.compile(
    r"^[(（【\[]?(?:別記|別紙|別添)?\s?(?:第\s?[0-9０-９-]{1,4}\s?号?\s?様式|様式\s?第?\s?[0-9０-９-]{1,4}\s?号?)(?:[(（]第[0-9０-９]{1,3}条関係[)）])?[)）】\]]?\s*"
)
_FILE = re.compile(r"ファイル(?:名)?(?:は|を|[:：])?\s?「([^「」]{4,120})」")


def head_of(book: BlankBook, pages: Sequence[Page], known: FormSpec | None, filename: str | None) -> dict[str, Any]:
    main = max(pages, key=lambda page: len(page.asked))
    titles = [page.title for page in (main, *pages) if page.title]
    stem = PurePath(filename).stem if filename else ""
    title = (titles[0] if titles else stem or main.name)[:200]
    texts = [text for page in pages for text in page.texts[:40]]
    near = normalize("NFKC", "\n".join([title, *main.texts[:12]]))
    said_round = _ROUND.search(near)
    year = _YEAR.search(normalize("NFKC", title)) or _YEAR.search(near)
    words = _ROUND.sub("", _YEAR.sub("", _FORM_NUMBER.sub("", title)))
    words = re.sub(r"[(（【\[〔]\s*[)）】\]〕]", "", words).strip(" 　【】・-－_")
    pieces = [piece for piece in re.split(r"[\s　]+", words) if len(piece) >= 2]
    identity = "-".join(
        filter(None, (f"r{normalize('NFKC', year[1])}" if year and year[1] != "元" else "", _number_of(said_round)))
    )
    file = next((found[1] for text in texts if (found := _FILE.search(text))), None)
    guides = [sheet.name for sheet in book.sheets if GUIDE.search(sheet.name) and sheet.name != main.name]
    same = known is not None and all(fold(word) in fold(title) for word in known.programme)
    head: dict[str, Any] = {"id": identity if "r" in identity else f"form-{identity or 1}", "title": title}
    if said_round:
        head["round"] = said_round[0]
    head["programme"] = list(known.programme) if same and known else (pieces[:4] or [title])
    head["file"] = (f"{file}.xlsx" if file and not file.endswith(".xlsx") else file) or (
        f"{stem or words or '応募様式'}.xlsx"
    )[:200]
    head["sheet"] = main.name
    head["guide"] = guides[0] if guides else ("記入要領" if main.name != "記入要領" else "記入の手引")
    if main.notes:
        head["notes"] = [re.sub(r"^[(（]注[0-9０-９]{0,2}[)）]\s?", "", note)[:2000] for note in main.notes[:12]]
    instructions = _instructions(book, guides)
    if instructions:
        head["instructions"] = instructions
    return head


def _number_of(said_round: re.Match[str] | None) -> str:
    if said_round is None:
        return ""
    found = re.search(r"[0-9]{1,2}|[一二三四五]", normalize("NFKC", said_round[0]))
    return str("一二三四五".index(found[0]) + 1 if found and found[0] in "一二三四五" else found[0] if found else "")


def _instructions(book: BlankBook, guides: Sequence[str]) -> list[str]:
    """The guide's sentences above its tables."""
    found: list[str] = []
    sheet = book.sheet(guides[0]) if guides else None
    for row in sheet.grid.rows[:120] if sheet else ():
        for text in row[:3]:
            if (
                isinstance(text, str)
                and text.strip().endswith(("。", "。）"))
                and not is_example(text)
                and len(found) < 40
            ):
                found.append(text.strip().lstrip("・")[:2000])
    return found
