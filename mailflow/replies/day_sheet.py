"""The day of the consultation for its host: who, when, by which means, about what, what to call (DESIGN §6).

In: the day and its bookings as values. Out: text, or a page to print. For people of the secretariat alone: it holds names and
numbers of many bodies and is never a letter. What an applicant wrote is escaped. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from mailflow.clock import tokyo
from mailflow.model import CalendarAnswer, Method
from mailflow.replies.wording import clock_time

WEEKDAYS = "月火水木金土日"
STATES = {"held": "確定の手紙がまだ出ていません", "confirmed": "確定", "done": "済み", "no-show": "来られませんでした"}
ANSWERS = {
    CalendarAnswer.ACCEPTED: "予定表で承諾",
    CalendarAnswer.TENTATIVE: "予定表で仮の承諾",
    CalendarAnswer.DECLINED: "予定表で辞退（要確認）",
    CalendarAnswer.COUNTER: "予定表で別の日時の提案（要確認）",
    CalendarAnswer.CANCELLED: "予定表で取り消し（要確認）",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One consultation. `material`: the half-filled form that was sent for it, by name."""

    start: datetime
    end: datetime
    host: str
    organization: str
    number: str
    method: Method
    state: str
    person: str | None = None
    phone: str | None = None
    topic: str | None = None
    link: str | None = None
    material: str | None = None
    answer: CalendarAnswer | None = None


def day_title(day: date, host: str | None) -> str:
    return f"事前相談会　{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）" + (f"　{host}" if host else "")


def _facts(line: SheetLine) -> list[tuple[str, str]]:
    way = "電話" if line.method is Method.PHONE else "オンライン"
    where = (
        line.phone or "番号が分かりません" if line.method is Method.PHONE else line.link or "会議のURLがまだありません"
    )
    facts = [("方法", f"{way}　{where}"), ("担当", line.host), ("状態", STATES.get(line.state, line.state))]
    if line.method is Method.ONLINE and line.phone:
        facts.append(("電話", line.phone))
    for label, value in (("氏名", line.person), ("内容", line.topic), ("資料", line.material)):
        if value:
            facts.append((label, " ".join(value.split())))
    if line.answer is not None:
        facts.append(("予定表", ANSWERS[line.answer]))
    return facts


def day_sheet_text(day: date, lines: Sequence[SheetLine], host: str | None = None) -> str:
    """For a terminal or a mail to the host."""
    made = [day_title(day, host), ""]
    for line in lines:
        span = f"{clock_time(tokyo(line.start))}〜{clock_time(tokyo(line.end))}"
        made.append(f"{span}　{line.organization}　{line.number}")
        made += [f"　　{label}　{value}" for label, value in _facts(line)]
        made.append("")
    if not lines:
        made += ["予約はありません。", ""]
    return "\n".join(made)


def sheet_mark(lines: Sequence[SheetLine]) -> str:
    """The same for two sheets that tell a host the same: who, when, by which means, about what. How far a booking's own paperwork is
    (its letter, whether it took place) is no news to the one who holds it."""
    told = sorted(
        (
            line.start.isoformat(), line.end.isoformat(), line.number, line.organization, line.method.value, line.person or "",
            line.phone or "", line.topic or "", line.link or "", line.material or "", line.answer.value if line.answer else "",
        )
        for line in lines
    )  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


_STYLE = (
    "body{font:11pt/1.6 sans-serif;margin:12mm}h1{font-size:14pt}section{border-top:1px solid #555;padding:3mm 0;break-inside:avoid}"
    "h2{font-size:12pt;margin:0}dl{display:grid;grid-template-columns:5em 1fr;margin:0}dt{color:#444}dd{margin:0;overflow-wrap:anywhere}"
    ".note{border-bottom:1px dotted #888;height:9mm}@page{size:A4;margin:12mm}"
)


def day_sheet_page(day: date, lines: Sequence[SheetLine], host: str | None = None) -> str:
    """One page to print, with room for notes. No script, no picture, no address of the net that is fetched."""
    title = escape(day_title(day, host))
    parts = [
        f'<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>',
        f"<body><h1>{title}</h1>",
    ]
    for line in lines:
        span = f"{clock_time(tokyo(line.start))}〜{clock_time(tokyo(line.end))}"
        parts.append(f"<section><h2>{span}　{escape(line.organization)}　<small>{escape(line.number)}</small></h2><dl>")
        parts += [f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in _facts(line)]
        parts.append('</dl><div class="note"></div><div class="note"></div></section>')
    if not lines:
        parts.append("<p>予約はありません。</p>")
    parts.append("</body></html>\n")
    return "".join(parts)
