"""`mailflow bookings import|stats|done|no-show|ask-bureau|bureau-answer|bureaus`, `mailflow slots day`: the consultation beside its slots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import NO, Failed, say, session
from mailflow.cli.bookings import BookingId, ByPhone, bookings, known_booking, letter_made, telling
from mailflow.cli.output import iso, print_json, shown_time, table
from mailflow.cli.slots import slots
from mailflow.cli.times import given_day, given_moment

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]
Minutes = Annotated[str | None, typer.Option("--minutes", help="相談の記録。手紙には出ません。", metavar="TEXT")]


@bookings.command("import")
def take_table(
    file: Annotated[
        Path, typer.Argument(help="申込みフォームの回答の一覧（CSV。UTF-8 か Shift_JIS）。", metavar="FILE.csv")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="読み取りだけを見せ、何も取り込みません。")] = False,
    as_json: Json = False,
) -> None:
    """申込みフォームの回答の一覧を取り込みます。1行が1通の通知になり、ほかの申込みと同じ決まりで枠を取ります。

    列の見出しは parties.yaml の labels で決めます。時計はフォームの回答日時です。前に取り込んだ行、通知メールで
    届いている行は、2度入りません。取り込んだ行は、worker か run が判定します。

    例
      mailflow bookings import 回答一覧.csv --dry-run
      mailflow bookings import 回答一覧.csv && mailflow worker --once
    """
    from mailflow.consultation.form_table import NotATable, read_table
    from mailflow.desk.form_table import form_of, sender_of, take_in

    settings = session.settings()
    form = form_of(settings)
    if form is None or sender_of(form) is None:
        raise Failed("parties.yaml に、申込みフォーム（kind: web-form、labels と domains）がありません。")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failed(f"{file} が読めません（{error.strerror or type(error).__name__}）。") from error
    try:
        rows, wrong = read_table(content, form.labels)
    except NotATable as error:
        raise Failed(f"{file}: {error.reason}。") from error
    for one in wrong:
        say(f"{file}:{one.line}: {one.reason}。この行は取り込みません。")
    for taken in take_in(session.store(), settings, rows, dry_run=dry_run):
        row = taken.row
        said = "もうあります" if taken.known else "取り込めます" if dry_run else "取り込みました"
        if as_json:
            print_json(
                {
                    "line": row.line, "organization": row.organization, "address": row.address,
                    "asked_at": iso(row.asked_at), "mail": taken.mail_id, "known": taken.known,
                }
            )  # fmt: skip
        else:
            print(f"{row.line}行目\t{row.organization}\t{shown_time(row.asked_at)}\t{said}")
    if wrong:
        raise typer.Exit(NO)


@bookings.command("done")
def took_place(booking_id: BookingId, minutes: Minutes = None, user: As = None) -> None:
    """相談が終わったことを記録します。

    例
      mailflow bookings done 3 --minutes "コースの選び方を説明"
    """
    _close(booking_id, came=True, minutes=minutes, user=user)


@bookings.command("no-show")
def nobody_came(booking_id: BookingId, minutes: Minutes = None, user: As = None) -> None:
    """来られなかった（つながらなかった）ことを記録します。手紙は出しません。

    例
      mailflow bookings no-show 4 --minutes "14時10分まで待ち、電話も不在"
    """
    _close(booking_id, came=False, minutes=minutes, user=user)


def _close(booking_id: int, *, came: bool, minutes: str | None, user: str | None) -> None:
    from mailflow.desk import consultation

    known_booking(booking_id)
    now, actor = session.clock().now(), acting_user(user)
    done(consultation.close(session.store(), booking_id, came=came, user=actor, now=now, minutes=minutes))
    print(f"{booking_id}\t記録しました")


@bookings.command("stats")
def stats(as_json: Json = False) -> None:
    """予約と候補の数を、状態、方法、担当、日ごとに数えます。

    例
      mailflow bookings stats
    """
    from mailflow.cli.bookings import METHODS, STATES
    from mailflow.store.appointments import statistics

    found = statistics(session.store())
    if as_json:
        print_json(
            {
                "total": found.total, "bodies": found.bodies, "moved": found.moved, "offers": found.offers,
                "states": found.states, "methods": found.methods, "hosts": found.hosts, "days": found.days,
                "hours_to_letter": found.hours_to_letter,
            }
        )  # fmt: skip
        return
    rows: list[tuple[str, object]] = [
        ("予約", found.total), ("団体", found.bodies), ("変更", found.moved), ("候補の手紙", found.offers),
        *((STATES.get(name, name), count) for name, count in found.states.items()),
        *((METHODS.get(name, name), count) for name, count in found.methods.items()),
        *((f"担当 {name}", count) for name, count in found.hosts.items()),
        *found.days.items(),
    ]  # fmt: skip
    if found.hours_to_letter is not None:
        rows.append(("枠を取ってから手紙が出るまで（中央値、時間）", found.hours_to_letter))
    table(None, ("", "数"), rows)


# --- the bureau -------------------------------------------------------------------------------------------------------


@bookings.command("bureaus")
def requests(as_json: Json = False) -> None:
    """局へのお願いと、その返事を一覧します。返事を待つものが先です。

    例
      mailflow bookings bureaus
    """
    from mailflow.store.bureau_requests import bureau_requests

    words = {"asked-bureau": "返事待ち", "agreed": "引き受け", "declined": "お断り"}
    found = bureau_requests(session.store())
    if as_json:
        for one in found:
            print_json(
                {
                    "id": one.id, "case": one.case_id, "number": one.case_number, "organization": one.organization,
                    "bureau": one.bureau, "state": one.state, "asked_at": iso(one.asked_at), "start": iso(one.starts),
                    "note": one.note, "answer": one.answer,
                }
            )  # fmt: skip
        return
    table(
        None,
        ("番号", "団体", "受付番号", "局", "状態", "お願いした日時", "相談の日時", "返事"),
        [
            (
                one.id, one.organization or "分かりません", one.case_number, one.bureau, words[one.state],
                shown_time(one.asked_at), shown_time(one.starts), one.answer or "",
            )
            for one in found
        ],
        empty="局へのお願いはありません。",
    )  # fmt: skip


@bookings.command("ask-bureau")
def ask(
    case: Annotated[str, typer.Argument(metavar="CASE", help="案件の番号か受付番号（例 R8-1-202053）。")],
    name: Annotated[str | None, typer.Option("--bureau", help="局の名前（既定 管轄の局）。", metavar="NAME")] = None,
    note: Annotated[
        str | None, typer.Option("--note", help="お願いする内容。局への手紙に書きます。", metavar="TEXT")
    ] = None,
    told_by_phone: ByPhone = False,
    user: As = None,
) -> None:
    """総合通信局に相談をお願いし、局（parties.yaml のアドレス）への手紙の案を作ります。承認してから出ます。

    例
      mailflow bookings ask-bureau R8-1-202053 --note "対面を希望"
    """
    from mailflow.desk.bureaus import ask_bureau

    case_id = session.store().case_of(case)
    if case_id is None:
        raise Failed(f"{case} という案件はありません。mailflow mails で確かめてください。")
    now, actor = session.clock().now(), acting_user(user)
    with telling(told_by_phone) as told:
        made = done(ask_bureau(session.store(), case_id, bureau=name, note=note, told=told, user=actor, now=now))
    print(f"{made.request_id}\t{made.bureau}にお願いしたことを記録しました{letter_made(made.draft_id)}")
    if made.draft_id is None and not told_by_phone:
        say(f"parties.yaml に{made.bureau}のアドレスがないため、手紙は作っていません。")


@bookings.command("bureau-answer")
def answer(
    request_id: Annotated[int, typer.Argument(metavar="ID", help="番号（mailflow bookings bureaus にあります）。")],
    at: Annotated[str | None, typer.Option("--at", help="局が受ける日時。", metavar="START")] = None,
    declined: Annotated[bool, typer.Option("--declined", help="局では受けられません。")] = False,
    said: Annotated[str | None, typer.Option("--note", help="局の返事。", metavar="TEXT")] = None,
    user: As = None,
) -> None:
    """局の返事を記録します。団体へのお知らせは、人がします。

    例
      mailflow bookings bureau-answer 1 --at "2026-03-19 13:00" --note "担当 鈴木"
      mailflow bookings bureau-answer 2 --declined
    """
    from mailflow.desk.bureaus import bureau_answered
    from mailflow.numbering import is_row

    if (at is None) == (not declined):
        raise Failed("--at（日時）か --declined のどちらか1つを書いてください。")
    if not is_row(request_id):
        raise Failed(f"番号 {request_id} の依頼はありません。", NO)
    starts = given_moment(at, "--at") if at is not None else None
    now, actor = session.clock().now(), acting_user(user)
    done(bureau_answered(session.store(), request_id, starts=starts, said=said, user=actor, now=now))
    print(f"{request_id}\t返事を記録しました")


# --- the day ----------------------------------------------------------------------------------------------------------


@slots.command("day")
def day_sheet(
    day: Annotated[
        str | None, typer.Argument(metavar="DATE", help="日（既定 次に相談のある日）。例 2026-03-18")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="この担当の分だけ。", metavar="HOST")] = None,
    printed: Annotated[
        Path | None, typer.Option("--print", help="印刷用の HTML をこのファイルに書きます。", metavar="FILE.html")
    ] = None,
) -> None:
    """その日の相談を、担当に渡す紙の形で出します（だれが、いつ、どの方法で、何を、電話）。

    例
      mailflow slots day 2026-03-18
      mailflow slots day 2026-03-18 --host office-1 --print 0318.html
    """
    from mailflow.clock import tokyo
    from mailflow.desk.day_sheet import sheet_lines
    from mailflow.replies.day_sheet import day_sheet_page, day_sheet_text

    settings, store, now = session.settings(), session.store(), session.clock().now()
    who = settings.consultation.host(host) if host else None
    if host and who is None:
        raise Failed(f"{host} という担当はいません（consultation.yaml の hosts）。")
    wanted = given_day(day) if day else None
    if wanted is None:
        coming = store.bookings(since=now, states=("held", "confirmed"))
        wanted = tokyo(coming[0].booking.start).date() if coming else tokyo(now).date()
    lines = sheet_lines(store, settings.consultation, wanted, host=host)
    if printed is None:
        print(day_sheet_text(wanted, lines, who.name if who else None), end="")
        return
    try:
        printed.write_text(day_sheet_page(wanted, lines, who.name if who else None), encoding="utf-8")
    except OSError as error:
        raise Failed(f"{printed} に書けません（{error.strerror or type(error).__name__}）。") from error
    print(f"{printed}\t{len(lines)}件")
