"""`mailflow bookings`: consultations that are booked; book, move, cancel by hand; what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import iso, print_json, shown_time, table
from mailflow.cli.times import given_moment

if TYPE_CHECKING:
    from mailflow.desk.booking_letters import Told
    from mailflow.model import Slot
    from mailflow.store.booking_list import BookingLine

bookings = Family(
    help="""事前相談会の予約を一覧する。手で予約する、変更する、取り消す。

    例
      mailflow bookings
      mailflow bookings move 3 "2026-03-19 15:30"
      mailflow bookings cancel 3 --reason 団体からの電話
    """,
    invoke_without_command=True,
)
app.add_typer(bookings, name="bookings")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]
BookingId = Annotated[int, typer.Argument(metavar="ID", help="予約の番号（mailflow bookings にあります）。")]
Start = Annotated[str, typer.Argument(metavar="START", help="始まり。例 2026-03-19 13:00")]
HostOption = Annotated[str | None, typer.Option("--host", help="担当の id（既定 先に書いた担当）。", metavar="HOST")]


class MethodName(str, Enum):  # noqa: UP042  (the words stand in the help)
    """How a consultation is held."""

    ONLINE = "online"
    PHONE = "phone"


MethodOption = Annotated[
    MethodName | None,
    typer.Option("--method", help="方法。online か phone（既定 担当の最初の方法）。", metavar="METHOD"),
]
ByPhone = Annotated[bool, typer.Option("--told-by-phone", help="電話で伝えました。お知らせの手紙は作りません。")]
ByOffice = Annotated[bool, typer.Option("--by-office", help="事務局の都合による変更・取り消しと、手紙に書きます。")]
STATES = {
    "held": "確定の手紙を待っています",
    "confirmed": "確定",
    "cancelled": "取り消し",
    "done": "済み",
    "no-show": "来られませんでした",
}
METHODS = {"online": "オンライン", "phone": "電話"}


@bookings.callback()
def bare(context: typer.Context, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        listing(as_json=as_json)


@bookings.command("list")
def listing(as_json: Json = False) -> None:
    """予約を、始まる順に一覧します（mailflow bookings と同じ）。

    例
      mailflow bookings list --json
    """
    found = session.store().bookings()
    if as_json:
        for one in found:
            print_json(document(one))
        return
    table(
        None,
        ("番号", "始まり", "団体", "受付番号", "方法", "担当", "状態", "電話"),
        [
            (
                one.booking.id,
                shown_time(one.booking.start),
                one.organization or "分かりません",
                one.case_number,
                METHODS[one.booking.method.value],
                one.booking.host,
                STATES[one.booking.state],
                one.booking.phone or "",
            )
            for one in found
        ],
        empty="予約はありません。",
        spare=("受付番号", "担当"),
    )


def document(one: BookingLine) -> dict[str, Any]:
    return {
        "id": one.booking.id,
        "organization": {
            "code": one.organization_code,
            "prefecture": one.prefecture,
            "name": one.name,
            "resolved": "exact" if one.organization_code else "none",
        },
        "start": iso(one.booking.start),
        "end": iso(one.booking.end),
        "host": one.booking.host,
        "method": one.booking.method.value,
        "state": "booked" if one.booking.state == "confirmed" else one.booking.state,  # the contract's word
        "case": one.case_id,
        "number": one.case_number,
        "mail": one.mail_id,
        "draft": one.draft_id,
        "phone": one.booking.phone,
        "topic": one.topic,
        "link": one.link,
    }


@bookings.command("book")
def book(  # noqa: PLR0917  (each is an option of the command line)
    case: Annotated[str, typer.Argument(metavar="CASE", help="案件の番号か受付番号（例 R8-1-202053）。")],
    start: Start,
    host: HostOption = None,
    method: MethodOption = None,
    phone: Annotated[str | None, typer.Option("--phone", help="つながる電話番号。", metavar="NUMBER")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="相談の内容。", metavar="TEXT")] = None,
    told_by_phone: ByPhone = False,
    user: As = None,
) -> None:
    """手で予約し、お知らせの手紙（予定表のファイル付き）の案を作ります。承認してから出ます。

    例
      mailflow bookings book R8-1-202053 "2026-03-19 13:00" --method phone --phone 0265-22-0000
    """
    from mailflow.desk import consultation

    case_id = session.store().case_of(case)
    if case_id is None:
        raise Failed(f"{case} という案件はありません。mailflow mails で確かめてください。")
    settings = session.settings()
    with telling(told_by_phone) as told:
        made = done(
            consultation.book(
                session.store(),
                settings.consultation,
                case_id=case_id,
                slot=_slot(start, host, method),
                told=told,
                user=acting_user(user),
                now=session.clock().now(),
                phone=phone,
                topic=topic,
                address=settings.programme.address,
            )
        )
    print(f"{made.booking_id}\t予約しました{letter_made(made.draft_id)}")


@bookings.command("move")
def move(  # noqa: PLR0917  (each is an option of the command line)
    booking_id: BookingId,
    start: Start,
    host: HostOption = None,
    method: MethodOption = None,
    by_office: ByOffice = False,
    told_by_phone: ByPhone = False,
    user: As = None,
) -> None:
    """予約の日時、担当、方法を変え、お知らせの手紙の案を作ります。承認してから出ます。

    例
      mailflow bookings move 3 "2026-03-19 15:30"
    """
    from mailflow.desk import consultation

    line = known_booking(booking_id)
    slot = _slot(start, host or line.booking.host, method or MethodName(line.booking.method.value))
    with telling(told_by_phone, by_office=by_office) as told:
        moved = done(
            consultation.move(
                session.store(), session.settings().consultation, booking_id, slot, told=told, user=acting_user(user),
                now=session.clock().now(),
            )
        )  # fmt: skip
    print(f"{booking_id}\t変更しました{letter_made(moved.draft_id)}")


@bookings.command("cancel")
def cancel(
    booking_id: BookingId,
    reason: Annotated[
        str, typer.Option("--reason", help="理由（記録に残ります。手紙には書きません）。", metavar="TEXT")
    ] = "",
    by_office: ByOffice = False,
    told_by_phone: ByPhone = False,
    user: As = None,
) -> None:
    """予約を取り消して枠を空け、お知らせの手紙の案を作ります。承認してから出ます。

    例
      mailflow bookings cancel 3 --reason 団体からの電話
    """
    from mailflow.desk import consultation

    known_booking(booking_id)
    now = session.clock().now()
    with telling(told_by_phone, by_office=by_office) as told:
        gone = done(
            consultation.cancel(session.store(), booking_id, told=told, user=acting_user(user), now=now, reason=reason)
        )
    print(f"{booking_id}\t取り消しました{letter_made(gone.draft_id)}")


@bookings.command("link")
def link(
    booking_id: BookingId,
    url: Annotated[str, typer.Argument(metavar="URL", help="オンライン会議のURL。")],
    user: As = None,
) -> None:
    """予約に、オンライン会議のURLを付けます。

    例
      mailflow bookings link 3 https://teams.example/l/meetup/0001
    """
    from mailflow.desk import consultation

    known_booking(booking_id)
    done(consultation.set_link(session.store(), booking_id, url, user=acting_user(user), now=session.clock().now()))
    print(f"{booking_id}\tURLを付けました")


@contextmanager
def telling(by_phone: bool, *, by_office: bool = False) -> Iterator[Told]:
    """How the applicant is told; the process that reads the mail to be answered ends with it."""
    from mailflow.console.reading import Reader
    from mailflow.desk.booking_letters import ByLetter, ByPhone

    if by_phone:
        yield ByPhone()
        return
    settings = session.settings()
    reader = Reader(settings)
    try:
        yield ByLetter(settings=settings, read=reader.read, by_office=by_office)
    finally:
        reader.close()


def letter_made(draft_id: int | None) -> str:
    """What is said of the letter that was composed."""
    return "" if draft_id is None else f"。手紙の案は {draft_id} です（mailflow drafts show {draft_id}）"


def known_booking(booking_id: int) -> BookingLine:
    found = next((one for one in session.store().bookings() if one.booking.id == booking_id), None)
    if found is None:
        raise Failed(f"番号 {booking_id} の予約はありません。mailflow bookings で確かめてください。")
    return found


def _slot(start: str, host_id: str | None, method: MethodName | None) -> Slot:
    from mailflow.model import Method, Slot

    consultation = session.settings().consultation
    host = consultation.host(host_id) if host_id else next(iter(consultation.hosts), None)
    if host is None:
        raise Failed(f"{host_id or ''} という担当はいません（consultation.yaml の hosts）。")
    begins: datetime = given_moment(start, "START")
    return Slot(
        start=begins,
        end=begins + consultation.pattern.length,
        host=host.id,
        method=Method(method.value) if method else host.methods[0],
    )
