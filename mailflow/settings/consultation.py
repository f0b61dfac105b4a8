"""consultation.yaml: slots, hosts, offers (DESIGN §6, 募集要領 2(4)).

The limit of requests is the round's (`consultation_closes` in mailflow.yaml). Times of day and days are Asia/Tokyo's.
Models are frozen; what contradicts itself is refused with its place. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from mailflow.model import Method
from mailflow.settings import meant
from mailflow.settings.fields import Count, Duration, MailAddress, Strict
from mailflow.settings.moments import clock_time, day
from mailflow.settings.problems import Misplaced

WEEKDAYS = "月火水木金土日"
_CLOCK = re.compile(r"\d{1,2}:\d{2}")


def _span(value: Any) -> Any:
    """`10:00-12:00`."""
    if not isinstance(value, str):
        return value
    first, dash, last = re.sub("[〜～~]", "-", value).partition("-")
    if not dash or not (_CLOCK.fullmatch(first.strip()) and _CLOCK.fullmatch(last.strip())):
        written = meant.span(value)
        raise Misplaced(
            "時間帯は 10:00-12:00 のように書きます", hint=f"`{written}` と書いてください" if written else None
        )
    start, end = clock_time(first.strip()), clock_time(last.strip())
    if end <= start:
        raise Misplaced("時間帯の終わりが始まりより前です", hint="午後は 13:00 のように24時間制で書きます")
    return (start, end)


def _write_span(span: tuple[time, time]) -> str:
    return f"{span[0]:%H:%M}-{span[1]:%H:%M}"


Span = Annotated[
    tuple[time, time],
    BeforeValidator(_span),
    PlainSerializer(_write_span, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}$", "examples": ["10:00-12:00"]}),
]
Day = Annotated[
    date,
    BeforeValidator(day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{1,2}-\d{1,2}$", "examples": ["2026-03-20"]}),
]
Weekday = Literal["月", "火", "水", "木", "金", "土", "日"]


def _apart(spans: Sequence[tuple[time, time]], *path: str | int) -> None:
    for earlier, later in pairwise(sorted(spans)):
        if later[0] < earlier[1]:
            said = f"時間帯 {_write_span(earlier)} と {_write_span(later)} が重なっています"
            hint = f"{earlier[1]:%H:%M} より後から始めるか、1つの時間帯にまとめてください"
            raise Misplaced(said, *path, len(spans) - 1 - list(reversed(spans)).index(later), hint=hint)


class Pattern(Strict):
    """When slots are: every such day, every such hour, one after the other."""

    weekdays: tuple[Weekday, ...] = Field(("月", "火", "水", "木", "金"), min_length=1, description="相談を行う曜日。")
    hours: tuple[Span, ...] = Field(
        ((time(10), time(12)), (time(13), time(17))),
        min_length=1,
        description="相談を行う時間帯。昼休みは間をあけて書きます。",
    )
    length: Duration = Field(timedelta(minutes=30), description="1枠の長さ。")
    buffer: Duration = Field(timedelta(0), description="枠と枠のあいだの時間。")
    holidays: bool = Field(True, description="国民の祝日と年末年始（12/29〜1/3）を休みにするか。")
    closed: tuple[Day, ...] = Field((), description="ほかに休みにする日。")
    lead_days: Count = Field(
        1, ge=0, le=30, description="申込みの何日後から枠を取れるか。1 なら翌日から、0 なら当日も取れます。"
    )
    before_close: Duration = Field(
        timedelta(0), description="最後の枠の終わりを、公募の締切のどれだけ前にするか。0m なら締切の時刻まで。"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _apart(self.hours, "hours")
        if not timedelta(minutes=5) <= self.length <= timedelta(hours=8):
            raise Misplaced("length（1枠の長さ）は 5m から 8h までです", "length")
        longest = max(_minutes(end) - _minutes(start) for start, end in self.hours)
        if self.length > timedelta(minutes=longest):
            raise Misplaced("length（1枠の長さ）が、どの時間帯よりも長いです", "length")
        return self


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


class HostException(Strict):
    date: Day = Field(description="日付。")
    hours: tuple[Span, ...] = Field(
        (), description="その日に行う時間帯。空（[]）なら、その日は休み。曜日や休みの決まりより優先します。"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _apart(self.hours, "hours")
        return self


class Meeting(Strict):
    """One online meeting. Each is used by one booking only, so that no town walks in on another."""

    link: str = Field(description="会議のURL。", pattern=r"^https://[^\s]{4,400}$")
    id: str | None = Field(None, description="会議ID。")
    passcode: str | None = Field(None, description="パスコード。")


class Host(Strict):
    id: str = Field(description="略号（英数字）。一覧とJSONに出ます。", pattern=r"^[a-z0-9-]{1,40}$")
    name: str = Field(description="担当の名前。手紙に出ます。")
    mail: MailAddress | None = Field(None, description="当日の予定表を送るアドレス。")
    capacity: Count = Field(1, ge=1, le=50, description="同じ時刻に受けられる件数。")
    methods: tuple[Method, ...] = Field(
        (Method.ONLINE, Method.PHONE),
        min_length=1,
        description="方法。online オンライン・phone 電話。先に書いたほうを、希望がないときに使います。",
    )
    hours: tuple[Span, ...] | None = Field(None, description="この担当だけの時間帯。書かなければ pattern のとおり。")
    exceptions: tuple[HostException, ...] = Field((), description="日ごとの例外（休み、別の時間帯）。")
    meetings: tuple[Meeting, ...] = Field(
        (), description="オンライン会議。1件の予約に1つずつ使います（続けて使い回しません）。"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _apart(self.hours or (), "hours")
        seen: set[date] = set()
        for index, one in enumerate(self.exceptions):
            if one.date in seen:
                raise Misplaced(f"{one.date.isoformat()} の例外が2つあります", "exceptions", index, "date")
            seen.add(one.date)
        links: set[str] = set()
        for index, meeting in enumerate(self.meetings):
            if meeting.link in links:
                raise Misplaced("同じ会議のURLが2つあります", "meetings", index, "link")
            links.add(meeting.link)
        return self


class Offers(Strict):
    count: Count = Field(5, ge=1, le=5, description="候補の数（5つまで）。")
    reply_days: Count = Field(1, ge=0, le=10, description="返事をお願いする期日までの営業日数。")
    reply_at: Annotated[time, BeforeValidator(clock_time)] = Field(time(12), description="返事をお願いする時刻。")
    grace: bool = Field(
        True,
        description="申込期限までに届いた申込みへの候補に、期限のあとで返事が来たとき、受け付けるか（申込みは間に合っているため true）。",
    )


class DaySheet(Strict):
    """The host's sheet of the day, mailed within the office."""

    policy: Literal["auto", "none"] = Field(
        "auto", description="担当（hosts の mail）に、翌日の予定表をメールで送るか。auto 自動で送る・none 送らない。"
    )
    at: Annotated[time, BeforeValidator(clock_time)] = Field(time(16), description="前の営業日の何時に送るか。")


