"""The chain over the audit (DESIGN §8.5): `hash(n) = sha256(hash(n-1), row n)`, written by one sealer at a time.

Each seal is one transaction over rows that are committed: on PostgreSQL under an advisory lock, on SQLite as the only
writer. `verify` walks the chain from its beginning. What it can't see by itself is a tail cut off, rows and seals alike:
for that it is given a head (`SEQ:HASH`) that was written down elsewhere (digest, closing list, a backup's manifest).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import sqlalchemy as sa

from mailflow.store.audit import AUDIT
from mailflow.store.base import Base
from mailflow.store.errors import StoreError
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import AuditSealRow

SEAL = table_of(AuditSealRow)
BATCH = 5_000
FIRST = "0" * 64  # what the first row is chained to
SHOWN = 20  # problems that are told one by one
_LOCK_ID = 0x6D61696C7365616C  # "mailseal"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of the chain; `seq` 0 where nothing is sealed yet."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @classmethod
    def of(cls, text: str) -> Head:
        """Reads `SEQ:HASH`. Raises StoreError."""
        seq, _, digest = text.strip().partition(":")
        if not (seq.isascii() and seq.isdigit() and len(seq) < 16 and len(digest) == 64 and digest.isalnum()):
            raise StoreError("--head は 123:ab12… のように、番号とハッシュ（64字）を : でつないで書きます")
        return cls(int(seq), digest.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """`problems`: Japanese, one a line; none means that the chain holds. `unsealed`: rows that no seal covers yet.
    `against`: the head that was given, None without one (a cut tail can't be told then)."""

    head: Head
    rows: int
    unsealed: int
    problems: tuple[str, ...]
    against: Head | None = None


class Sealing(Base):
    def seal(self) -> Head:
        """Chain all committed rows that have no seal yet. Returns the head."""
        while True:
            with self.write() as db:
                if not self.is_sqlite:  # one sealer; another waits here and goes on from what this one wrote
                    db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_ID)))
                head = _head(db)
                rows = db.execute(_UNSEALED.limit(BATCH)).all()
                if not rows:
                    return head
                made: list[dict[str, object]] = []
                for row in rows:
                    head = Head(head.seq + 1, _link(head.hash, row))
                    made.append({"seq": head.seq, "audit_id": row.id, "hash": head.hash})
                db.execute(sa.insert(SEAL), made)

    def audit_head(self) -> Head:
        with self.read() as db:
            return _head(db)

    def verify_audit(self, against: Head | None = None) -> Verified:
        """Walk the whole chain. `against`: a head known from elsewhere."""
        problems: list[str] = []
        more = 0
        head, count, rows = Head(0, FIRST), 0, 0
        with self.read() as db:
            rows = int(db.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar_one())
            found_given = against is None or against.seq == 0
            for link in _links(db):
                count += 1
                for problem in _of_link(head, link):
                    if len(problems) < SHOWN:
                        problems.append(problem)
                    else:
                        more += 1
                head = Head(link.seq, link.hash)
                if against is not None and link.seq == against.seq:
                    found_given = True
                    if link.hash != against.hash:
                        problems.append(
                            f"控えの番号 {against.seq} のハッシュが違います。控えのあとに、記録が書きかえられています"
                        )
            unsealed = int(db.execute(sa.select(sa.func.count()).select_from(_UNSEALED.subquery())).scalar_one())
        if more:
            problems.append(f"ほかに{more}件あります")
        if not found_given and against is not None:
            problems.append(
                f"控えの番号 {against.seq} まで記録がありません（いまの最後は {head.seq}）。終わりが切り取られています"
            )
        return Verified(head=head, rows=rows, unsealed=unsealed, problems=tuple(problems), against=against)


_UNSEALED = (
    sa.select(AUDIT)
    .outerjoin(SEAL, SEAL.c.audit_id == AUDIT.c.id)
    .where(SEAL.c.seq.is_(None))
    .order_by(AUDIT.c.at, AUDIT.c.id)
)


def _head(db: sa.Connection) -> Head:
    row = db.execute(sa.select(SEAL.c.seq, SEAL.c.hash).order_by(SEAL.c.seq.desc()).limit(1)).one_or_none()
    return Head(0, FIRST) if row is None else Head(row.seq, row.hash)


def _link(before: str, row: Any) -> str:
    """The hash of a row after the one before it. JSON keeps the columns apart whatever they hold."""
    columns = [
        row.id, row.at.astimezone(UTC).isoformat(), row.actor, row.act, row.entity, row.entity_id, row.case_id, row.detail,
    ]  # fmt: skip
    return hashlib.sha256(f"{before}\n{json.dumps(columns, ensure_ascii=True)}".encode("ascii")).hexdigest()


def _links(db: sa.Connection) -> Iterator[Any]:
    """Every seal with its row (None where that is gone), by number; read in pieces."""
    query = (
        sa.select(SEAL.c.seq, SEAL.c.hash, SEAL.c.audit_id, AUDIT)
        .select_from(SEAL.outerjoin(AUDIT, AUDIT.c.id == SEAL.c.audit_id))
        .order_by(SEAL.c.seq)
    )
    after = 0
    while True:
        rows = db.execute(query.where(SEAL.c.seq > after).limit(BATCH)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].seq


def _of_link(before: Head, link: Any) -> Iterator[str]:
    if link.seq != before.seq + 1:
        gap = f"{before.seq + 1}" if link.seq == before.seq + 2 else f"{before.seq + 1}〜{link.seq - 1}"
        yield f"番号 {gap} の記録の封がありません"
    if link.id is None:
        yield f"番号 {link.seq} の記録（{link.audit_id}）がなくなっています"
    elif link.seq == before.seq + 1 and _link(before.hash, link) != link.hash:
        yield f"番号 {link.seq} の記録が書きかえられています（{link.act} {link.entity} {link.entity_id}）"
