"""How the whole is: what `status`, `/healthz` and the watchman say (DESIGN §8 "Watchman", §9 `status`).

In: the store, the settings (None where they can't be loaded), the clock. Out: `Health`. Reads only. Limits are those of a
mailbox that is looked at every minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.clock import Clock
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.facts import StatusFacts

FETCH_TOO_OLD = timedelta(minutes=15)
UNJUDGED_TOO_OLD = timedelta(minutes=10)
CONFIGS_DIFFER = timedelta(minutes=1)
UNFETCHABLE_SHOWN = 5

# Facts that a worker writes.
CONFIG_HASH, CONFIG_LOADED_AT, CONFIG_ERROR, MAILBOX_TROUBLE = (
    "config_hash", "config_loaded_at", "config_error", "mailbox_trouble",
)  # fmt: skip


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

    @property
    def ok(self) -> bool:
        return not self.problems


def health(store: Store, settings: Settings | None, clock: Clock, *, config_error: str | None = None) -> Health:
    """The state of this moment. `config_error`: why the configuration on disk can't be loaded, None where it can."""
    facts = store.status_facts()
    config = _config(store, settings, config_error)
    age = clock.sys_now() - facts.oldest_unjudged if facts.oldest_unjudged else None
    problems = [
        *_config_problems(config, settings, clock),
        *_mailbox_problems(store, facts, clock),
        *_queue_problems(facts.states, age),
        *_unfetchable(store),
    ]
    return Health(
        problems=tuple(problems),
        last_fetch=facts.last_fetch,
        last_send=facts.last_send,
        oldest_unjudged_s=round(max(age.total_seconds(), 0), 3) if age is not None else None,
        states=facts.states,
        config=config,
    )


def _config(store: Store, settings: Settings | None, error: str | None) -> ConfigState:
    loaded = store.fact(CONFIG_LOADED_AT)
    return ConfigState(
        hash=store.fact(CONFIG_HASH) or (settings.hash if settings else None),
        loaded_at=datetime.fromisoformat(loaded) if loaded else None,
        error=error or (store.fact(CONFIG_ERROR) or None),
    )


def _config_problems(config: ConfigState, settings: Settings | None, clock: Clock) -> Iterator[str]:
    if config.error:
        first = config.error.split("\n", 1)[0]
        yield f"設定に誤りがあります。最後に読めた設定で動いています（{first}）"
    elif (
        settings
        and config.loaded_at
        and settings.hash != config.hash
        and clock.sys_now() - config.loaded_at > CONFIGS_DIFFER
    ):
        yield "設定が書きかわっていますが、動いている worker は前の設定のままです"


def _mailbox_problems(store: Store, facts: StatusFacts, clock: Clock) -> Iterator[str]:
    trouble = store.fact(MAILBOX_TROUBLE)
    because = f"（{trouble}）" if trouble else ""
    if facts.last_fetch is None:
        yield f"まだ一度もメールボックスを読んでいません{because}"
    elif (age := clock.now() - facts.last_fetch) > FETCH_TOO_OLD:
        yield f"{_long(age)}メールボックスを読めていません{because}"


def _queue_problems(states: Mapping[str, int], age: timedelta | None) -> Iterator[str]:
    if age is not None and age > UNJUDGED_TOO_OLD:
        yield f"判定を待つメールがあり、いちばん古いものは{_long(age)}前に届いています"
    for state, words in (
        ("mail.failed", "処理できなかったメールが{}通あります（mailflow mails --state failed）"),
        ("outgoing.failed", "送れなかった手紙が{}通あります（mailflow outbox --state failed）"),
        ("outgoing.uncertain", "送れたかどうか分からない手紙が{}通あります（mailflow outbox --state uncertain）"),
    ):
        if states.get(state):
            yield words.format(states[state])


def _unfetchable(store: Store) -> Iterator[str]:
    found = store.unfetchable()
    for place, reason in found[:UNFETCHABLE_SHOWN]:
        yield f"取り込めないメールがフォルダー「{place.folder}」にあります（UID {place.uid}）：{reason}"
    if (more := len(found) - UNFETCHABLE_SHOWN) > 0:
        yield f"取り込めないメールは、ほかに{more}通あります"


def _long(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes}分" if minutes < 120 else f"{minutes // 60}時間" if minutes < 2880 else f"{minutes // 1440}日"
