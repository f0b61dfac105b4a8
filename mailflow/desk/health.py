"""How the whole is: what `status`, `/healthz` and the watchman say (DESIGN §8 "Watchman", §9 `status`).

In: the store, the settings (None where they can't be loaded), the clock. Out: `Health`. Reads only. Limits are those of a
mailbox that is looked at every minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mailflow.clock import Clock, tokyo
from mailflow.desk.calls import call_sheet
from mailflow.desk.reconciliation import LastStatement, last_statement
from mailflow.intake.deadlines import WorkingDay, has_working_time
from mailflow.model import Method
from mailflow.settings.models import Secret
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.appointments import untold
from mailflow.store.bureau_requests import ASKED, bureau_requests
from mailflow.store.facts import StatusFacts
from mailflow.store.liveness import late_jobs

FETCH_TOO_OLD = timedelta(minutes=15)
UNJUDGED_TOO_OLD = timedelta(minutes=10)
CONFIGS_DIFFER = timedelta(minutes=1)
NOT_SENT_TOO_LONG = timedelta(minutes=30)  # servers that put unknown senders off (greylisting) take less
UNFETCHABLE_SHOWN = 5
LINK_NEEDED = timedelta(days=2)  # before an online consultation
SECRET_DAYS = 14
CLOCK_TOLD_FOR = timedelta(hours=1)

# Facts that a worker writes.
CONFIG_HASH, CONFIG_LOADED_AT, CONFIG_ERROR, MAILBOX_TROUBLE, OFFICE_MAIL, CLOCK_MOVED = (
    "config_hash", "config_loaded_at", "config_error", "mailbox_trouble", "office_mail_trouble", "clock_moved",
)  # fmt: skip


class Problem(NamedTuple):
    """`key`: what it is, while the words change (an age, a count); `text`: Japanese."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigState:
    """The configuration that works (a worker's, else the one on disk). `error`: why the one on disk doesn't."""

    hash: str | None
    loaded_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`problems`: Japanese, one sentence each; none means well. `states`: counts by `mail.new`, `outgoing.sent` …"""

    problems: tuple[str, ...]
    last_fetch: datetime | None
    last_send: datetime | None
    oldest_unjudged_s: float | None
    states: Mapping[str, int]
    config: ConfigState
    reconciled: LastStatement | None = None
    keyed: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


def health(store: Store, settings: Settings | None, clock: Clock, *, config_error: str | None = None) -> Health:
    """The state of this moment. `config_error`: why the configuration on disk can't be loaded, None where it can."""
    facts = store.status_facts()
    config = _config(store, settings, config_error)
    age = clock.sys_now() - facts.oldest_unjudged if facts.oldest_unjudged else None
    last = last_statement(store)
    problems = [
        *_config_problems(config, settings, clock),
        *_clock_problems(store, clock),
        *_mailbox_problems(store, facts, clock),
        *_queue_problems(facts.states, age),
        *_unfetchable(store),
        *_held_slots(store, settings, clock),
        *_unbalanced(last),
        *_letters(store, clock),
        *_office_mail(store),
        *_secrets(settings, clock),
        *_jobs(store),
    ]
    return Health(
        problems=tuple(one.text for one in problems),
        keyed=tuple(problems),
        last_fetch=facts.last_fetch,
        last_send=facts.last_send,
        oldest_unjudged_s=round(max(age.total_seconds(), 0), 3) if age is not None else None,
        states=facts.states,
        config=config,
        reconciled=last,
    )


