"""`mailflow slots`: the week of the consultation, and time that a person takes out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import iso, print_json, table
from mailflow.cli.times import given_day, given_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailflow.model import Taken
    from mailflow.settings.consultation import Host
    from mailflow.store.booking_list import BookingLine

slots = Family(
    help="""事前相談会の枠を、1週間ずつ見ます。枠を止める、戻す。

    例
      mailflow slots
      mailflow slots --week 2026-03-16
      mailflow slots --at 2026-03-19T10:00
      mailflow slots block office-1 "2026-03-17 13:00" "2026-03-17 15:00" --reason 会議
    """,
    invoke_without_command=True,
)
app.add_typer(slots, name="slots")

Json = Annotated[bool, typer.Option("--json", help="1枠を1行の JSON で出します。")]
Week = Annotated[
    str | None, typer.Option("--week", help="この日のある週（既定 今週。--at があれば、その週）。", metavar="DATE")
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", help="いまとする日時（既定 いま）。予約は、いまの記録のままです。例 2026-03-19T10:00", metavar="TIME"
    ),
]
WEEKDAYS = "月火水木金土日"


@slots.callback()
def bare(context: typer.Context, as_json: Json = False, week: Week = None, at: At = None) -> None:
    if context.invoked_subcommand is None:
        listing(as_json=as_json, week=week, at=at)


@slots.command("list")
def listing(as_json: Json = False, week: Week = None, at: At = None) -> None:
    """1週間の枠と、空いている数（mailflow slots と同じ）。

    例
      mailflow slots list --json
    """
    from mailflow.clock import TOKYO, tokyo
    from mailflow.consultation.slots import all_slots, bookable_until, seats_left

    given = given_moment(at, "--at") if at else None
    settings, now = session.settings(), session.clock(made=True).now()
    now = given or now  # the database's clock is asked all the same: a place without a database has no slots
    consultation = settings.consultation
    day = given_day(week) if week else tokyo(now).date()
    monday = day - timedelta(days=day.weekday())
    first = datetime.combine(monday, time(0), TOKYO)
    round_ = settings.round_for(max(now, first))
    last = min(first + timedelta(days=7), bookable_until(round_, consultation))
    store = session.store()
    taken = store.taken_seats(first)
    booked = store.bookings(
        since=first, until=first + timedelta(days=7), states=("held", "confirmed", "done", "no-show")
    )
    found = list(all_slots(consultation, first, last))
    if as_json:
        for start, end, host in found:
            here = _in_slot(booked, start, end, host)
            print_json(
                {
                    "start": iso(start),
                    "end": iso(end),
                    "host": host.id,
                    "methods": [one.value for one in host.methods],
                    "capacity": host.capacity,
                    "free": max(0, seats_left(start, end, host, taken)),
                    "held": sum(one.booking.state == "held" for one in here),
                    "booked": sum(one.booking.state != "held" for one in here),
                    "bookings": [one.booking.id for one in here],
                    "past": start <= now,
                }
            )
        return
    _print_week(found, taken, booked, monday, now)


def _in_slot(booked: Sequence[BookingLine], start: datetime, end: datetime, host: Host) -> list[BookingLine]:
    return [
        one for one in booked if one.booking.host == host.id and one.booking.start < end and start < one.booking.end
    ]


def _print_week(
    found: list[tuple[datetime, datetime, Host]],
    taken: tuple[Taken, ...],
    booked: Sequence[BookingLine],
    monday: date,
    now: datetime,
) -> None:
    from mailflow.clock import tokyo
    from mailflow.consultation.slots import seats_left

    days = [monday + timedelta(days=number) for number in range(7)]
    cells: dict[tuple[str, str], dict[date, str]] = {}
    for start, end, host in found:
        local = tokyo(start)
        left = seats_left(start, end, host, taken)
        shown = [
            f"{'待' if one.booking.state == 'held' else '確'} {one.organization or one.case_number}"
            for one in _in_slot(booked, start, end, host)
        ]
        if start <= now:
            shown.append("済")
        elif left > 0:
            shown.append(f"空き{left}")
        elif len(shown) < host.capacity:
            shown.append("止")
        cells.setdefault((f"{local:%H:%M}", host.name), {})[local.date()] = "\n".join(shown)
    used = [day for day in days if any(day in row for row in cells.values())]
    table(
        None,
        ("時刻", "担当", *(f"{day.month}/{day.day}（{WEEKDAYS[day.weekday()]}）" for day in used)),
        [(at, host, *(row.get(day, "") for day in used)) for (at, host), row in sorted(cells.items())],
        empty="この週に枠はありません。",
    )
    if cells:
        print("空き 空いている数・待 確定の手紙を待つ予約・確 確定・止 止めてある枠・済 過ぎた時間")


@slots.command("blocks")
def blocks() -> None:
    """止めてある枠を一覧します。

    例
      mailflow slots blocks
    """
    from mailflow.cli.output import shown_time

    table(
        None,
        ("番号", "担当", "始まり", "終わり", "理由", "止めた人"),
        [
            (one.id, one.host, shown_time(one.starts), shown_time(one.ends), one.reason, one.by)
            for one in session.store().blocks(session.clock().now())
        ],
        empty="止めてある枠はありません。",
    )


@slots.command("block")
def block(
    host: Annotated[str, typer.Argument(metavar="HOST", help="担当の id（consultation.yaml の hosts）。")],
    start: Annotated[str, typer.Argument(metavar="START", help="始まり。例 2026-03-17 13:00")],
    end: Annotated[str, typer.Argument(metavar="END", help="終わり。例 2026-03-17 15:00")],
    reason: Annotated[str, typer.Option("--reason", help="理由。", metavar="TEXT")] = "",
    user: As = None,
) -> None:
    """担当の時間を止めます。予約のある時間は止められません。

    例
      mailflow slots block office-1 "2026-03-17 13:00" "2026-03-17 15:00" --reason 会議
    """
    from mailflow.desk import consultation

    made = done(
        consultation.block(
            session.store(),
            session.settings().consultation,
            host=host,
            start=given_moment(start, "START"),
            end=given_moment(end, "END"),
            reason=reason,
            user=acting_user(user),
            now=session.clock().now(),
        )
    )
    print(f"{made.block_id}\t枠を止めました")


@slots.command("unblock")
def unblock(
    block_id: Annotated[int, typer.Argument(metavar="ID", help="番号（mailflow slots blocks にあります）。")],
    user: As = None,
) -> None:
    """止めた枠を戻します。

    例
      mailflow slots unblock 3
    """
    from mailflow.desk import consultation
    from mailflow.numbering import is_row

    if not is_row(block_id):
        raise Failed(f"番号 {block_id} の枠止めはありません。")
    done(consultation.unblock(session.store(), block_id, user=acting_user(user), now=session.clock().now()))
    print(f"{block_id}\t枠を戻しました")
