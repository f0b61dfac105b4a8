"""Letters approved in people's own mail client (DESIGN §5): 承認待ち, 承認, 却下.

    what waits ─▶ a copy in 承認待ち ─▶ a person moves it ─▶ read ─▶ approve | reject ─▶ the copy is taken away
                                                               └─▶ refused: a note with the reason, a new copy

Over the watch's own connection, so one process does it. A copy is known by a token in X-Mailflow-Id, Message-ID and
References: clients give a mail that was edited another Message-ID, and some drop headers. Of the moved mail only subject
and plain text are taken. Whoever may write to these folders decides in the name of `approval.mail_client.user`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

import structlog

from mailflow.clock import Clock, tokyo
from mailflow.desk import Refused as Said
from mailflow.desk import approve, reject
from mailflow.desk.editing import edit
from mailflow.mail import read_mail
from mailflow.mailbox.errors import Refused
from mailflow.mailbox.imap import Imap, SentHeader
from mailflow.model import Approval, Mail
from mailflow.replies.mime import build_mime
from mailflow.replies.moved import as_typed, other_than, same_words
from mailflow.settings.mail_client import MailClient
from mailflow.settings.models import ApprovalPolicy
from mailflow.store import Store, audit, client_copies
from mailflow.store.client_copies import MARK, Copy, CopyState
from mailflow.store.drafts import DraftView
from mailflow.store.moves import D

log = structlog.get_logger()

MOST_AT_ONCE = 100  # copies a look: the watch has mail to fetch
MOST_BYTES = 40_000_000
DRAFT_FLAG = b"\\Draft"  # clients let such a mail be edited
_TOKEN = re.compile(rf"\b({MARK}[0-9a-f]{{24}})\b")
_DONE = (D.APPROVED, "sending", "retry", "sent", "uncertain")

Decide = Callable[[DraftView, Copy, Mail], str | None]


def tend_client_folders(
    store: Store, imap: Imap, approval: ApprovalPolicy, capacities: Mapping[str, int], clock: Clock
) -> None:
    """One look at the three folders; nothing where they aren't configured. What the server refuses is logged and
    tried at the next look; a line that breaks is the watch's trouble (`Unreachable`)."""
    if approval.mail_client is None:
        return
    try:
        _Look(store, imap, approval.mail_client, approval, capacities, clock).go()
    except Refused as error:
        log.warning("folders of the mail client", reason=error.reason)


