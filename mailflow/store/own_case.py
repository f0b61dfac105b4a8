"""The own-case lock (DESIGN §5): what a letter holds is searched for identifiers of other cases.

`candidates` finds what looks like an identifier; the index of `case_identifier` says whose it is. An identifier that
the letter's own case has as well, or the secretariat's own, is none of another's. The schema does the rest: recipients
and files are bound to the case by foreign keys. Patterns are linear: an applicant's words may stand in the text.

File names count only where they hold the body's name: 「応募様式.xlsx」 is everybody's. They are no secret to who sent a
file of the same name: the call itself prescribes it, so a claim's file is called as the body's own.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from mailflow.model import Organization
from mailflow.numbering import OF_MAIL, fold
from mailflow.store.facts import CONFIG
from mailflow.store.letter_text import LetterText
from mailflow.store.mails import CASE
from mailflow.store.overview import name_of
from mailflow.store.tables import CaseBlobRow, CaseIdentifierRow, VerdictRow, table_of

IDENTIFIER, CASE_BLOB = table_of(CaseIdentifierRow), table_of(CaseBlobRow)
MAX_TEXT = 200_000
_CHUNK = 1000
_WHOSE = sa.select(IDENTIFIER).where(IDENTIFIER.c.value.in_(sa.bindparam("values", expanding=True)))
_WHOSE_SQLITE = sa.select(IDENTIFIER).where(  # one parameter: a list of its own length is compiled anew each time
    IDENTIFIER.c.value.in_(sa.select(sa.func.json_each(sa.bindparam("values")).table_valued("value").c.value))
)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_PHONE = re.compile(r"(?<!\d)0[\d()‐‑–—―−ー.\- ]{8,18}\d(?!\d)")
_TOKEN = re.compile(r"[A-Za-z0-9-]{8,40}")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_EXTENSION = re.compile(r"\.(?:xlsx?|xlsm|docx?|pptx?|pdf|zip|csv|txt|ics|jpe?g|png)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_MIN_NAME = 3  # 「津市」 stands inside other words: shorter names count only with their prefecture


@dataclass(frozen=True, slots=True)
class Identifier:
    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """An identifier of another case found in a letter."""

    kind: str
    value: str

    @property
    def words(self) -> str:
        """In Japanese, for the person who has to mend the letter."""
        return f"{_KIND_WORDS[self.kind]}「{self.value}」は、ほかの案件のものです"


_KIND_WORDS = {
    "address": "メールアドレス",
    "phone": "電話番号",
    "number": "受付番号",
    "code": "団体コード",
    "filename": "ファイル名",
}


def candidates(letter: LetterText) -> set[str]:
    """All that could be an identifier, folded as the index has it."""
    page = html.unescape(letter.html or "")
    # Inside its tags too: a link's target is read by whoever points at it.
    fields = [letter.subject, letter.text, page, _TAG.sub(" ", page), *(part.filename for part in letter.parts)]
    # Words copied out of a page may bring their entities along; some mail clients show them decoded.
    fields += [plain for text in (letter.subject, letter.text) if (plain := html.unescape(text)) != text]
    return set().union(*(_in_text(text) for text in fields))


def _in_text(text: str) -> set[str]:
    wide = unicodedata.normalize("NFKC", text[:MAX_TEXT])
    found = {phone for one in _PHONE.findall(wide) if (phone := phone_key(one))}
    found.update(one.upper().strip("-") for one in _TOKEN.findall(wide))
    found.update(_CODE.findall(wide))
    for line in wide.splitlines():
        if "@" in line:  # \w holds kanji: elsewhere the pattern would try each word in vain
            found.update(one.casefold().rstrip(".") for one in _ADDRESS.findall(line))
        found.update(_names_in(line))
    return found


def _names_in(line: str) -> Iterable[str]:
    """File names in a line: up to the extension, from any blank or bracket before it on."""
    for match in _EXTENSION.finditer(line[:1000]):
        head = line[: match.end()]
        starts = [0, *(at + 1 for at, char in enumerate(head) if char in " 「『(（,、:：/")]
        yield from (fold(head[start:]) for start in starts[-20:])


def phone_key(text: str) -> str | None:
    """The digits of a Japanese telephone number, None for what is none."""
    digits = "".join(char for char in unicodedata.normalize("NFKC", text) if char.isdigit())
    return digits if len(digits) in (10, 11) and digits.startswith("0") else None


def identifiers(
    *,
    number: str,
    organization: Organization | None,
    addresses: Iterable[str],
    phones: Iterable[str],
    filenames: Iterable[str],
) -> set[Identifier]:
    """What tells whose case this is."""
    found = {Identifier("number", number.upper())}
    found.update(Identifier("address", one.casefold()) for one in addresses if one)
    found.update(Identifier("phone", key) for one in phones if (key := phone_key(one)))
    if organization is not None and organization.name:
        name = fold(organization.name)
        found.update(Identifier("filename", fold(one)[:300]) for one in filenames if name in fold(one))
        if organization.code:
            found.add(Identifier("code", organization.code))
    return found


def foreign(db: sa.Connection, case_id: int | None, found: Iterable[str]) -> list[Foreign]:
    """Which of the candidates belong to other cases only. `case_id` None: a case that doesn't exist yet."""
    values = sorted(found)
    if not values:
        return []
    rows: list[Any] = []
    if db.dialect.name == "sqlite":
        rows += db.execute(_WHOSE_SQLITE, {"values": json.dumps(values)})
    else:
        for start in range(0, len(values), _CHUNK):
            rows += db.execute(_WHOSE, {"values": values[start : start + _CHUNK]})
    own = {row.value for row in rows if row.case_id == case_id}
    others = {(row.kind, row.value) for row in rows if row.value not in own}
    if case_id is not None and any(kind == "filename" for kind, _ in others):
        mine = _file_names(db, case_id)
        others = {(kind, value) for kind, value in others if kind != "filename" or value not in mine}
    if others:
        known = office(db)
        others = {(kind, value) for kind, value in others if value not in known}
    return [Foreign(kind=kind, value=value) for kind, value in sorted(others)]


