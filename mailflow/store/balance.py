"""Whether the database agrees with itself: what `reconcile` says of all but the mailbox (DESIGN §8 "Reconciliation").

Reads only. Each query names rows that can't come about by our own code: a row that somebody (or a broken disk, a half
restore) took away, or a second one. Out: `Imbalance`s, Japanese words for people, a code for programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from mailflow.store.addressing import NOBODY
from mailflow.store.again import OVERTAKEN
from mailflow.store.arrivals import BLOB, MAIL, PLACE, MailState
from mailflow.store.audit import AUDIT
from mailflow.store.base import Base
from mailflow.store.commit_letters import JUDGED_LATE
from mailflow.store.hidden import SUBJECT
from mailflow.store.known import DRAFT_MAIL, OUTGOING_PARTY
from mailflow.store.mails import AGAIN, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, D, O
from mailflow.store.tables import NoteRow, VersionRow, table_of
from mailflow.store.unfetchable import PURGED

NOTE, VERSION = table_of(NoteRow), table_of(VersionRow)
SHOWN = 10  # of one kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Imbalance:
    """`kind`: for programs; `what`: one Japanese sentence."""

    kind: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceState:
    """What the database says of one UID. `mail_id` None: it couldn't be fetched. `arrived_at`: system time."""

    uid: int
    mail_id: int | None
    state: MailState | None
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLetter:
    id: int
    message_id: str
    sent_at: datetime
    filed_at: datetime | None
    subject: str


class Balance(Base):
    def imbalances(self) -> list[Imbalance]:
        """Everything in the database that doesn't go together."""
        found: list[Imbalance] = []
        with self.read() as db:
            for kind, query, words in _QUERIES:
                ids = list(db.execute(query.limit(SHOWN + 1)).scalars())
                found += _told(kind, ids, words)
            found += _dangling(db)
        return found

    def judged_uids(self, mailbox: str, folder: str, uidvalidity: int) -> set[int]:
        """The UIDs of a folder whose mails have their verdict."""
        query = (
            sa.select(PLACE.c.uid)
            .select_from(PLACE.join(MAIL, MAIL.c.id == PLACE.c.mail_id))
            .where(
                PLACE.c.mailbox == mailbox, PLACE.c.folder == folder, PLACE.c.uidvalidity == uidvalidity,
                MAIL.c.state == MailState.JUDGED.value,
            )
        )  # fmt: skip
        with self.read() as db:
            return set(db.execute(query).scalars())

    def place_states(self, mailbox: str, folder: str, uidvalidity: int) -> dict[int, PlaceState]:
        """Every UID of a folder that has a row."""
        query = (
            sa.select(PLACE.c.uid, PLACE.c.mail_id, MAIL.c.state, MAIL.c.arrived_at)
            .select_from(PLACE.outerjoin(MAIL, MAIL.c.id == PLACE.c.mail_id))
            .where(PLACE.c.mailbox == mailbox, PLACE.c.folder == folder, PLACE.c.uidvalidity == uidvalidity)
        )
        with self.read() as db:
            return {
                row.uid: PlaceState(
                    uid=row.uid,
                    mail_id=row.mail_id,
                    state=MailState(row.state) if row.state else None,
                    arrived_at=row.arrived_at,
                )
                for row in db.execute(query)
            }

    def sent_letters(self) -> list[SentLetter]:
        """Every letter that a server has taken."""
        query = (
            sa.select(OUTGOING, SUBJECT)
            .select_from(OUTGOING.outerjoin(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id))
            .where(OUTGOING.c.state == O.SENT.value)
            .order_by(OUTGOING.c.id)
        )
        with self.read() as db:
            return [
                SentLetter(
                    id=row.id,
                    message_id=row.message_id or "",
                    sent_at=row.sent_at,
                    filed_at=row.filed_at,
                    subject=row.subject or "",
                )
                for row in db.execute(query)
                if row.sent_at is not None
            ]

    def letter_tokens(self) -> set[str]:
        """The X-Mailflow-Id of every letter that was ever made into bytes."""
        with self.read() as db:
            ids = db.execute(sa.select(OUTGOING.c.message_id).where(OUTGOING.c.message_id.is_not(None))).scalars()
            return {token_of(one) for one in ids}


