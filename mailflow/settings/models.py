"""What operators write in mailflow.yaml, as pydantic models (DESIGN §3). Rounds, servers and parties.yaml have modules of
their own and are named here too.

Every field has a Japanese description: it feeds the JSON Schema (editors), the reference page and the hints of
`config check`. The kinds of value are `fields`. Models are frozen.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

from pydantic import Field, model_validator

from mailflow.model import Approval
from mailflow.settings.fields import (
    ClockTime,
    Count,
    Duration,
    MailAddress,
    Moment,
    Size,
    SmtpUrl,
    Strict,
    WebAddress,
)
from mailflow.settings.mail_client import MailClient
from mailflow.settings.parties import KnownParty, PartiesFile, PartyKind
from mailflow.settings.problems import Misplaced
from mailflow.settings.rounds import Extension, Grace, Round
from mailflow.settings.servers import Folders, Mailbox, OAuthAccess, Smtp

__all__ = [
    "Alarm", "ApprovalPolicy", "Console", "DailyDigest", "Database", "Extension", "Folders", "Grace", "KnownParty", "Limits", "Mailbox",
    "MailflowFile", "OAuthAccess", "OfficeHours", "PartiesFile", "PartyKind", "Programme", "Reminder", "Retention", "Round", "Schedule",
    "Secret", "Smtp", "TemplatePolicy",
]  # fmt: skip


class Programme(Strict):
    id: str = Field(
        description="事業の略号（英数字）。データベースと受付番号に使います。", pattern=r"^[A-Za-z0-9-]{1,20}$"
    )
    name: str = Field(description="事業の正式な名前。手紙の署名に出ます。")
    package: str = Field(description="事業が属するパッケージの名前。")
    subject: str = Field(description="応募メールの件名の決まり文句（募集要領2(2)）。例：計画策定支援")
    office: str = Field(description="事務局の名前。手紙の名乗りと署名に出ます。")
    contractor: str = Field(description="受託会社の名前。署名に出ます。")
    address: MailAddress = Field(description="事務局のメールアドレス。差出人になります。")
    phone: str = Field(description="事務局の電話番号。")
    phone_hours: str = Field(description="電話を受ける時間。署名に出ます。")
    ministry: str = Field(description="所管（省・課）の名前。")
    fiscal_year_of_index: Count = Field(ge=2000, le=2100, description="財政力指数の年度（西暦）。募集要領2(1)の注。")
    elsewhere: str | None = Field(
        None,
        description="同じパッケージの別の事業の窓口。別の事業への応募が届いたときの手紙に出ます。",
        max_length=200,
    )


class Database(Strict):
    url: str = Field(
        "sqlite:///var/mailflow.db", description="データベース。sqlite:///ファイル または postgresql+psycopg://… の形。"
    )


class TemplatePolicy(Strict):
    approval: Approval = Field(Approval.ONE, description="auto 自動・one 1人・two 別の2人。")
    consent: bool = Field(False, description="総務省の了解の記録が要るか。")
    cc_bureau: bool = Field(
        False,
        description="管轄の総合通信局を写し（Cc）に入れるか。アドレスは parties.yaml の kind: bureau に書きます。",
    )


class ApprovalPolicy(Strict):
    undo: Duration = Field(timedelta(seconds=30), description="承認してから送り始めるまで、取り消せる時間。")
    default: TemplatePolicy = Field(
        default_factory=TemplatePolicy, description="templates に書いていない手紙の決まり。"
    )
    templates: dict[str, TemplatePolicy] = Field(default_factory=dict, description="手紙（テンプレート）ごとの決まり。")
    consent_by: str | None = Field(
        None, description="総務省で了解を出す人（課とお名前）。consent: true の手紙の、了解の記録に使います。"
    )
    mail_client: MailClient | None = Field(
        None, description="ふだんのメールソフトでの承認（画面のほかに）。書かなければ使いません。"
    )
    reply_budget: Count = Field(10, ge=1, description="1つの宛先に1日に返す手紙の上限。こえたら人が見ます。")

    def for_template(self, name: str) -> TemplatePolicy:
        return self.templates.get(name, self.default)


class Reminder(Strict):
    """One reminder of a fix request that nobody answered."""

    after: Count = Field(2, ge=1, le=30, description="修正のお願いを送ってから、お知らせを作るまでの営業日数。")
    quiet_before: Duration = Field(
        timedelta(hours=4), description="お願いした期日までの時間がこれより少なければ、お知らせを作りません。"
    )


class OfficeHours(Strict):
    opens: ClockTime = Field(time(8, 30), description="手紙を出してよい時間の始まり。")
    closes: ClockTime = Field(time(19, 0), description="手紙を出してよい時間の終わり。")
    quiet_exempt: tuple[str, ...] = Field(("receipt", "arrival"), description="夜間・休日でも出してよい手紙。")

    @model_validator(mode="after")
    def _in_order(self) -> OfficeHours:
        if self.closes <= self.opens:
            raise Misplaced("closes（終わり）が opens（始まり）より前です", "closes")
        return self


class Schedule(Strict):
    process_every: Duration = Field(timedelta(seconds=2), description="届いたメールを判定する間隔。")
    send_every: Duration = Field(timedelta(milliseconds=500), description="承認された手紙を見に行く間隔。")
    recover_every: Duration = Field(timedelta(seconds=5), description="止まった処理を引き取る間隔。")
    compare_every: Duration = Field(timedelta(minutes=10), description="サーバーの一覧と突き合わせる間隔。")
    seal_every: Duration = Field(timedelta(minutes=1), description="操作の記録に封をする間隔。")
    daily: ClockTime = Field(time(8, 0), description="毎日の突き合わせ（mailflow reconcile と同じ）をする時刻。")


class Limits(Strict):
    read_time: Duration = Field(timedelta(seconds=60), description="1通を読むのにかけてよい時間。")
    memory: Size = Field(1_500_000_000, description="1通を読むのに使ってよいメモリー。")
    attempts: Count = Field(3, ge=1, description="失敗した判定をやり直す回数。こえたら人に見せます。")


class Console(Strict):
    """Where the secretariat's pages are served."""

    host: str = Field(
        "127.0.0.1",
        description="画面を出すアドレス。127.0.0.1 はこの機械だけ、0.0.0.0 はすべて（https にする中継の後ろで）。",
        pattern=r"^[A-Za-z0-9.:-]{1,100}$",
    )
    port: Count = Field(8765, ge=1, le=65535, description="画面を出すポート。")
    url: WebAddress | None = Field(
        None,
        description="利用者が開くアドレス。例：https://mailflow.example.jp（https にする中継の後ろに置くときに書きます）",
    )