class ConsultationFile(Strict):
    """consultation.yaml."""

    enabled: bool = Field(True, description="事前相談会を行うか。false なら、申込みはすべて人が見ます。")
    pattern: Pattern = Field(default_factory=Pattern, description="枠の作り方。")
    hosts: tuple[Host, ...] = Field((), description="担当。上から順に、空いている人に割り当てます。")
    platform: str = Field("Microsoft Teams", description="オンライン会議の名前。手紙に出ます。")
    opens_before: Duration = Field(timedelta(minutes=10), description="会議に入れる時間（開始の前）。")
    caller: str | None = Field(None, description="電話で相談するときの発信元の番号。書かなければ programme.phone。")
    one_active: bool = Field(True, description="1団体に同時に取れる予約を1件にするか。")
    offers: Offers = Field(default_factory=Offers, description="候補の出し方。")
    unproven_form: Literal["offer", "hold"] = Field(
        "hold",
        description="差出人を認証で確かめるサーバー（mailbox.authserv_id）がないとき、申込みフォームの通知をどうするか。"
        "hold ほかのメールと同じように枠を取る・offer 枠は取らず候補を出し、人が先に見る（だれでも通知を装えます）。",
    )
    hold_alarm: Duration = Field(
        timedelta(hours=4),
        description="枠を取ったのに確定の手紙が出ていないとき、業務時間でどれだけたったら知らせるか。",
    )
    bureau_alarm: Duration = Field(
        timedelta(hours=16),
        description="総合通信局に相談をお願いして返事がないとき、業務時間でどれだけたったら知らせるか。",
    )
    day_sheet: DaySheet = Field(default_factory=DaySheet, description="担当に送る、翌日の予定表。")
    draft_by: Annotated[time, BeforeValidator(clock_time)] = Field(
        time(17), description="記入途中の応募様式を、相談の前の営業日の何時までに送ってもらうか。"
    )
    remind_at: Annotated[time, BeforeValidator(clock_time)] = Field(
        time(10), description="前の営業日に確認の手紙を出す時刻。"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        seen: dict[str, int] = {}
        for index, host in enumerate(self.hosts):
            if host.id in seen:
                hint = f"{seen[host.id] + 1}人目の担当（{self.hosts[seen[host.id]].name}）と同じです。別の id にしてください"
                raise Misplaced(f"id {host.id} が2つあります", "hosts", index, "id", hint=hint)
            seen[host.id] = index
        if self.enabled and not self.hosts:
            raise Misplaced("担当（hosts）がいません", "hosts", hint="行わないときは enabled: false と書きます")
        return self

    @property
    def capacities(self) -> dict[str, int]:
        """How many each host receives at the same time, by id."""
        return {host.id: host.capacity for host in self.hosts}

    def host(self, host_id: str) -> Host | None:
        return next((host for host in self.hosts if host.id == host_id), None)


NO_CONSULTATION = ConsultationFile(enabled=False)  # a programme without the file has none
