"""`mailflow mails clear|correct|corrections|password|claim|answered|hide|unhide`: what people decide on one mail (DESIGN §4)."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from mailflow.cli.acting import As, acting_user, again, done
from mailflow.cli.app import Failed, session
from mailflow.cli.mails import found_mail, mails
from mailflow.cli.output import iso, print_json, shown_time, table

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]
MailId = Annotated[int, typer.Argument(metavar="ID", help="メールの番号（mailflow mails にあります）。")]
Why = Annotated[str, typer.Option("--why", help="わけ。記録に残り、開示の対象にもなります。", metavar="TEXT")]


class KindName(str, Enum):  # noqa: UP042  (the words stand in the help)
    """What a mail may be."""

    APPLICATION = "application"
    CONSULTATION = "consultation"
    PASSWORD = "password"  # noqa: S105
    INQUIRY = "inquiry"
    WITHDRAWAL = "withdrawal"
    MACHINE = "machine"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


@mails.command("clear")
def clear(
    mail_id: MailId,
    *,
    check: Annotated[str, typer.Argument(metavar="CHECK", help="検査の名前（mails show の指摘にあります）。")],
    why: Why,
    where: Annotated[str | None, typer.Option("--where", help="この場所の指摘だけ。", metavar="TEXT")] = None,
    up: Annotated[bool, typer.Option("--undo", help="外した指摘を戻します。")] = False,
    user: As = None,
) -> None:
    """人が確かめた指摘を外します。判定し直し、ほかに指摘がなければ応募の列に入ります。

    例
      mailflow mails clear 12 scope --why "庁舎内の整備を含まないと電話で確認"
      mailflow mails clear 12 scope --undo --why 総務省が対象外と判断
    """
    from mailflow.desk.mails import clear_finding

    found_mail(mail_id)
    result = done(
        clear_finding(
            session.store(), mail_id, check=check, why=why, user=acting_user(user), now=session.clock().now(),
            where=where, up=up,
        )
    )  # fmt: skip
    print(f"{mail_id}\t指摘を{'戻しました' if up else '外しました'}{again(result.mails)}")


@mails.command("correct")
def correct(
    mail_id: MailId,
    *,
    why: Why,
    kind: Annotated[
        KindName | None, typer.Option("--kind", help="正しい種類（application・inquiry など）。", metavar="KIND")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="正しい規則（rules.yaml の id）。", metavar="RULE")] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", help="正しい団体（名前か団体コード）。", metavar="NAME")
    ] = None,
    user: As = None,
) -> None:
    """種類や団体の判定を直します。直したことは、規則のテストの案として残ります（mails corrections）。

    例
      mailflow mails correct 12 --kind consultation --why 相談の資料だった
      mailflow mails correct 12 --organization 長野県飯田市 --why 電話で確認
    """
    from mailflow.desk.mails import correct_mail
    from mailflow.model import Kind

    found_mail(mail_id)
    result = done(
        correct_mail(
            session.store(), session.settings(), mail_id, why=why, user=acting_user(user), now=session.clock().now(),
            kind=Kind(kind.value) if kind else None, rule=rule, organization=organization,
        )
    )  # fmt: skip
    print(f"{mail_id}\t判定を直しました{again(result.mails)}")


@mails.command("corrections")
def corrections(
    as_yaml: Annotated[bool, typer.Option("--yaml", help="規則のテスト（config/tests/）の案として出します。")] = False,
    as_json: Json = False,
) -> None:
    """人が直した判定を一覧します。--yaml は、そのまま規則のテストの下書きになります。

    例
      mailflow mails corrections
      mailflow mails corrections --yaml > 下書き.yaml
    """
    from mailflow.store.corrections import corrections as found

    lines = found(session.store())
    if as_yaml:
        print(proposed_tests(), end="")
        return
    if as_json:
        for one in lines:
            print_json(
                {
                    "id": one.id, "mail": one.mail_id, "what": one.what, "was": one.was, "became": one.became,
                    "why": one.why, "by": one.by, "at": iso(one.at),
                }
            )  # fmt: skip
        return
    table(
        None,
        ("日時", "メール", "何を", "前", "あと", "わけ", "だれが"),
        [
            (
                shown_time(one.at),
                one.mail_id,
                {"rule": "規則", "organization": "団体"}.get(one.what, one.what),
                one.was,
                one.became,
                one.why,
                one.by,
            )
            for one in lines
        ],
        empty="人が直した判定はありません。",
    )


def proposed_tests() -> str:
    """The corrections as tests of the rules: the mail, its form, what it should have been."""
    from mailflow.codec import from_json
    from mailflow.mail import read_mail
    from mailflow.model import Verdict
    from mailflow.rehearsal.propose import Proposal
    from mailflow.rehearsal.propose import proposed_tests as written
    from mailflow.store.corrections import corrections as found
    from mailflow.store.judged import judged_mail

    store, settings = session.store(), session.settings()
    newest = {(one.mail_id, one.what): one for one in found(store)}
    proposals: list[Proposal] = []
    for mail_id in dict.fromkeys(one for one, _ in newest):
        stored, raw = judged_mail(store, mail_id), store.raw(mail_id)
        if raw is None:
            continue
        verdict = from_json(Verdict, stored.verdict) if stored is not None else None
        rule, body = newest.get((mail_id, "rule")), newest.get((mail_id, "organization"))
        named = settings.rules.rule(rule.became) if rule else None
        if verdict is None or (named is None and body is None):  # judged again at this moment, or the rule is gone
            continue
        proposals.append(
            Proposal(
                mail_id=mail_id,
                mail=read_mail(raw),
                received_at=verdict.received_at,
                why="、".join(one.why for (of, _), one in newest.items() if of == mail_id),
                form=verdict.understood.form,
                rule=named.id if named else None,
                kind=named.kind.value if named else None,
                organization=body.became if body else None,
            )
        )
    return written(proposals)


@mails.command("password")
def password(
    mail_id: MailId,
    source: Annotated[str, typer.Option("--source", help="だれから聞いたか。", metavar="TEXT")],
    user: As = None,
) -> None:
    """電話などで聞いたパスワードで、添付ファイルを開きます。パスワードは画面で入れます（標準入力からも読めます）。

    例
      mailflow mails password 12 --source "電話 山口様"
    """
    from mailflow.desk.mails import tell_password

    found_mail(mail_id)
    told = typer.prompt("パスワード", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    result = done(
        tell_password(
            session.store(), mail_id, password=told, source=source, user=acting_user(user), now=session.clock().now()
        )
    )
    print(f"{mail_id}\tパスワードを入れました{again(result.mails)}")


@mails.command("claim")
def claim(
    mail_id: MailId,
    why: Why,
    accept: Annotated[
        bool, typer.Option("--accept", help="差出人を関係者に加え、案件のメールとして判定します。")
    ] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="案件に加えません。")] = False,
    user: As = None,
) -> None:
    """当事者と確かめられていない差出人のメールを、案件に加えるかどうか決めます。

    例
      mailflow mails claim 12 --accept --why "市の代表電話で、担当の方と確認"
      mailflow mails claim 12 --refuse --why 心当たりがないとのこと
    """
    from mailflow.desk.holding import JudgedAgain
    from mailflow.desk.parties import settle_claim

    if accept == refuse:
        raise Failed("--accept か --refuse の、どちらか一方を書いてください。")
    found_mail(mail_id)
    result = done(
        settle_claim(
            session.store(), mail_id, accept=accept, why=why, user=acting_user(user), now=session.clock().now()
        )
    )
    said = again(result.mails) if isinstance(result, JudgedAgain) else ""
    print(f"{mail_id}\t案件に{'加えました' if accept else '加えないことにしました'}{said}")


@mails.command("answered")
def answered(
    mail_id: MailId,
    how: Annotated[str, typer.Option("--how", help="どう答えたか（総務省の回答など）。", metavar="TEXT")],
    user: As = None,
) -> None:
    """質問に答えたことを記録します。人の手を待つ一覧から外れます。総務省の回答は、次の質問のために残ります。

    例
      mailflow mails answered 12 --how "3月18日 地域通信振興課の回答：一部事務組合も対象"
    """
    from mailflow.desk.mails import mail_answered

    found_mail(mail_id)
    done(mail_answered(session.store(), mail_id, how=how, user=acting_user(user), now=session.clock().now()))
    print(f"{mail_id}\t答えたことを記録しました")


@mails.command("hide")
def hide(mail_id: MailId, why: Why, user: As = None) -> None:
    """メールの中身を承認者のほかに見せず、様式を数えず、手紙を止めます（誤送信など）。消しはしません。

    例
      mailflow mails hide 12 --why "住民の情報が入っているとの電話"
    """
    from mailflow.desk.mails import hide_mail

    found_mail(mail_id)
    hidden = done(hide_mail(session.store(), mail_id, why=why, user=acting_user(user), now=session.clock().now()))
    print(f"{mail_id}\t隠しました")
    if hidden.quoted_in:
        named = "、".join(f"#{one}" for one in hidden.quoted_in)
        print(f"引用しているメールがあります：{named}。あわせて隠しますか（mailflow mails hide 番号 --why わけ）")


@mails.command("unhide")
def unhide(mail_id: MailId, why: Why, user: As = None) -> None:
    """隠したメールを、もとに戻します（承認者）。判定し直します。

    例
      mailflow mails unhide 12 --why 誤送信ではなかった
    """
    from mailflow.desk.mails import show_mail_again

    found_mail(mail_id)
    result = done(show_mail_again(session.store(), mail_id, why=why, user=acting_user(user), now=session.clock().now()))
    print(f"{mail_id}\tもとに戻しました{again(result.mails)}")
