"""`mailflow applications`: the queue of applications, one of them, all of them as a table for people."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import Failed, app, session
from mailflow.cli.files import write
from mailflow.cli.help import Family
from mailflow.cli.outgoing import bounce_document, shown_bounce
from mailflow.cli.output import iso, organization_document, print_json, shown_time, table

if TYPE_CHECKING:
    from mailflow.cli.workbook import Value
    from mailflow.model import Verdict
    from mailflow.settings.settings import Settings
    from mailflow.store.cases import CaseLine

applications = Family(help="応募を一覧する、1件ずつ見る、表にする。")
app.add_typer(applications, name="applications")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]


class State(str, Enum):  # noqa: UP042  (the words stand in the help)
    """What an application's state may be."""

    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    LATE = "late"
    INELIGIBLE = "ineligible"
    WITHDRAWN = "withdrawn"
    SCREENING = "screening"
    DECIDED = "decided"
    NOTIFIED = "notified"


STATES = {
    "incomplete": "未完成",
    "complete": "そろっています",
    "late": "締切後",
    "ineligible": "対象外の疑い",
    "withdrawn": "取り下げ",
    "screening": "選定中",
    "decided": "決定",
    "notified": "通知済み",
}
STANDINGS = {"accepted": "当事者", "provisional": "当事者（仮）", "cc": "写しだけ", "displaced": "当事者ではない"}
StateOption = Annotated[
    State | None,
    typer.Option("--state", help="この状態のものだけ（incomplete・complete・late・withdrawn など）。", metavar="STATE"),
]


@applications.command("list")
def listing(as_json: Json = False, state: StateOption = None) -> None:
    """応募を一覧します。

    例
      mailflow applications list
      mailflow applications list --state complete --json
    """
    found = lines(state)
    if as_json:
        for one in found:
            print_json(document(one, session.settings()))
        return
    table(
        None,
        ("番号", "受付番号", "団体", "状態", "版", "届いた日時", "残っている修正"),
        [
            (
                one.id,
                one.number,
                one.organization.full_name or "分かりません",
                shown_state(one),
                shown_version(one),
                shown_time(one.received_at),
                "、".join(one.open_fix),
            )
            for one in found
        ],
        empty="応募はありません。",
        spare=("版",),
    )


def lines(state: State | None) -> list[CaseLine]:
    from mailflow.model import CaseState
    from mailflow.store.cases import applications as found

    return found(session.store(), state=CaseState(state.value) if state else None)


def shown_state(one: CaseLine) -> str:
    return STATES[one.state.value] + ("（先に人が見ます）" if one.review else "")


def shown_version(one: CaseLine) -> str:
    return f"{one.version or '－'}（全{one.versions}）"


def document(one: CaseLine, settings: Settings) -> dict[str, Any]:
    from mailflow.desk.exceptions import in_force

    return {
        "id": one.id,
        "organization": organization_document(one.organization),
        "state": one.state.value,
        "version": one.version,
        "number": one.number,
        "round": one.round_id,
        "versions": one.versions,
        "received_at": iso(one.received_at),
        "filename": one.filename,
        "open_fix": list(one.open_fix),
        "review": one.review,
        "exceptions": [
            {"what": x.what, "until": iso(x.until), "by": x.by, "why": x.why, "consent": x.consent}
            for x in in_force(one, settings)
        ],
    }


