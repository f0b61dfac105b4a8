"""Which failures of the database are the machine's and not one mail's, and what they are called in Japanese.

A full disk, a locked file, a lost connection pass: what was in hand is given back and tried again. All else that a
database says no to (a value it can't hold) is told of the mail or letter that brought it.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from mailflow.settings.problems import ConfigErrors
from mailflow.store.errors import StoreError

MACHINE = (OperationalError, InterfaceError, InternalError)

_WORDS = (
    (("full", "no space"), "ディスクがいっぱいで、データベースに書けません。空きができしだい続けます"),
    (("locked", "busy"), "データベースが使用中で、書けません。空きしだい続けます"),
    (("readonly", "read-only"), "データベースに書き込めません。ファイルとフォルダーの権限を確かめてください"),
    (("malformed", "not a database"), "データベースのファイルが壊れています。バックアップから戻してください"),
)


def words(error: BaseException) -> str:
    """One line for people; never a mail's content, which the message of a database error may hold."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, str):
        return reason
    if isinstance(error, DBAPIError):
        said = " ".join(str(error.orig).split())[:200]
        for signs, meaning in _WORDS:
            if any(sign in said.lower() for sign in signs):
                return meaning
        return f"データベースの誤りです（{said}）"
    if isinstance(error, ConfigErrors | StoreError):
        return str(error)[:500]
    return f"プログラムの誤りです（{type(error).__name__}: {' '.join(str(error).split())[:200]}）"