def token_of(message_id: str) -> str:
    """The X-Mailflow-Id of a letter with this Message-ID of ours: `<TOKEN.mailflow@domain>`."""
    return message_id.strip("<>").partition(".mailflow@")[0]


def _told(kind: str, ids: Sequence[Any], words: str) -> Iterator[Imbalance]:
    for one in ids[:SHOWN]:
        yield Imbalance(kind=kind, what=words.format(one))
    if len(ids) > SHOWN:
        yield Imbalance(kind=kind, what=f"ほかにもあります：{words.format('…')}")


def _missing(entity: str, table: sa.Table, *but: str) -> Any:
    """Ids that the audit speaks of and the table doesn't know any more."""
    spoken = sa.select(AUDIT.c.entity_id).where(AUDIT.c.entity == entity).distinct()
    query = spoken.where(AUDIT.c.entity_id.not_in(sa.select(sa.cast(table.c.id, sa.String))))
    if but:
        gone = sa.select(AUDIT.c.entity_id).where(AUDIT.c.entity == entity, AUDIT.c.act.in_(but))
        query = query.where(AUDIT.c.entity_id.not_in(gone))
    return query.order_by(AUDIT.c.entity_id)


_AGAIN = sa.select(AGAIN.c.mail_id)
_HAS_VERDICT = sa.exists(sa.select(VERDICT.c.id).where(VERDICT.c.mail_id == MAIL.c.id))
_HAS_DRAFT = sa.exists(sa.select(DRAFT.c.id).where(DRAFT.c.mail_id == VERDICT.c.mail_id)) | sa.exists(
    sa.select(DRAFT_MAIL.c.draft_id).where(DRAFT_MAIL.c.mail_id == VERDICT.c.mail_id)
)
_EXPLAINED = sa.exists(
    sa.select(NOTE.c.id).where(NOTE.c.mail_id == VERDICT.c.mail_id, NOTE.c.text.in_([NOBODY, JUDGED_LATE, OVERTAKEN]))
)

