"""One folder that serves for two things, and letters of ours that would come back into the mailbox that is read.

In: mailflow.yaml as a model. Out: Troubles at the place written later, each naming the other. INBOX is one folder however it
is spelled (RFC 3501 §5.1); all other names are as the server has them. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from mailflow.settings.models import MailflowFile
from mailflow.settings.problems import Path, Trouble

_FOLDERS: Path = ("mailbox", "folders")
_CLIENT: Path = ("approval", "mail_client")


def clashes(file: MailflowFile) -> Iterator[Trouble]:
    """What can't be together: folders first, then addresses."""
    yield from _folders(file)
    yield from _addresses(file)


def same_folder(name: str) -> str:
    """What two spellings of one folder have in common: `inbox/済み` is `INBOX/済み`."""
    plain = unicodedata.normalize("NFC", name).strip()
    return "INBOX" + plain[5:] if plain[:5].upper() == "INBOX" and plain[5:6] in ("", "/", ".") else plain


def _folders(file: MailflowFile) -> Iterator[Trouble]:
    taken: dict[str, str] = {}
    for path, name, use in _uses(file):
        here = same_folder(name)
        other = taken.setdefault(here, use)
        if other != use:
            yield Trouble(
                path, f"{name} は、{other}にも使うフォルダーです", f"{use}には、別のフォルダーを書いてください"
            )
        elif use in _WATCHED and (path, name) != _first(file, here):
            yield Trouble(path, f"{name} が2回書かれています", "どちらかを消してください")
    for path, name, use in _uses(file):
        if same_folder(name) == "INBOX" and use not in _WATCHED and "INBOX" not in _watched(file):
            yield Trouble(path, f"{name} は受信箱です。{use}には使えません", "INBOX のほかのフォルダーを書いてください")


_WATCHED = ("読むフォルダー（watch）", "迷惑メール（junk）")


def _uses(file: MailflowFile) -> Iterator[tuple[Path, str, str]]:
    folders, client = file.mailbox.folders, file.approval.mail_client
    for place, name in enumerate(folders.watch):
        yield (*_FOLDERS, "watch", place), name, _WATCHED[0]
    for place, name in enumerate(folders.junk):
        yield (*_FOLDERS, "junk", place), name, _WATCHED[1]
    yield (*_FOLDERS, "sent"), folders.sent, "送信済み（sent）"
    if folders.processed is not None:
        yield (*_FOLDERS, "processed"), folders.processed, "判定の済んだメールの移し先（processed）"
    if client is not None:
        yield (*_CLIENT, "waiting"), client.waiting, "メールソフトでの承認待ち（waiting）"
        yield (*_CLIENT, "approved"), client.approved, "メールソフトでの承認（approved）"
        yield (*_CLIENT, "rejected"), client.rejected, "メールソフトでの却下（rejected）"


def _watched(file: MailflowFile) -> set[str]:
    return {same_folder(name) for name in file.mailbox.folders.watch}


def _first(file: MailflowFile, folded: str) -> tuple[Path, str]:
    return next((path, name) for path, name, _ in _uses(file) if same_folder(name) == folded)


def own_addresses(file: MailflowFile) -> frozenset[str]:
    """The office's own address, and the log-in where that is one, case-folded: both end in the mailbox that is read."""
    user = file.mailbox.user
    return frozenset(one.casefold() for one in (file.programme.address, user) if one is not None and "@" in one)


def _addresses(file: MailflowFile) -> Iterator[Trouble]:
    own = own_addresses(file)
    for place, address in enumerate(file.alarm.to):
        if address.casefold() in own:
            yield Trouble(
                ("alarm", "to", place),
                "事務局の受信箱には送れません（読めなくなったことを、そこへは知らせられません）",
                "当番の携帯など、別の受信箱のアドレスを書いてください",
            )
    domain = file.programme.address.casefold().rpartition("@")[2]
    for place, address in enumerate(file.digest.to):
        if address.casefold() in own:
            yield Trouble(
                ("digest", "to", place),
                "事務局の受信箱には送れません（日報を、届いたメールとして読むことになります）",
                "担当者の自分のアドレスを書いてください",
            )
        elif address.casefold().rpartition("@")[2] != domain:
            yield Trouble(
                ("digest", "to", place),
                f"日報は、事務局のドメイン（{domain}）のアドレスにだけ送れます",
                "個人の携帯や、総務省・総合通信局のアドレスには送れません",
            )
