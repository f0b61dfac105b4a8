"""`content_sha256`: what a person approves (DESIGN §5), as one hash.

It covers From, To, Cc, Subject, In-Reply-To, References, text, html and (name, type, sha256) of each part, in their
order. Pure. Two drafts with equal hashes would reach the reader as the same letter; Message-ID, Date, boundary and
transport encoding are not in it. The form is canonical JSON (fixed key order, no blanks, UTF-8), so the hash is the
same on every machine and version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from mailflow.model import Address, Draft, Part

FORM = 1  # a change of what is covered gets a new number: no old approval may fit a new form


def content_sha256(draft: Draft) -> str:
    """The hash of a draft's content, lower-case hex."""
    return hash_of(draft, ((part.filename, part.content_type, part.sha256) for part in draft.parts))


def hash_of(draft: Draft, parts: Iterable[tuple[str, str, str]]) -> str:
    """The same, with the parts given by (name, type, sha256): their bytes are not needed."""
    covered = [
        FORM,
        _address(draft.sender),
        [_address(one) for one in draft.to],
        [_address(one) for one in draft.cc],
        draft.subject,
        draft.in_reply_to,
        list(draft.references),
        draft.text,
        draft.html,
        [list(part) for part in parts],
    ]
    text = json.dumps(covered, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def part_sha256(part: Part) -> str:
    """The hash of a part's bytes, to hold against the one it states."""
    return hashlib.sha256(part.content).hexdigest()


def _address(one: Address) -> list[str | None]:
    return [one.name, one.address]
