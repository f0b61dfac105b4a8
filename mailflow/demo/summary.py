"""What the demo tells on the terminal: the table of `--once`, and a line for each thing that happens while it runs."""

from __future__ import annotations

import threading
from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mailflow.clock import Clock, tokyo
from mailflow.console.words import letter as letter_word
from mailflow.demo.office import NOW
from mailflow.demo.servers import DemoServers
from mailflow.store import Store
from mailflow.store.cases import judged
from mailflow.store.mails import MailLine
from mailflow.words import APPROVALS, CHECKS, KINDS, SEVERITIES

UNJUDGED = {
    "new": "判定待ち",
    "failed": "処理できません",
    "junk": "迷惑メール",
    "before-start": "運用開始前",
    "unfetchable": "取り込めません",
}
_PAUSE_S = 2.0


def print_summary(store: Store) -> None:
    """mail → kind → organization → findings → draft, one row a mail, then the totals."""
    letters = {line.mail_id: line for line in store.drafts()}
    table = Table(title="見本のメールの処理結果", title_justify="left", header_style="bold")
    for column in ("届いた日時", "件名", "種類", "団体", "指摘", "返信案"):
        table.add_column(column, overflow="fold")
    mails = store.mails()
    for mail in mails:
        judgement = judged(store, mail.id)
        found = judgement.verdict.findings if judgement else ()
        counts = Counter(f"{SEVERITIES[one.severity]} {CHECKS.get(one.check, one.check)}" for one in found)
        letter = letters.get(mail.id)
        at = tokyo(mail.received_at)
        year = f"{at.year}/" if at.year != NOW.year else ""
        row = (
            f"{year}{at.month}/{at.day} {at:%H:%M}",
            (mail.subject or "（件名なし）")[:40],
            _sort(mail) + ("（保留）" if mail.claim else ""),
            mail.organization or "",
            "、".join(f"{name}×{count}" if count > 1 else name for name, count in counts.items()),
            f"{letter_word(letter.template)}（{'人が見てから' if letter.review else APPROVALS[letter.approval.value]}）"
            if letter
            else "",
        )
        table.add_row(*map(escape, row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
    kinds = Counter(_sort(mail) for mail in mails)
    console.print(
        f"{len(mails)}通：{'、'.join(f'{name} {count}' for name, count in kinds.most_common())}。"
        f"返信案 {len(letters)}通（承認するまで1通も出ません）。"
    )


def _sort(mail: MailLine) -> str:
    return KINDS.get(mail.kind or "") or UNJUDGED.get(mail.state.value, mail.state.value)


class Reporter:
    """Says what has changed since it last looked. It only reads."""

    def __init__(self, store: Store, clock: Clock, servers: DemoServers) -> None:
        self._store, self._clock, self._servers = store, clock, servers
        self._counts: dict[str, int] = {}
        self._sent: set[int] = set()

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(_PAUSE_S):
            self.look()

    def look(self) -> None:
        states = self._store.status_facts().states
        shown = {
            "受信": sum(count for name, count in states.items() if name.startswith("mail.")),
            "判定": states.get("mail.judged", 0),
            "失敗": states.get("mail.failed", 0),
            "承認待ち": states.get("draft.waiting", 0),
            "送信済み": states.get("outgoing.sent", 0),
        }
        if shown != self._counts:
            self._counts = shown
            self._say("　".join(f"{name} {count}" for name, count in shown.items() if count or name != "失敗"))
        for line in self._store.outbox():
            if line.state.value == "sent" and line.id not in self._sent:
                self._sent.add(line.id)
                self._say(f"送りました：{'、'.join(one.address for one in line.to)}「{line.subject}」")

    def _say(self, text: str) -> None:
        print(f"{tokyo(self._clock.now()):%H:%M:%S}  {text}", flush=True)