@applications.command("show")
def show(
    key: Annotated[str, typer.Argument(metavar="ID", help="番号か受付番号（例 R8-1-202053）。")], as_json: Json = False
) -> None:
    """1件の応募を、版・関係者・記入内容・指摘とともに表示します。

    例
      mailflow applications show 5
      mailflow applications show R8-1-202053
    """
    from mailflow.cli import documents
    from mailflow.desk.exceptions import in_force
    from mailflow.store.cases import application

    sheet = application(session.store(), key)
    if sheet is None:
        raise Failed(f"{key} という応募はありません。")
    line, form = sheet.line, sheet.verdict.understood.form if sheet.verdict else None
    findings = sheet.verdict.findings if sheet.verdict else ()
    returned = [one for one in session.store().bounces() if one.case_id == line.id]
    if as_json:
        print_json(
            {
                **document(line, session.settings()),
                "people": [
                    {"name": p.name, "address": p.address, "role": p.role, "standing": p.standing} for p in sheet.people
                ],
                "mails": list(sheet.mails),
                "claims": list(sheet.claims),
                "returned": [bounce_document(one) for one in returned],
                "form": documents.form_fields(form) if form else None,
                "findings": [documents.finding(one) for one in findings],
            }
        )
        return
    table(
        f"応募 {line.id}",
        ("項目", "内容"),
        [
            (name, value)
            for name, value in (
                ("受付番号", line.number),
                ("団体", line.organization.full_name),
                ("状態", shown_state(line)),
                ("有効な版", shown_version(line)),
                ("メール", "、".join(map(str, sheet.mails))),
                ("当事者以外のメール", "、".join(map(str, sheet.claims))),
                ("届かなかった手紙", "\n".join(shown_bounce(one) for one in returned)),
                (
                    "例外",
                    "\n".join(f"{x.what}（{x.by}：{x.why}）" for x in in_force(line, session.settings())),
                ),
            )
            if value
        ],
    )
    table(
        "版",
        ("版", "届いた日時", "ファイル", "有効", "残っている修正"),
        [
            (
                v.number,
                shown_time(v.received_at),
                v.filename,
                "○" if v.number == line.version else "",
                "、".join(v.open_fix),
            )
            for v in sheet.versions
        ],
    )
    table(
        "関係者",
        ("アドレス", "名前", "立場"),
        [(p.address, p.name, STANDINGS.get(p.standing, p.standing)) for p in sheet.people],
    )
    if form:
        filled = [
            (one.label, documents.shown_value(one.value), one.cell) for one in form.fields.values() if not one.empty
        ]
        table("記入内容", ("項目", "値", "セル"), filled)
    if findings:
        documents.findings_table(findings)


@applications.command("export")
def export(
    out: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="書き出す先。")], state: StateOption = None
) -> None:
    """応募を、1件1行の表（.xlsx）にします。記入内容と残っている指摘、例外も入ります。

    例
      mailflow applications export 応募一覧.xlsx
      mailflow applications export そろった応募.xlsx --state complete
    """
    from mailflow.cli.workbook import workbook
    from mailflow.model import CaseState
    from mailflow.store.cases import verdicts

    if out.suffix.lower() != ".xlsx":
        raise Failed(f"{out}: 名前の終わりを .xlsx にしてください。")
    settings = session.settings()
    found = verdicts(session.store(), state=CaseState(state.value) if state else None)
    fields = form_columns(settings)
    columns = [*FIXED, *fields.values()]
    write(out, workbook("応募一覧", columns, [export_row(line, verdict, fields, settings) for line, verdict in found]))
    print(f"{out} に {len(found)}件を書きました。")


FIXED = (
    "受付番号",
    "団体コード",
    "都道府県",
    "団体名",
    "状態",
    "有効な版",
    "届いた日時",
    "ファイル",
    "先に人が見る",
    "残っている指摘",
    "例外",
)


def form_columns(settings: Settings) -> dict[str, str]:
    """Key and heading of each field of the form, the newest edition's heading first; two alike get their key."""
    found: dict[str, str] = {}
    for spec in reversed(settings.form.forms):
        for section in spec.sections:
            for field in section.fields:
                found.setdefault(field.key, field.label)
    headings = [*FIXED, *found.values()]
    return {key: f"{label}（{key}）" if headings.count(label) > 1 else label for key, label in found.items()}


def export_row(line: CaseLine, verdict: Verdict | None, fields: dict[str, str], settings: Settings) -> list[Value]:
    from mailflow.desk.exceptions import in_force
    from mailflow.model import HOLDING

    form = verdict.understood.form if verdict else None
    held = [f"{one.where}：{one.message}" for one in verdict.findings if one.severity in HOLDING] if verdict else []
    row: list[Value] = [
        line.number,
        line.organization.code,
        line.organization.prefecture,
        line.organization.full_name,
        STATES[line.state.value],
        line.version,
        line.received_at,
        line.filename,
        "はい" if line.review else None,
        "\n".join(held) or None,
        "\n".join(
            f"{x.what}（{x.by}：{x.why}{f'、了解 {x.consent}' if x.consent else ''}）" for x in in_force(line, settings)
        )
        or None,
    ]
    for key in fields:
        value = form.value(key) if form else None
        raw = form.fields[key].raw if form and key in form.fields else None
        row.append("、".join(value) if isinstance(value, tuple) else value if value is not None else raw)
    return row
