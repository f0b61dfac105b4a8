"""`purge`: one person asks, another one does it (DESIGN §8.5). Refused while a letter of the case is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.desk.refusal import Refused, RefusedError, act
from mailflow.store import Store
from mailflow.store.people import Role, person_key
from mailflow.store.purging_mails import booked_by, going
from mailflow.store.purging_scope import apart_of, in_flight, in_flight_of, letters_going
from mailflow.store.quoting import quoting


@dataclass(frozen=True, slots=True)
class Asked:
    """`id`: what the second person confirms. `mails`: how many that are of no case. `hidden`: hidden mails of cases that stay.
    `quoted_in`: mails that quote those, or letters about them, and would stay as they are."""

    id: int
    cases: tuple[str, ...]
    mails: int
    hidden: tuple[int, ...] = ()
    quoted_in: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Purged:
    """`sha256`: of the certificate."""

    id: int
    sha256: str


def ask_purge(
    store: Store,
    numbers: Sequence[str],
    *,
    why: str,
    user: str,
    at: datetime,
    round_id: str | None = None,
    caseless_before: datetime | None = None,
    hidden: Sequence[int] = (),
) -> Asked | Refused:
    """Ask that the contents of these cases (or of a whole round), and of the mails of no case that came before a moment, be
    deleted. `hidden`: hidden mails that go alone, out of cases that stay. Nothing is deleted yet."""

    def do(db: sa.Connection) -> Asked:
        if not why.strip():
            raise RefusedError("消去する理由を書いてください")
        wanted = [*numbers, *(store.numbers_of_round(db, round_id) if round_id else ())]
        wanted = list(dict.fromkeys(wanted))
        mails = store.caseless_mails(db, before=caseless_before) if caseless_before is not None else []
        unread = store.unread_places(db, caseless_before) if caseless_before is not None else []
        alone = list(dict.fromkeys(hidden))
        if alone and (wanted or mails or unread):
            raise RefusedError("メールだけの消去は、案件の消去とは別に申し出てください")
        if not wanted and not mails and not unread and not alone:
            raise RefusedError("消去する案件もメールもありません", "unknown")
        _cases(store, db, wanted)
        _hidden(db, alone)
        made = store.ask_purge(
            db, wanted, mails, unread=unread, hidden=alone, why=clean_text(why)[:1000], by=user, at=at
        )
        quoted_in = tuple(quoting(db, alone, letters_going(db, apart_of(going(db, alone)), alone)[0]))
        return Asked(made, tuple(wanted), len(mails) + len(unread), tuple(alone), quoted_in)

    return act(store, user, Role.ADMIN, do)


def confirm_purge(store: Store, purge_id: int, *, user: str, at: datetime) -> Purged | Refused:
    """Delete what another person asked for, and write the certificate. It can't be undone."""

    def do(db: sa.Connection) -> Purged:
        line = next((one for one in store.purges() if one.id == purge_id), None)
        if line is None or line.done_at is not None:
            raise RefusedError(f"番号 {purge_id} の、済んでいない消去の申し出はありません", "unknown")
        if person_key(line.asked_by) == person_key(user):
            raise RefusedError("消去には2人が要ります。申し出た人とは別の管理者が確かめてください")
        cases = _cases(store, db, line.cases)
        _hidden(db, line.hidden)
        return Purged(purge_id, store.do_purge(db, line, cases, by=user, at=at))

    done = act(store, user, Role.ADMIN, do)
    if isinstance(done, Purged):
        store.compact()
    return done


def _cases(store: Store, db: sa.Connection, numbers: Sequence[str]) -> dict[str, int]:
    found = store.case_ids(db, numbers)
    missing = [one for one in numbers if one not in found]
    if missing:
        raise RefusedError(f"受付番号 {'、'.join(missing[:5])} の案件はありません", "unknown")
    if moving := in_flight(db, list(found.values())):
        raise RefusedError(f"送信の途中か判定待ちのものが{moving}件あります。済んでから消去してください")
    return found


def _hidden(db: sa.Connection, mail_ids: Sequence[int]) -> None:
    """Only what people (or a notice of a mistake) have hidden may go alone, and only at rest."""
    found = going(db, mail_ids)
    missing = sorted(set(mail_ids) - {one.mail_id for one in found})
    if missing:
        names = "、".join(map(str, missing[:5]))
        raise RefusedError(f"メール {names} は、隠したメールではありません。誤送信なら、先に隠してください", "unknown")
    if moving := in_flight_of(db, found):
        raise RefusedError(f"このメールの内容を書いた手紙が{moving}通、送信の途中です。済んでから消去してください")
    if booked_by(db, mail_ids):
        raise RefusedError("このメールで申し込まれた事前相談の予約があります。先に予約を取り消してください")
