"""Letters approved in people's own mail client (DESIGN §5): 承認待ち, 承認, 却下.

    what waits ─▶ a copy in 承認待ち ─▶ a person moves it ─▶ read ─▶ approve | reject ─▶ the copy is taken away
                                                               └─▶ refused: a note with the reason, a new copy

Over the watch's own connection and in its name (its epoch is checked in each write), so one process does it. What was
moved is read in a process that can be killed; a mail that can't be read is refused like any other. Each step is done
before the row says so, and is found done after a crash in between: the copy by its token, the note by its mark. A copy is known by a token in X-Mailflow-Id, Message-ID and
References: clients give a mail that was edited another Message-ID, and some drop headers. Of the moved mail only subject
and plain text are taken. Whoever may write to these folders decides in the name of `approval.mail_client.user`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

import structlog

from mailflow.clock import Clock, tokyo
from mailflow.desk import Refused as Said
from mailflow.desk import approve, reject
from mailflow.desk.editing import edit
from mailflow.mailbox.errors import Refused
from mailflow.mailbox.imap import Imap
from mailflow.mailbox.listing import SentHeader
from mailflow.model import Approval, Mail
from mailflow.replies.mime import build_mime
from mailflow.replies.moved import as_typed, other_than, same_words
from mailflow.settings.mail_client import MailClient
from mailflow.settings.models import ApprovalPolicy
from mailflow.store import Store, audit, client_copies
from mailflow.store.client_copies import MARK, Copy, CopyState
from mailflow.store.drafts import DraftView, in_sight
from mailflow.store.errors import LostWatch
from mailflow.store.moves import D
from mailflow.store.watching import Watch
from mailflow.worker.sandbox import Sandbox, Spoiled
from mailflow.worker.trouble import MACHINE

log = structlog.get_logger()

MOST_AT_ONCE = 100  # copies a look, and decisions: the watch has mail to fetch
MOST_BYTES = 40_000_000
DRAFT_FLAG = b"\\Draft"  # clients let such a mail be edited
_TOKEN = re.compile(rf"\b({MARK}[0-9a-f]{{24}})\b")
NOTE = "note-"  # and the copy's token without its own mark: what a note is about
_DONE = (D.APPROVED, "sending", "retry", "sent", "uncertain")

Decide = Callable[[DraftView, Copy, Mail], str | None]


def tend_client_folders(
    store: Store,
    imap: Imap,
    approval: ApprovalPolicy,
    clock: Clock,
    *,
    capacities: Mapping[str, int],
    reader: Sandbox,
    watch: Watch | None,
) -> None:
    """One look at the three folders; nothing where they aren't configured. What the server refuses is logged and
    tried at the next look; a line that breaks is the watch's trouble (`Unreachable`), a watch that is another's by now
    LostWatch. `reader`: for this alone; its process ends with the look."""
    if approval.mail_client is None:
        return
    try:
        _Look(store, imap, approval.mail_client, approval, clock, capacities, reader, watch).go()
    except Refused as error:
        log.warning("folders of the mail client", reason=error.reason)
    finally:
        reader.close()


@dataclass(frozen=True)
class _Look:
    store: Store
    imap: Imap
    at: MailClient
    approval: ApprovalPolicy
    clock: Clock
    capacities: Mapping[str, int]  # of the consultation's hosts
    reader: Sandbox
    watch: Watch | None
    notes: set[str] = field(default_factory=set)  # the marks of those that lie in 承認待ち
    marked: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # copies by folder that are marked as gone

    def go(self) -> None:
        for folder in self.at.folders:
            self.imap.ensure(folder)
        # 承認待ち first: what is moved between two of these looks is seen twice, and never nowhere.
        waiting = self._copies_in(self.at.waiting)
        yes = self._copies_in(self.at.approved)
        no = self._copies_in(self.at.rejected)
        decided: list[tuple[str, str, list[int], Decide]] = [
            (token, self.at.approved, uids, _in_both if token in no else self._approve) for token, uids in yes.items()
        ]
        decided += [
            (token, self.at.rejected, uids, _in_both if token in yes else self._reject) for token, uids in no.items()
        ]
        left = MOST_AT_ONCE
        for token, folder, uids, decide in decided:
            try:
                left -= self._decide(token, folder, uids, decide)
            except Refused as error:  # by the server, of this one
                log.warning("folders of the mail client", folder=folder, reason=error.reason)
            if left <= 0:
                break
        self._take_out(waiting)
        self._sweep()
        self._put_in(waiting, {*yes, *no})

    def _copies_in(self, folder: str) -> dict[str, list[int]]:
        """A copy that a client marked as gone was taken back: it is no decision."""
        found: dict[str, list[int]] = {}
        for header in self.imap.sent_headers(folder):
            if header.mailflow_id.startswith(NOTE):
                self.notes.add(header.mailflow_id)
                continue
            token = token_of(header)
            if token is not None:
                there = self.marked.setdefault(folder, {}) if header.deleted else found
                there.setdefault(token, []).append(header.uid)
        return found

    # --- what people decided ------------------------------------------------------------------------------------------

    def _decide(self, token: str, folder: str, uids: list[int], decide: Decide) -> bool:
        """Whether there was something to do."""
        copy = client_copies.of(self.store, token)
        view = None if copy is None else self.store.draft(copy.draft_id)
        if copy is None or view is None:
            _tell_once(folder, token)
            return False
        if copy.state is not CopyState.SETTLED:
            mail = self._read(folder, uids[-1])
            if mail is None:
                return True  # it was moved on meanwhile
            reason = mail if isinstance(mail, str) else _decided(decide, view, copy, mail)
            outcome = ("approved" if folder == self.at.approved else "rejected") if reason is None else "refused"
            if reason is not None:
                self._note(view, copy, reason)
            self._settle(copy, view, outcome, folder)
        elif copy.outcome == "withdrawn":
            self._note(view, copy, "移されたときには、この返信案はもう古くなっていました。")
            self._settle(copy, view, "refused", folder)
        self.imap.remove(folder, uids)
        return True

    def _read(self, folder: str, uid: int) -> Mail | str | None:
        """The moved mail; why it isn't read; None where it is no longer there."""
        self.imap.select(folder, readonly=True)
        listed = self.imap.listed([uid])
        if listed and listed[0].size > MOST_BYTES:
            return "メールが大きくなりすぎています。添付は元のままにしてください。"
        fetched = self.imap.fetch([uid])
        if not fetched:
            return None
        try:
            return self.reader.read(fetched[0].raw)
        except Spoiled as error:
            return f"移されたメールを読めませんでした（{error.reason}）。事務局の画面で承認してください。"

    def _approve(self, view: DraftView, copy: Copy, mail: Mail) -> str | None:
        """Why it isn't approved, None where it is."""
        line, draft = view.line, view.draft
        if mail.subject is None or mail.text is None or "html-only" in mail.defects:
            return "件名かテキストの本文がありません。"
        subject, text = as_typed(mail.subject, draft.subject), as_typed(mail.text, draft.text)
        same = same_words(" ".join(subject.split()), " ".join(draft.subject.split())) and same_words(text, draft.text)
        if line.state in _DONE and same:
            return None  # said before the copy could be taken away
        if (why := other_than(draft, mail)) is not None:
            return why
        if view.hidden:
            return "隠したメールへの返信案です。事務局の画面でご覧ください。"
        if line.approval is not Approval.ONE or line.consent_required or line.review:
            return "1人の承認では送れない返信案です。事務局の画面でご覧ください。"
        sha256, user, now = line.content_sha256, self.at.user, self.clock.now()
        if not same:
            if copy.content_sha256 != sha256:
                return "書き直しているあいだに、返信案が新しくなりました。"
            edited = edit(self.store, line.id, user=user, subject=subject, text=text, base_sha256=sha256, now=now)
            if isinstance(edited, Said):
                return f"{edited.reason}。"
            sha256 = getattr(edited, "content_sha256", sha256)
        done = approve(
            self.store, line.id, user=user, content_sha256=sha256, now=now, sys_now=self.clock.sys_now(),
            undo=self.approval.undo,
        )  # fmt: skip
        return f"{done.reason}。" if isinstance(done, Said) else None

    def _reject(self, view: DraftView, _copy: Copy, _mail: Mail) -> str | None:
        if view.line.state == D.REJECTED:
            return None
        done = reject(
            self.store,
            view.line.id,
            capacities=self.capacities,
            user=self.at.user,
            reason="メールソフトで却下",
            now=self.clock.now(),
        )
        return f"{done.reason}。" if isinstance(done, Said) else None

    def _settle(self, copy: Copy, view: DraftView, outcome: str, folder: str) -> None:
        event = audit.Event(
            actor=self.at.user, act=f"mail-client-{outcome}", entity="draft", entity_id=copy.draft_id,
            case_id=view.line.case_id, detail={"folder": folder, "copy": copy.token},
        )  # fmt: skip
        client_copies.settle(
            self.store, copy.token, outcome, sys_now=self.clock.sys_now(), event=event, watch=self.watch
        )

    def _note(self, view: DraftView, copy: Copy, reason: str) -> None:
        """In 承認待ち, beside the new copy: nobody looks into a log for it. One that lies there already is enough."""
        mark = NOTE + copy.token.removeprefix(MARK)
        if mark in self.notes:
            return
        note = EmailMessage(policy=SMTP)
        note["From"] = note["To"] = view.draft.sender.address
        note["Subject"] = f"【処理できませんでした】{in_sight(view).draft.subject}"
        note["Date"] = format_datetime(tokyo(self.clock.now()))
        note["X-Mailflow-Id"] = mark
        note.set_content(
            f"メールソフトで移された返信案（{view.line.id}）を、処理できませんでした。\n\n　{reason}\n\n"
            "まだ承認を待っている返信案は、もう一度このフォルダーに入れます。\nこのお知らせは、読み終えたら消して構いません。\n"
        )
        self.imap.append(self.at.waiting, note.as_bytes(), self.clock.now(), flags=())
        log.warning("a letter moved in the mail client was refused", draft=view.line.id, reason=reason)

    # --- what waits ---------------------------------------------------------------------------------------------------

    def _take_out(self, waiting: Mapping[str, list[int]]) -> None:
        """Copies of letters that are others now, or that somebody decided on elsewhere; and what a client left behind."""
        client_copies.withdraw_outdated(self.store, sys_now=self.clock.sys_now(), watch=self.watch)
        gone = client_copies.settled_among(self.store, waiting.keys())
        self.imap.remove(self.at.waiting, [uid for token, uids in waiting.items() if token in gone for uid in uids])

    def _sweep(self) -> None:
        """Copies that were settled, and marked as gone when the line broke. Where a server can't expunge one by its UID they
        stay so."""
        if not self.marked or not self.imap.can("UIDPLUS"):
            return
        for folder, copies in self.marked.items():
            gone = client_copies.settled_among(self.store, copies.keys())
            self.imap.remove(folder, [uid for token, uids in copies.items() if token in gone for uid in uids])

    def _put_in(self, waiting: Mapping[str, list[int]], moved: set[str]) -> None:
        """Those of an earlier look that may be there or not, then new ones. A crash leaves them as such again."""
        half = client_copies.half_added(self.store)
        there = [copy.token for copy in half if copy.token in waiting or copy.token in moved]
        new = client_copies.to_show(self.store, MOST_AT_ONCE)
        added = client_copies.add(self.store, new, sys_now=self.clock.sys_now(), watch=self.watch)
        try:
            for copy in (*(one for one in half if one.token not in there), *added):
                if self._append(copy):
                    there.append(copy.token)
        finally:
            client_copies.shown(self.store, there, watch=self.watch)

    def _append(self, copy: Copy) -> bool:
        """Whether it lies there now."""
        view = self.store.draft(copy.draft_id)
        if view is None or view.hidden or view.line.content_sha256 != copy.content_sha256:
            return False  # outdated at the next look
        draft, now = view.draft, self.clock.now()
        marked = f"<{copy.token}@{draft.sender.domain}>"
        shown = replace(draft, references=(*draft.references, marked))
        try:
            raw = build_mime(shown, message_id=marked, at=now, mailflow_id=copy.token)
            self.imap.append(self.at.waiting, raw, now, flags=(DRAFT_FLAG,))
        except (Refused, ValueError) as error:  # too large for this mailbox, say: the console has the letter
            log.warning("a letter can't be shown in the mail client", draft=copy.draft_id, reason=str(error))
            client_copies.settle(
                self.store, copy.token, client_copies.UNSHOWN, sys_now=self.clock.sys_now(), watch=self.watch
            )
            return False
        return True


@lru_cache(maxsize=1000)
def _tell_once(folder: str, token: str) -> None:
    """A copy out of another database stays where it is: one line of the log a process, not one a look."""
    log.warning("a copy of a letter that nobody knows", folder=folder, token=token)


def _decided(decide: Decide, view: DraftView, copy: Copy, mail: Mail) -> str | None:
    """Why it is refused. A mail that brings our own code down is refused too, and stops no other."""
    try:
        return decide(view, copy, mail)
    except (LostWatch, *MACHINE):
        raise
    except Exception as error:
        log.exception("a letter moved in the mail client", draft=copy.draft_id)
        return f"プログラムの誤りで処理できませんでした（{type(error).__name__}）。事務局の画面で承認してください。"


def _in_both(_view: DraftView, _copy: Copy, _mail: Mail) -> str:
    return "承認と却下の両方のフォルダーにありました。どちらか一方にだけ移してください。"


def token_of(header: SentHeader) -> str | None:
    """The copy's token, wherever a client left it."""
    for text in (header.mailflow_id, header.message_id, *header.answers):
        if found := _TOKEN.search(text):
            return found[1]
    return None
