"""The keys of a case: who it is about, and the number people quote (DESIGN §4, §5). Pure.

Key = the code, else `name:` + folded prefecture and name, else `mail:` + content id. Number = round + code; for a body
without a code, or a mail of no body, round + a mark that tells nothing of how many applied.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from mailflow.model import Naming, Organization, Resolved

_SURE = (Resolved.EXACT, Resolved.VARIANT)
_BLANK = re.compile(r"\s")
_MARK = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: the mark is read aloud on the phone
MARK_LENGTH = 8
LARGEST_ROW = 2**31 - 1  # PostgreSQL's INTEGER
# 「NPO法人」 and 「（株）」 in the subject, 「特定非営利活動法人」 and 「株式会社」 in the form; folded.
_LEGAL_FORMS = {
    "npo法人": "特定非営利活動法人",
    "(特非)": "特定非営利活動法人",
    "(株)": "株式会社",
    "(有)": "有限会社",
    "(同)": "合同会社",
    "(一社)": "一般社団法人",
    "(公社)": "公益社団法人",
    "(一財)": "一般財団法人",
    "(公財)": "公益財団法人",
    "(社福)": "社会福祉法人",
    "(福)": "社会福祉法人",
    "(学)": "学校法人",
    "(地独)": "地方独立行政法人",
}
_SHORTENED = re.compile("|".join(map(re.escape, _LEGAL_FORMS)))
OF_MAIL = "mail:"  # what the key of a mail's own case begins with


def row_number(text: str) -> int | None:
    """The number of a row as somebody typed it or as it stands in an address. None for what can be none: ASCII digits only."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ROW))):
        return None
    return int(text) if is_row(int(text)) else None


def is_row(number: int) -> bool:
    """Whether a row can have this number at all: PostgreSQL refuses to look for what its type doesn't hold."""
    return 0 < number <= LARGEST_ROW


def case_key(organization: Organization) -> str | None:
    """The key of a body's case; None where no body was taken for sure (a suggestion is none)."""
    if organization.resolved not in _SURE:
        return None
    if organization.code:
        return organization.code
    if not organization.name:
        return None
    prefecture = organization.prefecture or ""
    own = organization.name.startswith(prefecture)  # 「鳥取県西部広域行政管理組合」: it begins with it by itself
    return "name:" + fold_name(organization.name if own else f"{prefecture}{organization.name}")


def mail_key(content_id: str) -> str:
    """The key of the case that a mail of no body has for itself."""
    return f"{OF_MAIL}{content_id}"


def case_number(round_id: str, key: str, secret: str = "") -> str:
    """「R8-1-202053」, or 「R8-1-K7Q2MZ4W」 where there is no code. The same key always has the same number.

    `secret`: of the database, so that nobody can tell a body from its mark; `try` has none.
    """
    if key.isdigit():
        return f"{round_id}-{key}"
    digest = hmac.new(secret.encode(), f"{round_id}\n{key}".encode(), hashlib.sha256).digest()
    return f"{round_id}-" + "".join(_MARK[byte % len(_MARK)] for byte in digest[:MARK_LENGTH])


def contradictory(naming: Naming) -> bool:
    """Form, subject and file name speak of different bodies: such a mail joins nothing by itself.

    The sender's domain isn't counted here: a prefecture writes for its towns; it only never makes that sender a party.
    """
    keys = {case_key(one) for one in (naming.form, naming.subject, naming.attachment)}
    return len(keys - {None}) > 1


def fold(text: str) -> str:
    """What two spellings of one name have in common: width, case and blanks don't count."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def fold_name(text: str) -> str:
    """`fold`, where how a legal form is shortened doesn't count either: 「NPO法人」「（株）」."""
    return _SHORTENED.sub(lambda match: _LEGAL_FORMS[match[0]], fold(text))
