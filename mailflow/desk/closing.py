"""The closing list of a round: composed, written as a new revision, signed line by line; tasks (DESIGN §8 "Closing").

In: the store, the round, the statement of `reconcile`. A list is never overwritten: another content is another revision,
with its reason. Times are told to the second, Asia/Tokyo. What came in time is told by the close of each body's area.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.clock import Clock, tokyo
from mailflow.codec import clean_text
from mailflow.desk.reconciliation import Statement
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.intake.deadlines import in_time
from mailflow.model import CaseState
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.arrivals import MailState
from mailflow.store.cases import CaseLine, applications
from mailflow.store.closings import (
    Closing,
    ReceivedApplication,
    Signature,
    add_closing,
    add_signature,
    end_task,
)
from mailflow.store.people import Role

# What may differ without the list saying anything else.
_NO_SUBSTANCE = ("made_at", "because", "audit_head", "reconciliation")


def compose(store: Store, settings: Settings, round_: Round, statement: Statement, *, because: str) -> dict[str, Any]:
    """What the list says at this moment."""
    later = [one.opens for one in settings.rounds if one.opens > round_.closes]
    received = store.received_applications(round_.opens, min(later) if later else None)
    timely = [one for one in received if _came_in_time(one, round_)]
    late = [one for one in received if not _came_in_time(one, round_)]
    cases = [one for one in applications(store) if one.round_id == round_.id]
    states = statement.states
    open_mails = {
        "failed": states.get(f"mail.{MailState.FAILED}", 0),
        "unfetchable": len(store.unfetchable()),
        "unjudged": states.get(f"mail.{MailState.NEW}", 0),
    }
    return {
        "round": round_.id,
        "name": round_.name,
        "closes": _told(round_.closes),
        "closes_inclusive": round_.closes_inclusive,
        "extensions": [{"areas": list(one.areas), "until": _told(one.until)} for one in round_.extensions],
        "made_at": _told(statement.at),
        "because": because,
        "counts": {
            "applications": len(cases),
            **{state.value: sum(one.state is state for one in cases) for state in CaseState},
            "mails_in_time": len(timely),
            "mails_late": len(late),
            **open_mails,
        },
        "last_in_time": _mail(timely[-1]) if timely else None,
        "first_late": _mail(late[0]) if late else None,
        "applications": [_case(one) for one in cases],
        "mails": [_mail(one) for one in timely],
        "late": [_mail(one) for one in late],
        "reconciliation": {
            "balanced": statement.balanced,
            "problems": [one.what for one in statement.problems],
        },
        "config": settings.hash,
        "audit_head": str(store.seal()),
        "lines": lines(open_mails),
    }


def lines(open_mails: dict[str, int]) -> list[dict[str, str]]:
    """What a person signs, each by itself."""
    found = [
        ("quarantine", "検疫（メールの隔離）の画面を開き、締切までに届いた応募が残っていないことを確かめました。"),
        ("junk", "迷惑メールのフォルダーに、応募が残っていないことを確かめました。"),
        ("edge", "締切の直前と直後のメールの時刻を、メールサーバーの記録と照らし合わせました。"),
        ("phone", "「送った」と電話があった団体のメールが、すべて一覧にあることを確かめました。"),
    ]
    stuck = open_mails["failed"] + open_mails["unfetchable"] + open_mails["unjudged"]
    if stuck:
        found.append(("unread", f"処理できない・取り込めない・判定待ちのメール{stuck}通を、人が読みました。"))
    return [{"key": key, "text": text} for key, text in found]


def close(
    store: Store, settings: Settings, round_: Round, statement: Statement, clock: Clock, *, because: str, actor: str
) -> Closing | None:
    """Write a new revision; None where it would say what the newest one says. What is incomplete becomes a task of people as soon as
    the close of its area is over."""
    content = compose(store, settings, round_, statement, because=because)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    with store.write() as db:
        open_cases = [
            (one.id, _task(one))
            for one in applications(store)
            if one.round_id == round_.id
            and one.state is CaseState.INCOMPLETE
            and not _still_open(one, round_, clock.now())
        ]
        store.add_tasks(db, open_cases, kind=f"incomplete {round_.id}", at=clock.now())
        newest = store.closing(round_.id)
        if newest is not None and _substance(json.loads(newest.content)) == _substance(content):
            return None
        revision = add_closing(
            db,
            round_id=round_.id,
            made_at=clock.now(),
            because=because,
            content=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            actor=actor,
        )
    return store.closing(round_.id, revision)


def sign(
    store: Store, round_id: str, line: str, *, user: str, at: datetime, remark: str | None = None
) -> Done | Refused:
    """Put a name under a line of the newest revision."""

    def do(db: sa.Connection) -> Done:
        newest = store.closing(round_id)
        if newest is None:
            raise RefusedError(f"公募回 {round_id} の締切一覧は、まだありません", "unknown")
        keys = [one["key"] for one in json.loads(newest.content)["lines"]]
        if line not in keys:
            raise RefusedError(f"「{line}」という行はありません。あるのは {'、'.join(keys)} です", "unknown")
        for one in newest.signatures:
            if one.line == line:
                raise RefusedError(f"この行には、もう{one.by}さんの署名があります")
        said = clean_text(remark)[:1000] if remark else None
        add_signature(db, newest, Signature(line=line, by=user, at=at, remark=said))
        return Done()

    try:
        return act(store, user, Role.STAFF, do)
    except sa.exc.IntegrityError:  # somebody else was first
        return Refused("この行には、もうほかの人の署名があります")


def finish_task(store: Store, task_id: int, *, user: str, how: str, at: datetime) -> Done | Refused:
    """Say that a task is done, and how."""

    def do(db: sa.Connection) -> Done:
        if not how.strip():
            raise RefusedError("どうしたかを書いてください")
        if not end_task(db, task_id, by=user, how=clean_text(how)[:1000], at=at):
            raise RefusedError(f"番号 {task_id} の、済んでいない仕事はありません", "unknown")
        return Done()

    return act(store, user, Role.STAFF, do)


def _came_in_time(one: ReceivedApplication, round_: Round) -> bool:
    """To the second, as the server tells it (DESIGN §4 "Clocks")."""
    return in_time(one.received_at, round_.of(one.body).closes, inclusive=round_.closes_inclusive)


def _still_open(case: CaseLine, round_: Round, now: datetime) -> bool:
    """The close of its area is later than the usual one, and not yet over."""
    later = round_.extended(case.organization)
    return later is not None and in_time(now, later.until, inclusive=round_.closes_inclusive)


def _task(case: CaseLine) -> str:
    left = f"残っている修正：{'、'.join(case.open_fix)}" if case.open_fix else "有効な応募様式がありません"
    return f"締切のときに、そろっていませんでした（{left}）。扱いを決めてください"


def _case(case: CaseLine) -> dict[str, Any]:
    return {
        "number": case.number,
        "code": case.organization.code,
        "organization": case.organization.full_name,
        "state": case.state.value,
        "version": case.version,
        "received_at": _told(case.received_at),
        "filename": case.filename,
        "open_fix": list(case.open_fix),
    }


def _mail(one: ReceivedApplication) -> dict[str, Any]:
    return {
        "mail": one.mail_id,
        "received_at": _told(one.received_at),
        "organization": one.organization,
        "number": one.case_number,
        "version": one.number,
        "counted": one.counted,
        "claim": one.claim,
        "raw_sha256": one.raw_sha256,
        "form_sha256": one.form_sha256,
    }


def _substance(content: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in content.items() if key not in _NO_SUBSTANCE}
    return kept | {"balanced": content["reconciliation"]["balanced"]}


def _told(at: datetime) -> str:
    return tokyo(at).isoformat(timespec="seconds")
