"""`mailflow cases`: what people decide on one case: withdrawals, exceptions, told values, contacts, parties, notes (DESIGN §4)."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.cli.acting import As, acting_user, again, done
from mailflow.cli.app import Failed, session
from mailflow.cli.cases import Key, cases, found_case
from mailflow.cli.times import given_moment

Why = Annotated[str, typer.Option("--why", help="わけ。記録に残り、開示の対象にもなります。", metavar="TEXT")]
Source = Annotated[
    str, typer.Option("--source", help="だれから、どうやって聞いたか（例 電話 3月17日 山口様）。", metavar="TEXT")
]
Revision = Annotated[
    int | None,
    typer.Option("--revision", help="見たときの案件の版（cases show）。変わっていれば何もしません。", metavar="N"),
]
Name = Annotated[str | None, typer.Option("--name", help="氏名か部署。", metavar="NAME")]


@cases.command("withdraw")
def withdraw(
    key: Key,
    *,
    confirmed_with: Annotated[
        str, typer.Option("--confirmed-with", help="電話で確かめた相手（応募様式の担当者）。", metavar="NAME")
    ],
    how: Annotated[str, typer.Option("--how", help="確かめ方（例 3月17日 11時 電話）。", metavar="TEXT")],
    mail: Annotated[int | None, typer.Option("--mail", help="取下げを伝えたメールの番号。", metavar="ID")] = None,
    revision: Revision = None,
    user: As = None,
) -> None:
    """応募の取下げを記録します。担当者に電話で確かめたあとで行います。締切までは取り消せます。

    例
      mailflow cases withdraw R8-1-202053 --confirmed-with 山口様 --how "3月17日11時 電話" --mail 12
    """
    from mailflow.desk.cases import record_withdrawal

    case_id = found_case(key)
    done(
        record_withdrawal(
            session.store(), case_id, user=acting_user(user), now=session.clock().now(), confirmed_with=confirmed_with,
            how=how, mail_id=mail, revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\t取下げを記録しました")


@cases.command("restore")
def restore(key: Key, why: Why, revision: Revision = None, user: As = None) -> None:
    """取下げを取り消します。応募は、取り下げる前の状態に戻ります。公募の締切までです。

    例
      mailflow cases restore R8-1-202053 --why "取下げをやめるとの電話"
    """
    from mailflow.desk.cases import undo_withdrawal

    case_id = found_case(key)
    done(
        undo_withdrawal(
            session.store(), session.settings(), case_id, user=acting_user(user), now=session.clock().now(), why=why,
            revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\t取下げを取り消しました")


@cases.command("except")
def make_exception(
    key: Key,
    *,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="deadline（締切）か check:検査の名前。")],
    why: Why,
    consent: Annotated[
        str, typer.Option("--consent", help="総務省の了解（だれが、いつ、どうやって）。", metavar="TEXT")
    ],
    until: Annotated[
        str | None, typer.Option("--until", help="いつまで。締切の例外には要ります。", metavar="TIME")
    ] = None,
    revision: Revision = None,
    user: As = None,
) -> None:
    """1団体だけの例外を記録します。総務省の了解が要ります。すでに届いたメールは、判定し直します。

    例
      mailflow cases except R8-1-202053 deadline --until "2026-03-27 17:00" --why 大雪 --consent "3月26日 地域通信振興課 電話"
      mailflow cases except R8-1-202053 check:scope --why 対象と確認 --consent "3月20日 地域通信振興課 メール"
    """
    from mailflow.desk.cases import grant_exception

    case_id = found_case(key)
    result = done(
        grant_exception(
            session.store(), session.settings(), case_id, what=what,
            until=given_moment(until, "--until") if until else None, why=why, consent=consent, user=acting_user(user),
            now=session.clock().now(), revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\t例外 {result.id} を記録しました{again(result.mails)}")


@cases.command("end-exception")
def end_exception(
    exception: Annotated[int, typer.Argument(metavar="NUMBER", help="例外の番号（cases show にあります）。")],
    why: Why,
    user: As = None,
) -> None:
    """例外を終えます。これから判定するメールには、もう使いません。

    例
      mailflow cases end-exception 3 --why 期限を過ぎた
    """
    from mailflow.desk.cases import end_exception as end
    from mailflow.numbering import is_row

    if not is_row(exception):
        raise Failed(f"番号 {exception} の例外はありません。")
    done(end(session.store(), exception, why=why, user=acting_user(user), now=session.clock().now()))
    print(f"例外 {exception}\t終えました")


@cases.command("record")
def record(
    key: Key,
    *,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="項目の名前（form.yaml の key。例 contact_phone）。")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="聞き取った値。")],
    source: Source,
    revision: Revision = None,
    user: As = None,
) -> None:
    """言葉で届いた回答を、応募様式の項目の値として記録します。様式のファイルは変わりません。判定し直します。

    例
      mailflow cases record R8-1-202053 course A --source "メール 15"
      mailflow cases record R8-1-202053 contact_phone 0265-00-0000 --source "電話 3月17日 山口様"
    """
    from mailflow.desk.cases import record_value

    case_id = found_case(key)
    result = done(
        record_value(
            session.store(), session.settings(), case_id, field=field, value=value, source=source,
            user=acting_user(user), now=session.clock().now(), revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\t記録しました{again(result.mails)}")


@cases.command("as-written")
def as_written(
    key: Key,
    *,
    check: Annotated[str, typer.Argument(metavar="CHECK", help="確認をお願いした検査（例 weekly-hours）。")],
    source: Source,
    revision: Revision = None,
    user: As = None,
) -> None:
    """確認をお願いした点が「記入のとおり」と分かったことを記録します。

    例
      mailflow cases as-written R8-1-202053 weekly-hours --source "電話 3月17日 山口様"
    """
    from mailflow.desk.cases import record_as_written

    case_id = found_case(key)
    result = done(
        record_as_written(
            session.store(), case_id, check=check, source=source, user=acting_user(user), now=session.clock().now(),
            revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\t記録しました{again(result.mails)}")


@cases.command("contact")
def contact(
    key: Key,
    *,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="新しい連絡先。")],
    since: Annotated[str, typer.Option("--since", help="いつから。例 2026-04-01", metavar="DATE")],
    source: Source,
    instead_of: Annotated[
        str | None, typer.Option("--instead-of", help="代わる前の連絡先。", metavar="ADDRESS")
    ] = None,
    name: Name = None,
    revision: Revision = None,
    user: As = None,
) -> None:
    """担当者や連絡先の変更を記録します。前の連絡先も、期間とともに残ります。

    例
      mailflow cases contact R8-1-202053 suzuki@city.iida.lg.jp --name "鈴木 一郎" --since 2026-04-01 --source "メール 40"
    """
    from mailflow.desk.parties import change_contact

    case_id = found_case(key)
    done(
        change_contact(
            session.store(), case_id, address=address, name=name, since=given_moment(since, "--since"),
            instead_of=instead_of, source=source, user=acting_user(user), now=session.clock().now(), revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\t連絡先を記録しました")


@cases.command("party")
def party(
    key: Key,
    *,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="加える（外す）アドレス。")],
    why: Why,
    name: Name = None,
    drop: Annotated[bool, typer.Option("--drop", help="関係者から外します（承認者）。")] = False,
    revision: Revision = None,
    user: As = None,
) -> None:
    """その案件の手紙を受け取り、案件に書けるアドレスを加えます（外します）。

    例
      mailflow cases party R8-1-202053 kikaku@city.iida.lg.jp --why "市の代表電話で確認"
    """
    from mailflow.desk.parties import add_party, drop_party

    case_id, actor, now = found_case(key), acting_user(user), session.clock().now()
    if drop:
        done(drop_party(session.store(), case_id, address=address, why=why, user=actor, now=now, revision=revision))
    else:
        done(
            add_party(
                session.store(), case_id, address=address, name=name, why=why, user=actor, now=now, revision=revision
            )
        )
    print(f"{key}\t{address} を関係者{'から外しました' if drop else 'に加えました'}")


@cases.command("note")
def note(
    key: Key,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="メモ。開示請求で読まれることがあります。")],
    user: As = None,
) -> None:
    """電話の記録やメモを残します。いつか読まれるものとして書いてください（情報公開の対象です）。

    例
      mailflow cases note R8-1-202053 "3月17日 山口様に電話。様式を送り直すとのこと"
    """
    from mailflow.desk.cases import add_note

    done(add_note(session.store(), found_case(key), text=text, user=acting_user(user), now=session.clock().now()))
    print(f"{key}\tメモを残しました")


@cases.command("form-notice")
def form_notice(
    since: Annotated[str, typer.Option("--since", help="新しい様式の日付。例 2026-03-10", metavar="DATE")],
    change: Annotated[list[str], typer.Option("--change", help="変わったところ（いくつでも）。", metavar="TEXT")],
    old_refused: Annotated[
        bool, typer.Option("--old-refused", help="前の様式を受け付けず、出し直しをお願いします。")
    ] = False,
    user: As = None,
) -> None:
    """応募様式が差し替えられたことを、それまでに連絡のあった団体に1通ずつ知らせる案を作ります。承認してから出ます。

    例
      mailflow cases form-notice --since 2026-03-10 --change "コースの選択肢を改めました"
    """
    from mailflow.console.reading import Reader
    from mailflow.desk.notices import notice_form_corrected

    settings = session.settings()
    reader = Reader(settings)
    try:
        result = done(
            notice_form_corrected(
                session.store(), settings, since=given_moment(since, "--since").date(), changes=change,
                old_accepted=not old_refused, user=acting_user(user), now=session.clock().now(), read=reader.read,
            )
        )  # fmt: skip
    finally:
        reader.close()
    print(f"{len(result.drafts)}通の案を作りました。drafts list で確かめて承認してください。")
    for one in result.left_out:
        print(f"案件 {one.case_id}\t{one.because}")


@cases.command("deadline-notice")
def deadline_notice(user: As = None) -> None:
    """地域の締切が変わったこと（mailflow.yaml の extensions）を、その地域から連絡のあった団体に1通ずつ知らせる案を作ります。

    承認してから出ます。もう知らせた団体には作りません。

    例
      mailflow cases deadline-notice
    """
    from mailflow.console.reading import Reader
    from mailflow.desk.notices import notice_deadline_moved

    settings = session.settings()
    reader = Reader(settings)
    try:
        result = done(
            notice_deadline_moved(
                session.store(), settings, user=acting_user(user), now=session.clock().now(), read=reader.read
            )
        )
    finally:
        reader.close()
    print(f"{len(result.drafts)}通の案を作りました。drafts list で確かめて承認してください。")
    for one in result.left_out:
        print(f"案件 {one.case_id}\t{one.because}")