def _file_names(db: sa.Connection, case_id: int) -> set[str]:
    """What the case's own files are called: a name that two senders gave their files is no other case's."""
    source, verdict = CASE_BLOB.alias("source"), table_of(VerdictRow)
    names = sa.select(CASE_BLOB.c.filename).select_from(
        CASE_BLOB.outerjoin(
            source, (source.c.case_id == CASE_BLOB.c.case_id) & (source.c.sha256 == CASE_BLOB.c.source_sha256)
        ).outerjoin(verdict, verdict.c.mail_id == sa.func.coalesce(source.c.mail_id, CASE_BLOB.c.mail_id))
    )
    # Not those of a mail that people put into another case since; a mail's own case holds its files wherever it is kept.
    of_mail = sa.exists(sa.select(CASE.c.id).where(CASE.c.id == case_id, CASE.c.org_key.like(f"{OF_MAIL}%")))
    here = verdict.c.case_id.is_(None) | verdict.c.claim | (verdict.c.case_id == case_id) | of_mail
    found = db.execute(names.where(CASE_BLOB.c.case_id == case_id, here)).scalars()
    return {fold(name)[:300] for name in found if name}


def office(db: sa.Connection) -> set[str]:
    """What may stand in any letter, of the newest configuration: the secretariat's own identifiers, the form's examples."""
    stored = db.execute(sa.select(CONFIG.c.office).order_by(CONFIG.c.first_seen.desc()).limit(1)).scalar()
    found: set[str] = set()
    for one in json.loads(stored or "[]"):
        found |= {one.casefold(), phone_key(one) or one} | _in_text(one)
    return found


def other_names(db: sa.Connection, case_id: int, letter: LetterText) -> list[str]:
    """Names of other bodies that stand in the letter: a warning only, a neighbour may well be spoken of."""
    text = fold(f"{letter.subject}\n{letter.text}\n{_TAG.sub(' ', letter.html or '')}"[:MAX_TEXT])
    mine = db.execute(sa.select(CASE.c.org_prefecture, CASE.c.org_name).where(CASE.c.id == case_id)).one()
    own = _folded(name_of(mine) or "")
    found = {full for full, looked_for, name in _bodies(db) if looked_for in text and name not in own}
    return sorted(found)


_BODIES: WeakKeyDictionary[sa.Pool, tuple[tuple[int, int], tuple[tuple[str, str, str], ...]]] = WeakKeyDictionary()
_STAMP = sa.select(sa.func.count(CASE.c.org_name), sa.func.coalesce(sa.func.max(CASE.c.id), 0))
_NAMES = sa.select(CASE.c.org_prefecture, CASE.c.org_name).where(CASE.c.org_name.is_not(None)).distinct()


def _bodies(db: sa.Connection) -> tuple[tuple[str, str, str], ...]:
    """Of every body with a case (its full name, how it is looked for in a letter, its name folded). A case's body never changes: what
    was read once holds until there is another case."""
    count, newest = db.execute(_STAMP).one()
    kept = _BODIES.get(db.engine.pool)
    if kept is not None and kept[0] == (count, newest):
        return kept[1]
    found = []
    for row in db.execute(_NAMES):
        full = name_of(row) or row.org_name
        found.append((full, _folded(row.org_name if len(row.org_name) >= _MIN_NAME else full), _folded(row.org_name)))
    _BODIES[db.engine.pool] = ((count, newest), tuple(found))
    return _BODIES[db.engine.pool][1]


@lru_cache(maxsize=8192)
def _folded(name: str) -> str:
    """Names of bodies come again with each letter that is looked at."""
    return fold(name)
