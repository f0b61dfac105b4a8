"""The last word on whom a letter names: nobody but parties of its case (DESIGN §5, own-case lock).

Composing and the parties of a case follow one rule (`mailflow.recipients`), so nothing should ever be taken off here.
Where something is, the letter waits for a person with what was taken off said on it; a mail never fails by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.model import Address
from mailflow.recipients import mailable
from mailflow.store.case_read import Standing, parties_of
from mailflow.store.drafts import NewDraft

NOBODY = "このメールへの手紙は、送れる宛先がないため作っていません。"


def addressed(db: sa.Connection, case_id: int, new: NewDraft, correspondent: Address | None) -> NewDraft | None:
    """The letter to parties of its case only; None where nobody is left to write to.

    `correspondent`: who wrote; the letter is theirs where its own recipients are none of the case's."""
    draft = new.draft
    parties = parties_of(db, case_id)
    to, cc = _fitting(parties, draft.to), _fitting(parties, draft.cc)
    if to and (to, cc) == (draft.to, draft.cc):
        return new
    to = to or (_fitting(parties, (correspondent,)) if correspondent else ())
    if not to:
        return None
    cc = tuple(one for one in cc if one.key not in {each.key for each in to})
    gone = [one.address for one in (*draft.to, *draft.cc) if one not in (*to, *cc)]
    warnings = tuple(f"「{clean_text(one)}」は、この案件の関係者ではないため、宛先から外しました" for one in gone[:10])
    mended = replace(draft, to=to, cc=cc, review=True, warnings=(*draft.warnings, *warnings))
    return NewDraft.of(mended, config_hash=new.config_hash)


def _fitting(parties: Standing, wanted: Sequence[Address]) -> tuple[Address, ...]:
    return tuple(one for one in wanted if parties.may_read(one.key) and mailable(one.address))
