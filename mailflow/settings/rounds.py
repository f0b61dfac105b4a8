"""What operators write of the rounds of the call: dates, and what the ministry allowed besides (`rounds` in mailflow.yaml)."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, model_validator

from mailflow.clock import tokyo
from mailflow.model import Organization, Resolved
from mailflow.settings.fields import Duration, Limit, Moment, Strict, WebAddress
from mailflow.settings.problems import Misplaced


class Grace(Strict):
    until: Limit = Field(description="締切後に修正を受け付ける最後の日時。総務省の了解が要ります。")
    consent: str = Field(description="総務省の了解の記録（だれが・いつ・どうやって）。")


class Extension(Strict):
    """A later close for an area (situations row 33): a disaster, say. The ministry's word, never ours."""

    areas: tuple[str, ...] = Field(
        min_length=1, description="対象の地域。都道府県（石川県）か、団体の正式な名前（石川県珠洲市）。"
    )
    until: Limit = Field(description="この地域の団体の締切。手紙に書く締切も、これになります。")
    why: str = Field(description="わけ。例：令和8年3月25日の大雪")
    consent: str = Field(description="総務省の了解の記録（だれが・いつ・どうやって）。")


class Round(Strict):
    id: str = Field(description="公募回の略号。受付番号の頭になります。例：R8-1", pattern=r"^[A-Za-z0-9-]{1,16}$")
    name: str = Field(description="公募回の名前。ファイル名にも使います。例：1次公募")
    opens: Moment = Field(description="公募の始まり。")
    closes: Limit = Field(description="公募の締切。サーバーに届いた時刻で判定します。")
    closes_inclusive: bool = Field(True, description="締切の時刻ちょうど（16:00:00）を間に合ったとするか。")
    consultation_closes: Limit = Field(description="事前相談会の申込期限（募集要領2(4)）。")
    result: str = Field(description="選定結果を知らせる時期。例：4月上旬頃")
    next_round: str | None = Field(None, description="次の公募の時期。例：令和8年9月")
    support: str | None = Field(
        None, description="計画策定支援の時期（募集要領4）。選定の手紙に出ます。例：令和8年4月から8月頃"
    )
    transfers: str | None = Field(
        None,
        description="担当が変わりやすい時期。受領の手紙で、連絡先の変更をお願いする文に出ます。例：4月1日付けの異動",
    )
    form_url: WebAddress | None = Field(
        None,
        description="応募様式のダウンロード先（募集要領2(2)）。応募様式をお願いする手紙に出ます。",
    )
    fix_grace: Grace | None = Field(None, description="締切後の修正を認める場合だけ書きます。なければ人が決めます。")
    extensions: tuple[Extension, ...] = Field(
        (), description="災害などで、総務省が地域ごとに認めた遅い締切。ここに書いた団体には、自動で当てはめます。"
    )
    settle: Duration = Field(
        timedelta(minutes=15), description="添付漏れなどの手紙を、再送を待ってから出すまでの時間。"
    )
    settle_near_close: Duration = Field(timedelta(minutes=5), description="締切当日の settle。")
    parts_wait: Duration = Field(
        timedelta(hours=2),
        description="分けて送られたメール（1/2）の残りを待つ時間。過ぎたら、残りを尋ねる手紙を出せます。締切当日は settle。",
    )
    close_wait: Duration = Field(
        timedelta(minutes=10), description="締切のあと、届く途中のメールを待ってから締切一覧を作るまでの時間。"
    )
    fix_by_before_close: Duration = Field(
        timedelta(days=1), description="修正のお願いの期日を、締切のどれだけ前の業務時間に置くか。"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Round:
        if self.closes <= self.opens:
            hint = f"opens（始まり）は {tokyo(self.opens):%Y-%m-%d %H:%M} です。年と月を確かめてください"
            raise Misplaced("closes（締切）が opens（始まり）より前です", "closes", hint=hint)
        after_close = f"closes（締切）の {tokyo(self.closes):%Y-%m-%d %H:%M} より後の日時を書いてください"
        if not self.opens < self.consultation_closes <= self.closes:
            raise Misplaced(
                "consultation_closes（事前相談会の申込期限）が公募期間の外にあります",
                "consultation_closes",
                hint=f"公募期間は {self.opens:%Y-%m-%d %H:%M} から {self.closes:%Y-%m-%d %H:%M} までです",
            )
        if self.fix_grace and self.fix_grace.until <= self.closes:
            raise Misplaced(
                "fix_grace の until（修正の期限）が closes（締切）より前です", "fix_grace", "until", hint=after_close
            )
        for index, one in enumerate(self.extensions):
            if one.until <= self.closes:
                raise Misplaced(
                    "until（この地域の締切）が closes（締切）より後ではありません",
                    "extensions",
                    index,
                    "until",
                    hint=after_close,
                )
        return self

    def extended(self, body: Organization) -> Extension | None:
        """The latest of the later closes that hold for this body; None for a body that is only guessed."""
        if body.resolved not in (Resolved.EXACT, Resolved.VARIANT):
            return None
        names = {body.prefecture, body.full_name}
        found = [one for one in self.extensions if names & set(one.areas)]
        return max(found, key=lambda one: one.until, default=None)

    def of(self, body: Organization) -> Round:
        """The round as it is for this body: with the close of its area."""
        found = self.extended(body)
        if found is None:
            return self
        grace = self.fix_grace if self.fix_grace and self.fix_grace.until > found.until else None
        return self.model_copy(update={"closes": found.until, "fix_grace": grace})
