"""Who acts at the command line, and what became of the act (docs/decisions: who the command line is)."""

from __future__ import annotations

import getpass
import re
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from mailflow.cli.app import NO, Failed, session

if TYPE_CHECKING:
    from mailflow.desk import Refused

T = TypeVar("T")
As = Annotated[
    str | None,
    typer.Option("--as", help="だれとして行うか（users にある名前。既定 この機械のユーザー）。", metavar="USER"),
]
_UNFIT = re.compile(r"[^\w.@ -]")


def acting_user(name: str | None) -> str:
    """The person whose name the audit will show: `--as`, who must be known, else who works at this machine.

    Who can run this command has the database anyway; so that one person's office works at once, that user is made
    known with every right on first use. Where the console knows the same name, its role holds.
    """
    from mailflow.desk import Refused, add_operator
    from mailflow.store.people import person_key

    if name is not None:
        known = {person_key(one.name): one.name for one in session.store().users() if not one.disabled}
        if person_key(name) not in known:
            raise Failed(
                f"{name} という利用者はいません。mailflow users list で確かめるか、users add で加えてください。"
            )
        return known[person_key(name)]
    found = operator()
    added = add_operator(session.store(), found, sys_now=session.clock().sys_now())
    if isinstance(added, Refused):
        raise Failed(f"{added.reason}。--as で名前を指定してください。")
    return found


def operator() -> str:
    """The name of the user of this machine, as a name that the desk takes."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for its user
        name = "operator"
    name = _UNFIT.sub("-", name).strip("_-. @")[:60]
    return name if name and name not in ("policy", "timer") else "operator"


def done(result: T | Refused) -> T:
    """What an act returned; one that was refused ends the command with its reason and exit 1."""
    from mailflow.desk import Refused

    if isinstance(result, Refused):
        raise Failed(f"{result.reason}。", NO)
    return result


def again(mails: tuple[int, ...]) -> str:
    """Which mails the worker judges once more, for the end of a line."""
    return f"（メール {'、'.join(map(str, mails))} を判定し直します）" if mails else ""
