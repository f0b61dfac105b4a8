"""`mailflow drafts`: letters that wait for a person, and those that left, to look at (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import address_document, iso, print_json, shown_addresses, shown_time, table
from mailflow.words import APPROVALS, letter_name

if TYPE_CHECKING:
    from mailflow.store.drafts import DraftLine, DraftView

HIDDEN = "隠したメールへの手紙のため、文面を表示していません（drafts show --hidden）。"

drafts = Family(help="返信の案を見る、承認する、却下する。")
app.add_typer(drafts, name="drafts")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]
Ids = Annotated[list[int] | None, typer.Argument(metavar="ID…", help="返信の案の番号（drafts list にあります）。")]
One = Annotated[int, typer.Argument(metavar="ID", help="返信の案の番号（drafts list にあります）。")]


class State(str, Enum):  # noqa: UP042  (the words stand in the help)
    """A draft's state, then that of its outgoing mail (DESIGN §9)."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    STALE = "stale"
    EXPIRED = "expired"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"


STATES = {
    "waiting": "承認待ち",
    "approved": "承認済み",
    "rejected": "却下",
    "superseded": "新しい案に置きかえ",
    "stale": "人が選びます",
    "expired": "期限切れ",
    "sending": "送信中",
    "sent": "送信済み",
    "retry": "送り直します",
    "failed": "送れません",
    "uncertain": "送れたか不明",
    "dropped": "送りません",
}


@drafts.command("list")
def listing(
    as_json: Json = False,
    state: Annotated[
        State | None,
        typer.Option("--state", help="この状態のものだけ（waiting・approved・sent・stale など）。", metavar="STATE"),
    ] = None,
) -> None:
    """返信の案を一覧します。

    例
      mailflow drafts list
      mailflow drafts list --state waiting
      mailflow drafts list --json
    """
    found = session.store().drafts(states=[state.value] if state else None)
    if as_json:
        for one in found:
            print_json(document(one))
        return
    table(
        None,
        ("番号", "状態", "手紙", "承認", "団体", "宛先", "件名", "いつまで"),
        [
            (
                one.id,
                STATES.get(one.state, one.state)
                + ("（先に人が見ます）" if one.review and one.state == "waiting" else ""),
                letter_name(one.template),
                shown_approval(one),
                one.organization,
                shown_addresses(one.to),
                one.subject,
                shown_time(one.valid_until),
            )
            for one in found
        ],
        empty="返信の案はありません。",
        spare=("宛先", "手紙", "承認"),
    )


def shown_approval(one: DraftLine) -> str:
    said = APPROVALS[one.approval.value]
    if one.approvals:
        said += f"（{'、'.join(one.approvals)}）"
    if one.consent_required:
        said += "・了解あり" if one.consent_given else "・総務省の了解が要ります"
    return said


def document(one: DraftLine) -> dict[str, Any]:
    return {
        "id": one.id,
        "in_reply_to": one.in_reply_to,
        "template": one.template,
        "approval": one.approval.value,
        "state": one.state,
        "to": [address_document(address) for address in one.to],
        "subject": one.subject,
        "case": one.case_id,
        "case_number": one.case_number,
        "organization": one.organization,
        "mail": one.mail_id,
        "review": one.review,
        "consent": one.consent_required,
        "consent_given": one.consent_given,
        "approvals": list(one.approvals),
        "reason": one.reason,
        "hash": one.content_sha256,
        "not_before": iso(one.not_before),
        "valid_until": iso(one.valid_until),
    }


def found_draft(draft_id: int) -> DraftView:
    from mailflow.numbering import is_row

    found = session.store().draft(draft_id) if is_row(draft_id) else None
    if found is None:
        raise Failed(f"番号 {draft_id} の返信の案はありません。")
    return found


def found_drafts(ids: Iterable[int]) -> list[DraftView]:
    """All of them, or Failed before anything is done to one."""
    return [found_draft(draft_id) for draft_id in dict.fromkeys(ids)]


@drafts.command("show")
def show(
    draft_id: One,
    as_json: Json = False,
    hidden: Annotated[
        bool,
        typer.Option("--hidden", help="隠したメールへの手紙の文面も見せます（承認者。見たことが記録に残ります）。"),
    ] = False,
    user: As = None,
) -> None:
    """1つの返信の案を、宛先・添付・指摘とともに表示します。承認の前に見るものです。誤送信などで隠したメールへの手紙は、文面を見せません。

    表示される内容のハッシュを drafts approve --hash に渡すと、見たものだけを承認できます。

    例
      mailflow drafts show 3
    """
    from mailflow.cli import documents
    from mailflow.desk.mails import look_at_hidden

    found = found_draft(draft_id)
    shut = bool(found.hidden) and not hidden
    for one in found.hidden if hidden else ():
        done(look_at_hidden(session.store(), one, user=acting_user(user)))
    if not found.hidden or shut:
        found = _in_sight(found)
    line, draft = found.line, found.draft
    if as_json:
        print_json(
            {
                **document(line),
                **documents.draft(draft),
                "hidden": shut,
                "warnings": list(found.warnings),
                "acknowledges": list(found.acknowledges),
            }
        )
        return
    rows = [
        ("状態", STATES.get(line.state, line.state)),
        *([("お知らせ", line.reason)] if line.state == "waiting" and line.reason else []),
        ("団体", line.organization),
        ("案件", f"{line.case_id}（{line.case_number}）"),
        ("宛先", shown_addresses(draft.to)),
        ("写し", shown_addresses(draft.cc)),
        (
            "添付",
            "\n".join(f"{one.filename}（{one.size:,} バイト、{shown_origin(one.origin)}）" for one in draft.parts),
        ),
        ("承認", shown_approval(line)),
        ("先に人が見る", "はい（--all では承認されません）" if line.review else None),
        ("出せる時刻", shown_time(draft.not_before)),
        ("いつまで", shown_time(draft.valid_until)),
        ("注意", "\n".join(found.warnings)),
        ("お返事するメール", line.mail_id),
        ("ハッシュ", line.content_sha256),
    ]
    table(f"返信の案 {draft_id}　{letter_name(line.template)}", ("項目", "内容"), [row for row in rows if row[1]])
    if shut:
        print(HIDDEN)
        return
    if draft.findings:
        documents.findings_table(draft.findings)
    documents.letter(draft.subject, draft.text)


def _in_sight(found: DraftView) -> DraftView:
    """The letter without what was sent by mistake: its own words where it speaks of such a mail, the names of such files in any."""
    from dataclasses import replace

    from mailflow.store.drafts import in_sight
    from mailflow.store.hidden import HIDDEN_FILE
    from mailflow.store.queue import hidden_files

    hidden = hidden_files(session.store(), found.line.case_id, [part.sha256 for part in found.draft.parts])
    parts = tuple(replace(one, filename=HIDDEN_FILE) if one.sha256 in hidden else one for one in found.draft.parts)
    return in_sight(replace(found, draft=replace(found.draft, parts=parts)))


def shown_origin(origin: str) -> str:
    kind = origin.partition(":")[0]
    return {
        "public": "公開のファイル",
        "case": "この案件のファイル",
        "derived": "この案件のファイルから作ったもの",
    }.get(kind, kind)
