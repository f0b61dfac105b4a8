"""概況: in five seconds whether all is well, and what waits for a person, most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console import words
from mailflow.console.visit import Visit, visit
from mailflow.desk import Refused, set_sending
from mailflow.desk.calls import call_sheet
from mailflow.desk.reconciliation import last_statement
from mailflow.model import CaseState
from mailflow.store.moves import D, O
from mailflow.store.overview import Example, arrivals_by_hour, day_start, troubled_letters
from mailflow.store.queue import QueueEntry, queue, queue_rows

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
SOON = timedelta(hours=4)  # a letter that is useless then is shown by itself
EARLIEST, LATEST = 8, 19  # hours of the plot; mails of the night stretch it


@dataclass(frozen=True, slots=True)
class Task:
    """One line of what waits. `mark`: its word; `more`: in small letters."""

    mark: words.Mark
    said: str
    more: str
    count: int
    url: str
    verb: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the plot, in its own units (720 x 230)."""

    hour: int
    today: int | None
    before: int
    x: int
    today_y: float
    today_height: float
    before_y: float
    before_height: float


@dataclass(frozen=True, slots=True)
class Plot:
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]
    close_x: float | None
    width: int
    gist: str


@router.get("/")
def overview(here: Here) -> Response:
    if here.area is not None:
        return here.go("/regions")
    now = here.office.now()
    found = here.applications()
    states = {state: sum(one.state is state for one in found) for state in CaseState}
    return here.page(
        "overview.html",
        tasks=_tasks(here, now),
        plot=_plot(here, now),
        states=states,
        statement=last_statement(here.office.store),
        done=here.asked("done", 20),
    )


@router.post("/sending")
def sending(here: Here) -> Response:
    """The switch that stops all letters."""
    on = here.text("on", 5) == "yes"
    result = set_sending(here.office.store, on, user=here.user)
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go("/", done="on" if on else "off")


def _tasks(here: Visit, now: datetime) -> list[Task]:
    store, counts = here.office.store, here.standing[1]
    rows = here.office.waiting().rows
    expired = [
        one for one in queue(store, (D.EXPIRED,)) if one.valid_until and now - one.valid_until < timedelta(days=3)
    ]
    soon = [one for one in rows if one.valid_until is not None and one.valid_until - now < SOON]
    held = [one for one in rows if one.template.startswith("consultation-") and one.state == D.WAITING]
    calls = [one for one in call_sheet(store) if one.bounce]
    stop, fix, look, wait = (
        words.Mark("stop", "stop", ""), words.Mark("fix", "warn", ""), words.Mark("look", "eye", ""), words.Mark("wait", "clock", ""),
    )  # fmt: skip

    def names(found: list[str | None]) -> str:
        known = list(dict.fromkeys(name or "団体不明" for name in found))
        return "、".join(known[:3]) + (f" ほか{len(known) - 3}" if len(known) > 3 else "")

    def bodies(letters: list[QueueEntry]) -> list[str | None]:
        return [row.organization for row in queue_rows(store, [one.id for one in letters])]

    def of(examples: list[Example]) -> str:
        said = words.short(examples[0].said, 60) if examples and examples[0].said else ""
        return "・".join(one for one in (said, names([one.organization for one in examples])) if one)

    found = [
        Task(stop._replace(word="結果が不明な送信"), "回線が切れ、届いたか分からない",
             of(troubled_letters(store, O.UNCERTAIN)), counts.uncertain, "/outbox?f=uncertain", "結果を選ぶ"),
        Task(stop._replace(word="送信できず"), "宛先のサーバーが拒否したか、直前の確認で止めた",
             of(troubled_letters(store, O.FAILED)), counts.failed, "/calls", "宛先を確かめる"),
        Task(stop._replace(word="届かなかった手紙"), "相手のサーバーから戻ってきた。電話で伝える",
             names([one.organization for one in calls]), len(calls), "/calls", "電話する"),
        Task(fix._replace(word="読めないメール"), "処理の途中で止まった。ほかのメールは続いている", "",
             counts.failed_mails, "/mails?f=failed", "原因を見る"),
        Task(fix._replace(word="取り込めないメール"), "サーバーから読み出せない", "", counts.unfetchable,
             "/mails?f=unfetchable", "場所を見る"),
        Task(wait._replace(word="期限が近い案"), "このまま送らないと、書かれた期限が過ぎる",
             names(bodies(soon)), len(soon), "/queue?f=soon", "先に確認する"),
        Task(wait._replace(word="相談の返事"), "枠を仮に取って、または返事を待って、承認を待っている",
             names(bodies(held)), len(held), "/queue?f=consultation", "確認する"),
        Task(look._replace(word="要確認"), "団体を特定できない、対象になるか分からないなど", "", counts.review,
             "/queue?f=review", "判断する"),
        Task(wait._replace(word="古い返信案"), "作ったあとで、状況が変わった", "", counts.stale, "/queue?f=stale", "案を見直す"),
        Task(wait._replace(word="期限切れの案"), "送らないまま、書かれた期限が過ぎた。電話で伝える",
             names(bodies(expired)), len(expired), "/queue?f=expired", "相手を見る"),
    ]  # fmt: skip
    return [one for one in found if one.count]


def _plot(here: Visit, now: datetime) -> Plot:
    midnight = day_start(now)
    today, before = arrivals_by_hour(here.office.store, (midnight, midnight - timedelta(days=1)))
    this_hour = int((now - midnight).total_seconds() // 3600)
    busy = [hour for hour in range(24) if today[hour] or before[hour]]
    first, last = min([EARLIEST, *busy]), max([LATEST, *busy])
    highest = max([*today, *before, 1])
    top = next(step for step in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**9) if step >= highest)
    step_x = 680 / (last - first + 1)

    def height(count: int) -> float:
        return round(172 * count / top, 1)

    bars = tuple(
        Bar(
            hour, today[hour] if hour <= this_hour else None, before[hour], round(44 + (hour - first) * step_x),
            round(196 - height(today[hour]), 1), height(today[hour]), round(196 - height(before[hour]), 1), height(before[hour]),
        )
        for hour in range(first, last + 1)
    )  # fmt: skip
    closes = here.office.settings.round_for(now).closes
    close_x = None
    if midnight <= closes < midnight + timedelta(days=1):
        close_x = round(44 + ((closes - midnight).total_seconds() / 3600 - first) * step_x, 1)
    told = (
        "、".join(f"{hour}時台{today[hour]}通" for hour in range(first, this_hour + 1) if today[hour])
        or "まだありません"
    )
    lines = ((196.0, 0), (110.0, top // 2), (24.0, top))
    return Plot(
        bars, lines, close_x, max(8, int(step_x * 0.36)), f"きょうの到着は{told}。きのうは合わせて{sum(before)}通。"
    )