class Secret(Strict):
    name: str = Field(description="何の鍵か。例：Microsoft 365 のクライアント シークレット", max_length=80)
    expires: date = Field(description="期限の日。14日前から知らせます。例：2026-09-30")


class Alarm(Strict):
    """How people are told that something is ill: never through the mailbox that is watched."""

    to: tuple[MailAddress, ...] = Field(
        (), description="知らせを送るアドレス（事務局の受信箱とは別のもの。当番の携帯など）。", max_length=10
    )
    url: SmtpUrl | None = Field(None, description="知らせを送る別の SMTP サーバー。書かなければ smtp.url で送ります。")
    user: str | None = Field(None, description="別の SMTP サーバーのログイン名。")
    password_file: str | None = Field(None, description="別の SMTP サーバーのパスワードを1行で書いたファイル。")
    starttls: bool | None = Field(None, description="STARTTLS を使うか。書かなければ、手元の機械以外では必ず使います。")
    ca_file: str | None = Field(None, description="サーバー証明書を確かめる認証局のファイル。")
    file: str | None = Field(None, description="知らせを1行ずつ書き足すファイル（監視の道具に読ませます）。")
    after: Duration = Field(timedelta(minutes=2), description="悪いところが、これだけ続いたら知らせます。")
    useless_within: Duration = Field(
        timedelta(hours=4),
        description="承認を待つ手紙が、これだけのうちに期限切れになるなら知らせます（窓口の時間の中だけ）。",
    )
    held_within: Duration = Field(
        timedelta(hours=4), description="仮押さえした相談の枠の手紙が、これだけ承認を待っていたら知らせます。"
    )
    secrets: tuple[Secret, ...] = Field((), description="期限のある鍵やパスワード。14日前から知らせます。")


