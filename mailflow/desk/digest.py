"""What the staff's daily letter says (staff-digest; DESIGN §5, §8.5): counts, what waits for a person, whom to phone, how the
whole is, and the head of the sealed record, which so lies outside the database too.

In: the store, the settings, the clock. Out: `DigestView`. It seals the record; otherwise it only reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from mailflow.clock import Clock
from mailflow.desk.calls import call_sheet
from mailflow.desk.health import health
from mailflow.desk.reconciliation import last_statement
from mailflow.model import CaseState
from mailflow.replies.digest import Count, DigestView, Task
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.cases import applications
from mailflow.store.moves import D
from mailflow.store.questions import questions_asked
from mailflow.store.waiting import waiting_cases

WEEK = timedelta(days=7)
CASES = {
    CaseState.COMPLETE: "応募（記入漏れなし）",
    CaseState.INCOMPLETE: "応募（修正・確認待ち）",
    CaseState.LATE: "応募（締切後の到着）",
    CaseState.INELIGIBLE: "応募（対象外の疑い）",
    CaseState.WITHDRAWN: "取り下げ",
    CaseState.SCREENING: "審査中",
    CaseState.DECIDED: "決定",
    CaseState.NOTIFIED: "通知済み",
}
LETTERS = {
    "draft.waiting": "承認待ち",
    "draft.stale": "人が選ぶもの",
    "outgoing.approved": "送信待ち",
    "outgoing.retry": "送り直し中",
    "outgoing.uncertain": "送れたか不明",
    "outgoing.failed": "送れなかったもの",
    "outgoing.sent": "送信済み",
}
WAITING = {
    "promise": "約束の時刻を過ぎた返事",
    "withdrawal": "取り下げの確認の電話",
    "claim": "当事者か確かめていないメール",
    "missent": "誤送信のメール",
    "asking-ministry": "総務省に確認中の質問",
}


def staff_digest(store: Store, settings: Settings, clock: Clock) -> DigestView:
    """The digest of this moment."""
    whole, last = health(store, settings, clock), last_statement(store)
    states = whole.states
    mails = [Count(label="判定を待つメール", count=states.get("mail.new", 0))]
    mails += [Count(label="処理できなかったメール", count=states.get("mail.failed", 0))]
    week = questions_asked(store, clock.now() - WEEK, clock.now())
    mails += [Count(label="この7日間の質問", count=len(week))]
    mails += [Count(label="うち、よくある質問に答えのないもの", count=sum(one.entry is None for one in week))]
    cases = Counter(one.state for one in applications(store))
    return DigestView(
        at=clock.now(),
        arrived=tuple(
            one
            for one in (*(Count(label=label, count=cases[state]) for state, label in CASES.items()), *mails)
            if one.count
        ),
        letters=tuple(
            Count(label=label, count=states[state]) for state, label in LETTERS.items() if states.get(state)
        ),
        tasks=tuple(_tasks(store, clock)),
        calls=tuple(
            Task(what="送れませんでした" if one.refused else "届いていません", number=one.number or "", organization=one.organization)
            for one in call_sheet(store)
        ),
        problems=whole.problems,
        oldest_unjudged=store.status_facts().oldest_unjudged,
        balanced=last is None or last.balanced,
        head=str(store.seal()),
    )  # fmt: skip


def _tasks(store: Store, clock: Clock) -> Iterator[Task]:
    """What becomes useless first stands first."""
    waiting = store.drafts(states=[D.WAITING.value, D.STALE.value])
    for one in sorted(waiting, key=lambda line: (line.valid_until is None, line.valid_until, line.id)):
        yield Task(
            what="承認" if one.state == D.WAITING else "手紙を選ぶ",
            number=one.case_number,
            organization=one.organization,
            until=one.valid_until,
        )
    for case in waiting_cases(store, clock.now()):
        yield Task(what=WAITING[case.what], number=case.number or "", organization=case.organization)
    for task in store.tasks():
        yield Task(what=task.text, number=task.number, organization=task.organization)