_QUERIES: tuple[tuple[str, Any, str], ...] = (
    (
        "two-verdicts",
        sa.select(VERDICT.c.mail_id).group_by(VERDICT.c.mail_id).having(sa.func.count() > 1),
        "メール {} に判定が2つ以上あります",
    ),
    (
        "verdict-missing",
        sa.select(MAIL.c.id)
        .where(
            MAIL.c.state.in_([MailState.JUDGED.value, MailState.JUNK.value]),
            ~_HAS_VERDICT,
            sa.func.coalesce(MAIL.c.reason, "") != PURGED,
        )
        .order_by(MAIL.c.id),
        "メール {} は判定済みのはずですが、判定がありません",
    ),
    (
        "verdict-too-early",
        sa.select(MAIL.c.id)
        .where(
            MAIL.c.state.in_([MailState.NEW.value, MailState.FAILED.value, MailState.BEFORE_START.value]),
            _HAS_VERDICT,
            MAIL.c.id.not_in(_AGAIN),
        )
        .order_by(MAIL.c.id),
        "メール {} はまだ判定していないはずですが、判定があります",
    ),
    (
        "content-missing",
        sa.select(MAIL.c.id)
        .select_from(MAIL.outerjoin(BLOB, BLOB.c.sha256 == MAIL.c.raw_sha256))
        .where(
            MAIL.c.state != MailState.BEFORE_START.value,
            BLOB.c.sha256.is_(None),
            sa.func.coalesce(MAIL.c.reason, "") != PURGED,
        )
        .order_by(MAIL.c.id),
        "メール {} の中身がありません",
    ),
    (
        "place-missing",
        sa.select(MAIL.c.id)
        .where(~sa.exists(sa.select(PLACE.c.id).where(PLACE.c.mail_id == MAIL.c.id)))
        .order_by(MAIL.c.id),
        "メール {} が、どのフォルダーにあったかの記録がありません",
    ),
    ("mail-missing", _missing("mail", MAIL), "操作の記録にあるメール {} が、なくなっています"),
    (
        "version-missing",
        sa.select(VERDICT.c.mail_id)
        .where(
            VERDICT.c.actions.contains('"enqueue"'),
            VERDICT.c.claim.is_(False),
            VERDICT.c.before_start.is_(False),
            VERDICT.c.case_id.is_not(None),
            ~sa.exists(sa.select(VERSION.c.mail_id).where(VERSION.c.mail_id == VERDICT.c.mail_id)),
        )
        .order_by(VERDICT.c.mail_id),
        "メール {} の応募の版がありません",
    ),
    (
        "draft-missing",
        sa.select(VERDICT.c.mail_id).where(VERDICT.c.answerable, ~_HAS_DRAFT, ~_EXPLAINED).order_by(VERDICT.c.mail_id),
        "メール {} への手紙の案がありません",
    ),
    ("draft-missing", _missing("draft", DRAFT), "操作の記録にある手紙の案 {} が、なくなっています"),
    (
        "outgoing-missing",
        sa.select(DRAFT.c.id)
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(DRAFT.c.state == D.APPROVED.value, OUTGOING.c.id.is_(None))
        .order_by(DRAFT.c.id),
        "手紙の案 {} は承認済みですが、送る手紙がありません",
    ),
    (
        "outgoing-missing",
        _missing("outgoing", OUTGOING, "outgoing-dropped"),
        "操作の記録にある手紙 {} が、なくなっています",
    ),
    (
        "outgoing-without-draft",
        sa.select(OUTGOING.c.id)
        .select_from(OUTGOING.outerjoin(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id))
        .where(DRAFT.c.id.is_(None))
        .order_by(OUTGOING.c.id),
        "送る手紙 {} に、もとの案がありません",
    ),
    (
        "outgoing-not-approved",
        sa.select(OUTGOING.c.id)
        .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
        .where(OUTGOING.c.state != O.DROPPED.value, DRAFT.c.state != D.APPROVED.value)
        .order_by(OUTGOING.c.id),
        "送る手紙 {} のもとの案は、承認されていません",
    ),
    (
        "bytes-missing",
        sa.select(OUTGOING.c.id)
        .where(
            OUTGOING.c.state == O.SENT.value,
            OUTGOING.c.message_id.is_(None)
            | (OUTGOING.c.mime.is_(None) & (sa.func.coalesce(OUTGOING.c.answer, "") != PURGED)),
        )
        .order_by(OUTGOING.c.id),
        "送った手紙 {} の、送った内容がありません",
    ),
    (
        "recipient-missing",
        sa.select(OUTGOING.c.id)
        .where(
            OUTGOING.c.state != O.DROPPED.value,
            sa.func.coalesce(OUTGOING.c.answer, "") != PURGED,
            ~sa.exists(
                sa.select(OUTGOING_PARTY.c.address).where(
                    OUTGOING_PARTY.c.outgoing_id == OUTGOING.c.id, OUTGOING_PARTY.c.header == "to"
                )
            ),
        )
        .order_by(OUTGOING.c.id),
        "送る手紙 {} に宛先がありません",
    ),
)


def _dangling(db: sa.Connection) -> Iterator[Imbalance]:
    """Rows that point to a row which isn't there: the database itself refuses that, unless it was gone around."""
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            parent = key.referred_table.alias("parent")
            pairs = [(one.parent, parent.c[one.column.name]) for one in key.elements]
            query = (
                sa.select(sa.func.count())
                .select_from(table.outerjoin(parent, sa.and_(*(child == own for child, own in pairs))))
                .where(*(child.is_not(None) for child, _ in pairs), pairs[0][1].is_(None))
            )
            if count := db.execute(query).scalar_one():
                columns = "、".join(child.name for child, _ in pairs)
                yield Imbalance(
                    kind="dangling",
                    what=f"表 {table.name} の{count}行が、{key.referred_table.name} にない行を指しています（{columns}）",
                )
