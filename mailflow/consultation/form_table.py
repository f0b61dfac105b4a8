"""The web form's answers as a table (CSV): each row as the notice that the form would have mailed (DESIGN §9 `bookings import`).

In: the file's bytes, the labels of parties.yaml. Out: rows with their line, and what is wrong with which line. UTF-8 (with or
without BOM) or cp932; comma, tab or semicolon; the header is the first of the first rows that names columns, since survey
tools put ids above it. Pure. Raises `NotATable` with a reason in Japanese.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from mailflow.consultation.webform import folded_label, read_contact, read_moment

MAX_BYTES, MAX_ROWS, MAX_COLUMNS, MAX_CELL = 5_000_000, 5_000, 200, 2_000
HEADER_WITHIN = 4  # rows


class NotATable(Exception):
    """`reason`: Japanese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """One answer. `line`: of the file, where the row begins. `cells`: (label, value) of the columns that are known, in order.
    `asked_at`: the form's own time."""

    line: int
    cells: tuple[tuple[str, str], ...]
    organization: str
    address: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class WrongRow:
    line: int
    reason: str


def read_table(content: bytes, labels: Mapping[str, Iterable[str]]) -> tuple[list[FormRow], list[WrongRow]]:
    """The answers, and the rows that can't be one."""
    text = _decoded(content)
    delimiter = max(",\t;", key=text[:4_000].count)
    by_label = {folded_label(label): key for key, several in labels.items() for label in several}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            rows.append((reader.line_num, [cell.strip()[:MAX_CELL] for cell in row[:MAX_COLUMNS]]))
            if len(rows) > MAX_ROWS + HEADER_WITHIN:
                raise NotATable(f"行が多すぎます（{MAX_ROWS}行まで）")
    except csv.Error as error:
        raise NotATable(f"CSV として読めません（{reader.line_num}行目：{error}）") from error
    header_at, columns = _header(rows, by_label)
    good: list[FormRow] = []
    wrong: list[WrongRow] = []
    before = rows[header_at][0]
    for line, row in rows[header_at + 1 :]:
        first, before = before + 1, line
        if any(row):
            made = _row(first, row, columns, by_label)
            if isinstance(made, FormRow):
                good.append(made)
            else:
                wrong.append(made)
    return good, wrong


def _header(rows: list[tuple[int, list[str]]], by_label: Mapping[str, str]) -> tuple[int, list[str]]:
    best, most = -1, 0
    for number, (_, row) in enumerate(rows[:HEADER_WITHIN]):
        keys = {by_label[folded_label(cell)] for cell in row if folded_label(cell) in by_label}
        if len(keys) > most:
            best, most = number, len(keys)
    columns = rows[best][1] if best >= 0 else []
    named = {by_label.get(folded_label(cell)) for cell in columns}
    missing = [
        words
        for key, words in (("organization", "団体名"), ("email", "メールアドレス"), ("submitted_at", "回答日時"))
        if key not in named
    ]
    if missing:
        raise NotATable(
            f"見出しに「{'」「'.join(missing)}」の列がありません。列の名前は parties.yaml の labels にあります"
        )
    return best, columns


def _row(line: int, row: list[str], columns: list[str], by_label: Mapping[str, str]) -> FormRow | WrongRow:
    cells = [
        (label, " ".join(value.split()))
        for label, value in zip(columns, row, strict=False)
        if folded_label(label) in by_label and value
    ]
    values: dict[str, list[tuple[str, str]]] = {}
    for label, value in cells:
        values.setdefault(by_label[folded_label(label)], []).append((label, value))
    contact = read_contact(values.get("email", ()), values.get("name", ()))
    times = [made for _, value in values.get("submitted_at", ()) if (made := read_moment(value))]
    organization = " ".join(value for _, value in values.get("organization", ()))
    if not organization:
        return WrongRow(line, "団体名がありません")
    if contact is None:
        return WrongRow(line, "メールアドレスが読めません")
    if len(times) != 1:
        return WrongRow(line, "回答日時が読めません")
    return FormRow(line=line, cells=tuple(cells), organization=organization, address=contact.address, asked_at=times[0])


def notice_of(row: FormRow, *, sender: str, recipient: str, subject: str) -> bytes:
    """The row as a notice; the same row always gives the same bytes, so that it is taken in once."""
    text = "\n".join(f"{label}：{value}" for label, value in row.cells)
    mark = hashlib.sha256(f"{row.address}\0{row.asked_at.isoformat()}\0{text}".encode()).hexdigest()[:32]
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail["Date"] = format_datetime(row.asked_at)
    mail["Message-ID"] = f"<{mark}@form-table.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"申込みフォームの回答（一覧から取り込み）\n\n{text}\n", cte="base64")
    return mail.as_bytes()


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise NotATable("ファイルが大きすぎます（5MB まで）")
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise NotATable("文字コードが UTF-8 でも Shift_JIS（cp932）でもありません")