class DailyDigest(Strict):
    """The staff's daily letter (template staff-digest)."""

    to: tuple[MailAddress, ...] = Field(
        (),
        description="日報を送る先（事務局と同じドメインのアドレスだけ）。毎日の突き合わせのあとに1回送ります。書かなければ送りません。",
        max_length=20,
    )


class Retention(Strict):
    keep: str = Field(
        "forever", description="個人情報の保存。purge は人が命じたときだけ動きます。", pattern="^forever$"
    )


class MailflowFile(Strict):
    """mailflow.yaml."""

    programme: Programme = Field(description="事業と事務局。")
    rounds: tuple[Round, ...] = Field(
        min_length=1, description="公募の回。2回目は1つのまとまりを写して日付を変えます。"
    )
    sending: bool = Field(True, description="false にすると、1通も外へ出しません。")
    start: Moment | None = Field(
        None, description="運用開始の日時。init か最初の doctor が書きます。これより前のメールには返信しません。"
    )
    mailbox: Mailbox = Field(default_factory=Mailbox, description="受信。")
    smtp: Smtp = Field(default_factory=Smtp, description="送信。")
    database: Database = Field(default_factory=Database, description="データベース。")
    approval: ApprovalPolicy = Field(default_factory=ApprovalPolicy, description="手紙の承認の決まり。")
    reminder: Reminder | None = Field(
        None, description="返事のない修正のお願いを、1回だけお知らせします。書かなければ、お知らせを作りません。"
    )
    office_hours: OfficeHours = Field(default_factory=OfficeHours, description="手紙を出してよい時間。")
    schedule: Schedule = Field(default_factory=Schedule, description="仕事の間隔。")
    limits: Limits = Field(default_factory=Limits, description="1通にかけてよい時間とメモリー。")
    oauth: OAuthAccess | None = Field(None, description="パスワードを使わないログイン（Microsoft 365 など）。")
    alarm: Alarm = Field(default_factory=Alarm, description="悪いところを人に知らせる道（見張る受信箱とは別の道）。")
    digest: DailyDigest = Field(default_factory=DailyDigest, description="事務局の日報。")
    console: Console = Field(default_factory=Console, description="事務局の画面（コンソール）。")
    retention: Retention = Field(default_factory=Retention, description="保存。")

    @model_validator(mode="after")
    def _rounds_apart(self) -> MailflowFile:
        for section, wants in (("mailbox", self.mailbox.oauth), ("smtp", self.smtp.oauth)):
            if wants and self.oauth is None:
                raise Misplaced("oauth: のまとまりがありません", section, "oauth")
        if self.smtp.oauth and self.smtp.user is None:
            raise Misplaced("oauth でログインするときは smtp.user を書いてください", "smtp", "oauth")
        seen: set[str] = set()
        for index, one in enumerate(self.rounds):
            if one.id in seen:
                raise Misplaced(f"公募回の id {one.id} が2つあります", "rounds", index, "id")
            seen.add(one.id)
        ordered = sorted(enumerate(self.rounds), key=lambda pair: pair[1].opens)
        for (_, earlier), (index, later) in pairwise(ordered):
            if later.opens <= earlier.closes:
                raise Misplaced(
                    f"公募回 {earlier.id} と {later.id} の期間が重なっています",
                    "rounds",
                    index,
                    "opens",
                    hint=f"{earlier.id} の締切は {earlier.closes:%Y-%m-%d %H:%M} です",
                )
            if earlier.fix_grace and earlier.fix_grace.until >= later.opens:
                place = self.rounds.index(earlier)
                raise Misplaced(
                    f"fix_grace の until（修正の期限）が、次の公募 {later.id} の始まりより後です",
                    "rounds",
                    place,
                    "fix_grace",
                    "until",
                )
        return self