def status_document(found: Health) -> dict[str, Any]:
    """The JSON of `mailflow status` and `/healthz` (DESIGN §9): times in Asia/Tokyo."""
    return {
        "ok": found.ok,
        "problems": list(found.problems),
        "last_fetch": _iso(found.last_fetch),
        "last_send": _iso(found.last_send),
        "oldest_unjudged_s": found.oldest_unjudged_s,
        "states": dict(found.states),
        "config": {"hash": found.config.hash, "loaded_at": _iso(found.config.loaded_at), "error": found.config.error},
        "reconciled": None
        if found.reconciled is None
        else {
            "at": _iso(found.reconciled.at),
            "balanced": found.reconciled.balanced,
            "problems": found.reconciled.problems,
        },
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else tokyo(at).isoformat()


def _config(store: Store, settings: Settings | None, error: str | None) -> ConfigState:
    loaded = store.fact(CONFIG_LOADED_AT)
    return ConfigState(
        hash=store.fact(CONFIG_HASH) or (settings.hash if settings else None),
        loaded_at=datetime.fromisoformat(loaded) if loaded else None,
        error=error or (store.fact(CONFIG_ERROR) or None),
    )


def _config_problems(config: ConfigState, settings: Settings | None, clock: Clock) -> Iterator[Problem]:
    if config.error:
        first = config.error.split("\n", 1)[0]
        yield Problem("config-broken", f"設定に誤りがあります。最後に読めた設定で動いています（{first}）")
    elif (
        settings
        and config.loaded_at
        and settings.hash != config.hash
        and abs(clock.sys_now() - config.loaded_at) > CONFIGS_DIFFER
    ):
        yield Problem("config-old", "設定が書きかわっていますが、動いている worker は前の設定のままです")


def note_clock_moved(store: Store, moved: timedelta, *, at: datetime) -> None:
    """A worker saw the system clock being set: by so much (negative: back), at that (system) time."""
    store.set_fact(CLOCK_MOVED, json.dumps({"at": at.isoformat(), "minutes": round(moved.total_seconds() / 60)}))


def _clock_problems(store: Store, clock: Clock) -> Iterator[Problem]:
    """For an hour after it was set: deadlines, undo windows and what waits for a time may have come too early or too late."""
    found = json.loads(store.fact(CLOCK_MOVED) or "null")
    if found is None or abs(clock.sys_now() - datetime.fromisoformat(found["at"])) > CLOCK_TOLD_FOR:
        return
    by = _long(timedelta(minutes=abs(found["minutes"])))
    way = "戻り" if found["minutes"] < 0 else "進み"
    yield Problem(
        "clock-moved",
        f"動いているあいだに、このコンピューターの時計が{by}{way}ました。時計が合っていること、"
        "その前後に締め切ったもの、送ったものを確かめてください",
    )


def _mailbox_problems(store: Store, facts: StatusFacts, clock: Clock) -> Iterator[Problem]:
    trouble = store.fact(MAILBOX_TROUBLE)
    because = f"（{trouble}）" if trouble else ""
    if facts.last_fetch is None:
        yield Problem("never-fetched", f"まだ一度もメールボックスを読んでいません{because}")
    elif (age := clock.now() - facts.last_fetch) > FETCH_TOO_OLD:
        yield Problem("not-fetched", f"{_long(age)}メールボックスを読めていません{because}")
    elif age < -FETCH_TOO_OLD:  # a clock that was set back: how long ago it was, nobody knows
        yield Problem("not-fetched", f"時計が戻ってから、まだメールボックスを読めていません{because}")


def _queue_problems(states: Mapping[str, int], age: timedelta | None) -> Iterator[Problem]:
    if age is not None and age > UNJUDGED_TOO_OLD:
        yield Problem("unjudged", f"判定を待つメールがあり、いちばん古いものは{_long(age)}前に届いています")
    for state, words in (
        ("mail.failed", "処理できなかったメールが{}通あります（mailflow mails --state failed）"),
        ("outgoing.failed", "送れなかった手紙が{}通あります（mailflow calls）"),
        ("outgoing.uncertain", "送れたかどうか分からない手紙が{}通あります（mailflow outbox --state uncertain）"),
    ):
        if states.get(state):
            yield Problem(state, words.format(states[state]))


def _held_slots(store: Store, settings: Settings | None, clock: Clock) -> Iterator[Problem]:
    """A slot is held and nobody was told: its letter waits too long, or will never go; a bureau that was asked says nothing."""
    if settings is None or not settings.consultation.enabled:
        return
    hours, now = settings.file.office_hours, clock.now()
    day = WorkingDay(hours.opens, hours.closes)
    for one in untold(store, now):
        start = tokyo(one.line.booking.start)
        what = f"{one.line.organization or one.line.case_number}の事前相談会（{start.month}月{start.day}日{start:%H時%M分}）"
        key = f"held-slot-{one.line.booking.id}"
        if one.lost:
            yield Problem(key, f"{what}の枠を取っていますが、お知らせの手紙がなくなっています（mailflow bookings）")
        elif has_working_time(one.since, now, settings.consultation.hold_alarm, day):
            yield Problem(key, f"{what}の枠を取っていますが、確定の手紙がまだ出ていません（mailflow drafts）")

    for request in bureau_requests(store):
        if request.state == ASKED and has_working_time(request.asked_at, now, settings.consultation.bureau_alarm, day):
            asked = tokyo(request.asked_at)
            yield Problem(
                f"bureau-{request.id}",
                f"{request.bureau}にお願いした{request.organization or request.case_number}の相談に、"
                f"{asked.month}月{asked.day}日から返事がありません（mailflow bookings bureaus）",
            )

    for line in store.bookings(since=now, until=now + LINK_NEEDED, states=("confirmed",)):
        if line.booking.method is Method.ONLINE and line.link is None:
            start = tokyo(line.booking.start)
            yield Problem(
                f"link-{line.booking.id}",
                f"{line.organization or line.case_number}の事前相談会（{start.month}月{start.day}日{start:%H時%M分}）に、"
                f"会議のURLがありません（mailflow bookings link {line.booking.id} URL）",
            )


def _unfetchable(store: Store) -> Iterator[Problem]:
    found = store.unfetchable()
    for place, reason in found[:UNFETCHABLE_SHOWN]:
        yield Problem(
            "unfetchable", f"取り込めないメールがフォルダー「{place.folder}」にあります（UID {place.uid}）：{reason}"
        )
    if (more := len(found) - UNFETCHABLE_SHOWN) > 0:
        yield Problem(
            "unfetchable", f"取り込めないメールは、ほかに{more}通あります（mailflow mails --state unfetchable）"
        )


def office_mail_trouble(store: Store) -> dict[str, str]:
    """By key: mail of the office to itself that could not be sent, a sentence each."""
    found: dict[str, str] = json.loads(store.fact(OFFICE_MAIL) or "{}")
    return found


def note_office_mail(store: Store, key: str, trouble: str | None) -> None:
    """Note it, or (None) that it is well. Only the worker on duty does."""
    found = office_mail_trouble(store)
    changed = {name: text for name, text in found.items() if name != key} | ({key: trouble} if trouble else {})
    if changed != found:
        store.set_fact(OFFICE_MAIL, json.dumps(changed, ensure_ascii=False))


def _office_mail(store: Store) -> Iterator[Problem]:
    for key, trouble in sorted(office_mail_trouble(store).items()):
        yield Problem(f"office-mail {key}", trouble)


def _letters(store: Store, clock: Clock) -> Iterator[Problem]:
    count, answer = store.not_leaving(clock.now(), clock.sys_now() - NOT_SENT_TOO_LONG)
    if count:
        yield Problem(
            "not-sent",
            f"送信先のサーバーに渡せず、{_long(NOT_SENT_TOO_LONG)}以上送り直している手紙が{count}通あります（{answer[:200]}）",
        )
    if returned := len({one.outgoing_id for one in call_sheet(store) if one.bounce is not None}):
        yield Problem(
            "returned",
            f"届かなかった、または開かれずに削除されたという知らせのある手紙が{returned}通あります（mailflow calls）",
        )
    if held := store.held_by_budget():
        yield Problem(
            "budget",
            f"1つの宛先に1日に出せる上限（approval.reply_budget）に達したため、待っている手紙が{held}通あります",
        )


def _unbalanced(last: LastStatement | None) -> Iterator[Problem]:
    if last is not None and not last.balanced:
        at = tokyo(last.at)
        first = f"（{last.first[0]}）" if last.first else ""
        yield Problem(
            "unbalanced",
            f"{at.month}月{at.day}日 {at:%H:%M} の突き合わせで、合わないところが{last.problems}つありました{first}。mailflow reconcile で確かめてください",
        )


def _secrets(settings: Settings | None, clock: Clock) -> Iterator[Problem]:
    for one in _ending(settings) if settings else ():
        left = (one.expires - tokyo(clock.sys_now()).date()).days
        if left <= SECRET_DAYS:
            when = f"あと{left}日で（{one.expires:%Y-%m-%d}）" if left >= 0 else f"{one.expires:%Y-%m-%d} に"
            yield Problem(f"secret {one.name}", f"{one.name}の期限が{when}切れ{'ます' if left >= 0 else 'ました'}")


def _ending(settings: Settings) -> tuple[Secret, ...]:
    """What is written to end some day; the secret of `oauth` by itself."""
    oauth = settings.file.oauth
    own = (Secret(name="oauth のクライアント シークレット", expires=oauth.expires),) if oauth and oauth.expires else ()
    return (*own, *settings.file.alarm.secrets)


def _jobs(store: Store) -> Iterator[Problem]:
    if late := late_jobs(store):
        yield Problem("jobs", f"worker の仕事が止まっています（{'、'.join(late)}）")


def _long(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes}分" if minutes < 120 else f"{minutes // 60}時間" if minutes < 2880 else f"{minutes // 1440}日"