@dataclass(frozen=True)
class _Look:
    store: Store
    imap: Imap
    at: MailClient
    approval: ApprovalPolicy
    capacities: Mapping[str, int]  # of the consultation's hosts
    clock: Clock

    def go(self) -> None:
        for folder in self.at.folders:
            self.imap.ensure(folder)
        yes = self._copies_in(self.at.approved, undeleted=True)
        no = self._copies_in(self.at.rejected, undeleted=True)
        for token, uids in yes.items():
            self._decide(token, self.at.approved, uids, _in_both if token in no else self._approve)
        for token, uids in no.items():
            self._decide(token, self.at.rejected, uids, _in_both if token in yes else self._reject)
        waiting = self._copies_in(self.at.waiting)
        self._take_out(waiting)
        self._put_in(waiting, {*yes, *no})

    def _copies_in(self, folder: str, *, undeleted: bool = False) -> dict[str, list[int]]:
        """`undeleted`: a copy that a client marked as gone was taken back: it is no decision."""
        found: dict[str, list[int]] = {}
        for header in self.imap.sent_headers(folder, undeleted=undeleted):
            token = token_of(header)
            if token is not None:
                found.setdefault(token, []).append(header.uid)
        return found

    # --- what people decided ------------------------------------------------------------------------------------------

    def _decide(self, token: str, folder: str, uids: list[int], decide: Decide) -> None:
        copy = client_copies.of(self.store, token)
        view = None if copy is None else self.store.draft(copy.draft_id)
        if copy is None or view is None:
            _tell_once(folder, token)
            return
        if copy.state is not CopyState.SETTLED:
            mail = self._read(folder, uids[-1])
            if mail is None:
                return  # it was moved on meanwhile
            reason = mail if isinstance(mail, str) else decide(view, copy, mail)
            outcome = ("approved" if folder == self.at.approved else "rejected") if reason is None else "refused"
            self._settle(copy, view, outcome, folder)
            if reason is not None:
                self._note(view, reason)
        elif copy.outcome == "withdrawn":
            self._settle(copy, view, "refused", folder)
            self._note(view, "移されたときには、この返信案はもう古くなっていました。")
        self.imap.remove(folder, uids)

    def _read(self, folder: str, uid: int) -> Mail | str | None:
        """The moved mail; why it isn't read; None where it is no longer there."""
        self.imap.select(folder, readonly=True)
        listed = self.imap.listed([uid])
        if listed and listed[0].size > MOST_BYTES:
            return "メールが大きくなりすぎています。添付は元のままにしてください。"
        fetched = self.imap.fetch([uid])
        return read_mail(fetched[0].raw) if fetched else None

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
        client_copies.settle(self.store, copy.token, outcome, sys_now=self.clock.sys_now(), event=event)

    def _note(self, view: DraftView, reason: str) -> None:
        """In 承認待ち, beside the new copy: nobody looks into a log for it."""
        note = EmailMessage(policy=SMTP)
        note["From"] = note["To"] = view.draft.sender.address
        note["Subject"] = f"【処理できませんでした】{view.draft.subject}"
        note["Date"] = format_datetime(tokyo(self.clock.now()))
        note["X-Mailflow-Id"] = "note"
        note.set_content(
            f"メールソフトで移された返信案（{view.line.id}）を、処理できませんでした。\n\n　{reason}\n\n"
            "まだ承認を待っている返信案は、もう一度このフォルダーに入れます。\nこのお知らせは、読み終えたら消して構いません。\n"
        )
        self.imap.append(self.at.waiting, note.as_bytes(), self.clock.now(), flags=())
        log.warning("a letter moved in the mail client was refused", draft=view.line.id, reason=reason)

    # --- what waits ---------------------------------------------------------------------------------------------------

    def _take_out(self, waiting: Mapping[str, list[int]]) -> None:
        """Copies of letters that are others now, or that somebody decided on elsewhere; and what a client left behind."""
        for copy in client_copies.outdated(self.store):
            client_copies.settle(self.store, copy.token, "withdrawn", sys_now=self.clock.sys_now())
        for token, uids in waiting.items():
            copy_now = client_copies.of(self.store, token)
            if copy_now is not None and copy_now.state is CopyState.SETTLED:
                self.imap.remove(self.at.waiting, uids)

    def _put_in(self, waiting: Mapping[str, list[int]], moved: set[str]) -> None:
        for copy in client_copies.half_added(self.store):
            if copy.token in waiting or copy.token in moved:
                client_copies.shown(self.store, copy.token)
            else:
                self._append(copy)
        for draft_id in client_copies.to_show(self.store, MOST_AT_ONCE):
            view = self.store.draft(draft_id)
            if view is not None:
                sha256 = view.line.content_sha256
                self._append(client_copies.add(self.store, draft_id, sha256, sys_now=self.clock.sys_now()))

    def _append(self, copy: Copy) -> None:
        view = self.store.draft(copy.draft_id)
        if view is None or view.line.content_sha256 != copy.content_sha256:
            return  # outdated at the next look
        draft, now = view.draft, self.clock.now()
        marked = f"<{copy.token}@{draft.sender.domain}>"
        shown = replace(draft, references=(*draft.references, marked))
        try:
            raw = build_mime(shown, message_id=marked, at=now, mailflow_id=copy.token)
            self.imap.append(self.at.waiting, raw, now, flags=(DRAFT_FLAG,))
        except (Refused, ValueError) as error:  # too large for this mailbox, say: the console has the letter
            log.warning("a letter can't be shown in the mail client", draft=copy.draft_id, reason=str(error))
            client_copies.settle(self.store, copy.token, client_copies.UNSHOWN, sys_now=self.clock.sys_now())
            return
        client_copies.shown(self.store, copy.token)


@lru_cache(maxsize=1000)
def _tell_once(folder: str, token: str) -> None:
    """A copy out of another database stays where it is: one line of the log a process, not one a look."""
    log.warning("a copy of a letter that nobody knows", folder=folder, token=token)


def _in_both(_view: DraftView, _copy: Copy, _mail: Mail) -> str:
    return "承認と却下の両方のフォルダーにありました。どちらか一方にだけ移してください。"


def token_of(header: SentHeader) -> str | None:
    """The copy's token, wherever a client left it."""
    for text in (header.mailflow_id, header.message_id, *header.answers):
        if found := _TOKEN.search(text):
            return found[1]
    return None
