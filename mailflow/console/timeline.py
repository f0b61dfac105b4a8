"""What came and went of one case, in the order of time: mails, letters, bookings, what people wrote down. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailflow.clock import tokyo
from mailflow.console import words
from mailflow.model import Recorded
from mailflow.store.booking_list import BookingLine
from mailflow.store.bounces import Bounce
from mailflow.store.casebook import Casebook
from mailflow.store.drafts import DraftLine
from mailflow.store.mails import MailLine
from mailflow.store.outbox_lines import OutgoingLine
from mailflow.words import CHECKS, RETURNED


@dataclass(frozen=True, slots=True)
class Event:
    """`ours`: something that we did. `url`: where it is read whole."""

    at: datetime
    icon: str
    ours: bool
    said: str
    more: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    events: tuple[Event, ...]


def timeline(
    mails: Iterable[MailLine],
    drafts: Iterable[DraftLine],
    sent: Iterable[OutgoingLine],
    bookings: Iterable[BookingLine],
    book: Casebook | None,
    *,
    linked: bool = True,
    labels: Mapping[str, str] | None = None,
    returned: Iterable[Bounce] = (),
) -> tuple[Day, ...]:
    """Newest first, day by day (Asia/Tokyo). `linked`: letters lead to their page of the queue. `labels`: what the form calls its fields.
    `returned`: what was said of letters that left."""
    events = [_mail(one, book) for one in mails]
    out = {one.draft_id: one for one in sent}
    events += [_letter(one, out.get(one.id), linked=linked) for one in drafts if one.state != "superseded"]
    events += [_booking(one) for one in bookings]
    events += [_returned(one) for one in returned]
    events += _written(book, labels or {}) if book else []
    events.sort(key=lambda one: one.at, reverse=True)
    days: dict[str, list[Event]] = {}
    for one in events:
        local = tokyo(one.at)
        days.setdefault(f"{local.year}年 {words.day(one.at)}", []).append(one)
    names = _without_year(list(days))
    return tuple(Day(names[name], tuple(found)) for name, found in days.items())


def _without_year(names: Sequence[str]) -> dict[str, str]:
    years = {name.partition(" ")[0] for name in names}
    return {name: name.partition(" ")[2] if len(years) == 1 else name for name in names}


def _mail(one: MailLine, book: Casebook | None) -> Event:
    hidden = book is not None and one.id in book.hidden
    kind = words.KINDS.get(one.kind or "", "")
    said = "隠したメール" if hidden else words.short(one.subject, 120) or "（件名なし）"
    sender = words.short(one.sender.name or one.sender.address, 60) if one.sender else "差出人なし"
    more = f"{sender}から{f'・{kind}' if kind else ''}{'・当事者以外' if one.claim else ''}"
    return Event(one.received_at, "in", False, said, more, f"/mails/{one.id}")


def _letter(one: DraftLine, out: OutgoingLine | None, *, linked: bool) -> Event:
    mark = words.DRAFT_STATES[one.state]
    by = f"{'・'.join(words.actor(name) for name in one.approvals)}が承認" if one.approvals else ""
    more = "・".join(part for part in (mark.word, by) if part)
    at = out.sent_at if out is not None and out.sent_at is not None else one.created_at
    icon = "out" if out is not None and out.sent_at is not None else "pen"
    return Event(at, icon, True, words.letter(one.template), more, f"/queue/{one.id}" if linked else None)


def _returned(one: Bounce) -> Event:
    said = f"{RETURNED.get(one.action, one.action)}：{words.short(one.subject, 100)}"
    guessed = "" if one.sure else "（宛先と時刻からの推測）"
    done = f"・{words.actor(one.settled_by)}が対応：{words.short(one.settled_how, 200)}" if one.settled_by else ""
    more = f"{one.recipient}・{words.short(one.why, 300)}{guessed}{done}"
    icon = "stop" if one.action == "failed" else "info"
    return Event(one.at, icon, False, said, more, f"/mails/{one.mail_id}")


def _booking(one: BookingLine) -> Event:
    mark = words.BOOKING_STATES[one.booking.state]
    at = one.booking.start
    more = f"{words.METHODS[one.booking.method.value]}・{one.booking.host}{f'・{words.short(one.note, 200)}' if one.note else ''}"
    return Event(at, "cal", True, f"事前相談 {words.clock(at)}–{words.clock(one.booking.end)}：{mark.word}", more)


def _written(book: Casebook, labels: Mapping[str, str]) -> list[Event]:
    found = [
        Event(
            one.at,
            "person",
            True,
            words.short(one.text, 1000),
            words.actor(one.by),
            f"/mails/{one.mail_id}" if one.mail_id else None,
        )
        for one in book.notes
        if one.kind != "label"  # a rule's own word for the mail's sort: no news to anybody
    ]
    for exception in book.exceptions:
        until = f"・{words.moment(exception.until)}まで" if exception.until else ""
        ended = "（終了）" if exception.ended_at else ""
        found.append(
            Event(
                exception.at,
                "info",
                True,
                f"特例 {words.exception(exception.what)}{until}{ended}",
                f"{words.short(exception.why, 200)}・了解 {words.short(exception.consent, 100)}・{words.actor(exception.by)}",
            )
        )
    for one in book.withdrawals:
        found.append(
            Event(
                one.at,
                "stop",
                True,
                "取り下げを確かめました",
                f"{words.short(one.confirmed_with, 100)}・{words.short(one.how, 100)}・{words.actor(one.by)}",
            )
        )
        if one.undone_at is not None:
            found.append(
                Event(
                    one.undone_at,
                    "info",
                    True,
                    "取り下げを取り消しました",
                    f"{words.short(one.undone_why, 200)}・{words.actor(one.undone_by or '')}",
                )
            )
    found += [_told(one, one.at, labels) for one in book.recorded if one.at is not None]
    return found


def _told(one: Recorded, at: datetime, labels: Mapping[str, str]) -> Event:
    """A value that was told, a question answered as it stands in the form, a finding lifted or put back."""
    if one.field:
        what = f"{labels.get(one.field, one.field)}を「{words.short(one.value, 80)}」と記録"
    else:
        about = CHECKS.get(one.check or "", one.check or "")
        what = (
            f"{about}：{ {None: '記入のとおりと記録', True: '指摘を外した', False: '外した指摘を戻した'}[one.cleared] }"
        )
    return Event(at, "pen", True, what, f"{words.short(one.source, 100)}・{words.actor(one.by)}")
