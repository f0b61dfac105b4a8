"""What people write in config/tests/*.yaml: a mail in a few lines, and what is expected of it (issue: `config test`).

In: plain data from YAML (`CasesFile.model_validate`). Out: frozen models; unknown keys are refused, and so is an
expectation that nothing would look at (`expect: {}`, an empty list). What needs the other files (names of rules, checks,
fields, letters) is told by `case_checks.troubles`. Times without a zone are Asia/Tokyo. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, StringConstraints, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mailflow.model import ActionName, Approval, CaseState, Kind, Method, RequestIntent, Resolved, Severity
from mailflow.settings.fields import Count, Moment, Strict
from mailflow.settings.problems import Misplaced


def _typed_in(value: Any) -> Any:
    """A cell's value as YAML gives it: no mapping, no list of lists."""
    if isinstance(value, (list, tuple)):
        if all(isinstance(one, (str, int, float)) for one in value):
            return tuple(value)
    elif value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ValueError("様式の値は、文字・数・選択肢の並び・空（null）のどれかで書きます")


_CELL_SCHEMA = {"type": ["string", "number", "boolean", "array", "null"], "items": {"type": ["string", "number"]}}
CellValue = Annotated[Any, BeforeValidator(_typed_in), WithJsonSchema(_CELL_SCHEMA)]
Values = dict[str, CellValue]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Sender = Annotated[str, StringConstraints(min_length=1, max_length=300)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")]
# Headers that other keys write; twice the same header would be another test than the one that is read.
_OWN_HEADERS = {"from": "from", "to": "to", "cc": "cc", "reply-to": "reply_to", "subject": "subject"}


class TestFile(Strict):
    """One attached file: made from a form's values, from a text, or taken from a file beside the test."""

    __test__ = False  # for pytest, which collects what is called Test…

    name: Name = Field(description="ファイルの名前。例：【長野県飯田市】1次公募応募様式.xlsx")
    form: Values | None = Field(
        None, description="応募様式の値（defaults の form に重ねます）。xlsx を作って添付します。"
    )
    text: str | None = Field(None, description="ファイルの中身（文字）。")
    path: str | None = Field(None, description="添付するファイル。テストの YAML から見た場所で書きます。")
    type: str | None = Field(
        None, description="メールに書く種類。例：application/pdf。書かなければ名前から決めます。",
        pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,80}$",
    )  # fmt: skip

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if sum(one is not None for one in (self.form, self.text, self.path)) != 1:
            raise ValueError("form・text・path のどれか1つだけを書いてください")
        return self


class TestMail(Strict):
    """A mail in a few lines."""

    __test__ = False

    at: Moment | None = Field(None, description="届いた日時。例：2026-03-10 10:00。書かなければ defaults の at です。")
    from_: Sender | None = Field(None, alias="from", description="差出人。例：企画課 <kikaku@city.iida.nagano.jp>")
    to: Sender | None = Field(None, description="宛先（既定は事務局のアドレス）。")
    cc: Sender | None = Field(None, description="写し。いくつかあるときは「, 」でつなぎます。")
    reply_to: Sender | None = Field(None, description="返信先。")
    subject: str | None = Field(None, description="件名。")
    text: str | None = Field(None, description="本文。")
    form: Values | None = Field(
        None,
        description="添付する応募様式の値（defaults の form に重ねます。null で空欄）。{} なら defaults のとおりです。",
    )
    form_name: Name | None = Field(
        None, description="その応募様式のファイルの名前。書かなければ「【団体名】○次公募応募様式.xlsx」です。"
    )
    files: tuple[TestFile, ...] = Field((), description="ほかの添付ファイル。")
    headers: dict[HeaderName, str] = Field(
        default_factory=dict, description="ほかのヘッダー。例：Auto-Submitted: auto-replied"
    )
    eml: str | None = Field(
        None, description="メールそのもの（.eml）。テストの YAML から見た場所で書きます。書けるのは at だけです。"
    )
    answers: str | None = Field(
        None,
        description="どの手紙への返信か（ひな形の名前。例：fix-request）。before の手紙、なければその名前の手紙です。",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        written = ("from_", "to", "cc", "reply_to", "subject", "text", "form", "files", "headers")
        if self.eml is not None:
            for name in written:
                if name in self.model_fields_set:
                    key = "from" if name == "from_" else name
                    raise Misplaced("eml を書いたときは、メールの中身は書けません", key, key=True)
        if self.form_name is not None and self.form is None:
            raise Misplaced("form_name は、form と一緒に書きます", "form_name", key=True)
        for name in self.headers:
            if own := _OWN_HEADERS.get(name.casefold()):
                raise Misplaced(f"このヘッダーは `{own}:` に書きます", "headers", name, key=True)
        return self


class Earlier(TestMail):
    """A mail of the same case that came before."""

    sent: bool = Field(False, description="このメールへの手紙を、もう出したことにするか。")


class KnownExceptionOf(Strict):
    what: str = Field(description="何の例外か。deadline（締切）または check:検査の名前。")
    until: Moment | None = Field(None, description="いつまで。")
    why: str = Field("テスト", description="理由。")


class TakenSeat(Strict):
    start: Moment = Field(description="埋まっている枠の始まり。")
    host: str | None = Field(None, description="担当の id（既定は1人目）。")


class BookedSlot(Strict):
    start: Moment = Field(description="予約の始まり。")
    host: str | None = Field(None, description="担当の id（既定は1人目）。")
    method: Method = Field(Method.ONLINE, description="方法。online か phone。")


class KnownFacts(Strict):
    """What is known when the mail is judged, beside what `before` gives."""

    state: CaseState | None = Field(None, description="案件の状態。書くと、案件がもうあることになります。")
    party: bool | None = Field(None, description="差出人が案件の当事者か。")
    claim: bool | None = Field(None, description="当事者ではない人が、案件のある団体の名で書いてきたか。")
    before_start: bool = Field(False, description="運用開始より前に届いたか。")
    replies_today: Count = Field(0, ge=0, description="きょう、この宛先に出した手紙の数。")
    exceptions: tuple[KnownExceptionOf, ...] = Field((), description="この団体に認めた例外。")
    bookings: tuple[BookedSlot, ...] = Field((), description="この団体の、これからの相談の予約。")
    taken: tuple[TakenSeat, ...] = Field((), description="ほかの予約で埋まっている枠。")
    offer: tuple[Moment, ...] = Field((), description="前の手紙で示した候補の始まり（1番から順に）。")
    passwords_tried: Count = Field(0, ge=0, description="これまでに試して開かなかったパスワードの数。")


class ExpectedFinding(Strict):
    check: str = Field(description="検査の名前。")
    severity: Severity | None = Field(None, description="重さ。note・confirm・fix・refuse・review。")
    field: str | None = Field(None, description="様式の項目（form.yaml の key）。")
    where: Words | None = Field(None, description="「どこ」に含まれる語。")
    found: Words | None = Field(None, description="「現在」に含まれる語。")
    message: Words | None = Field(None, description="文に含まれる語。")

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, data: Any) -> Any:
        return {"check": data} if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "description": "検査の名前。"}, handler(core)]}


class Expect(Strict):
    """What must come out. Only what is written is looked at."""

    kind: Kind | None = Field(None, description="メールの種類。")
    label: str | None = Field(None, description="細かい見出し。ないことを確かめるときは null。")
    rule: str | None = Field(None, description="当てはまる規則の id。")
    organization: str | None = Field(
        None, description="団体の名前（都道府県から）。例：長野県飯田市。分からないことを確かめるときは null。"
    )
    resolved: Resolved | None = Field(None, description="団体がどのくらい確かか。exact・variant・suggestion・none。")
    form: Values | None = Field(None, min_length=1, description="様式から読み取る値。")
    form_found: bool | None = Field(None, description="応募様式が読み取れるか。")
    findings: tuple[ExpectedFinding, ...] | None = Field(
        None,
        description="あるはずの指摘。検査の名前か、check と severity・field などの組で書きます。[] は、1つもないこと。",
    )
    no_findings: tuple[str, ...] | None = Field(
        None, min_length=1, description="ないはずの指摘（検査の名前）。その検査が行われていなければ、失敗です。"
    )
    only_these: bool | None = Field(
        None, description="true にすると、findings に書いたほかの指摘（note を除く）があれば、失敗です。"
    )
    actions: tuple[ActionName, ...] | None = Field(None, min_length=1, description="することに含まれるもの。")
    no_actions: tuple[ActionName, ...] | None = Field(None, min_length=1, description="することに含まれないもの。")
    template: str | None = Field(None, description="返信の案（ひな形の名前）。返信しないことを確かめるときは null。")
    approval: Approval | None = Field(None, description="その手紙の承認。auto・one・two。")
    review: bool | None = Field(None, description="先に人が見るか。")
    to: tuple[str, ...] | None = Field(None, min_length=1, description="手紙の宛先（アドレスの並び）。")
    subject: Words | None = Field(None, description="手紙の件名に含まれる語。")
    words: tuple[Words, ...] | None = Field(None, min_length=1, description="手紙の本文に含まれる語。")
    no_words: tuple[Words, ...] | None = Field(None, min_length=1, description="手紙の本文に含まれない語。")
    slot: Moment | None = Field(None, description="予約（または変更先）の始まり。予約しないことを確かめるときは null。")
    method: Method | None = Field(None, description="予約の方法。online か phone。")
    intent: RequestIntent | None = Field(None, description="事前相談会について、何をしたいメールか。")

    @model_validator(mode="before")
    @classmethod
    def _something(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and not data:
            raise ValueError("何も確かめていません。kind や findings など、確かめることを書いてください")
        return data

    @model_validator(mode="after")
    def _nothing_idle(self) -> Self:
        """What could only ever hold, or never be looked at, is no expectation."""
        given = self.model_fields_set
        may_be_null = {"label", "organization", "template", "slot"}
        for name in given - may_be_null:
            if getattr(self, name) is None:
                raise Misplaced("値がありません。確かめないなら、この行を消してください", name, key=True)
        if "only_these" in given and not (self.only_these and self.findings is not None):
            raise Misplaced("only_these は true とだけ、findings と一緒に書きます", "only_these")
        if "template" in given and self.template is None:
            for name in ("approval", "to", "subject", "words", "no_words"):
                if name in given:
                    raise Misplaced(
                        "template が null（返信しない）なので、手紙のことは確かめられません", name, key=True
                    )
        if "slot" in given and self.slot is None and "method" in given:
            raise Misplaced("slot が null（予約しない）なので、方法は確かめられません", "method", key=True)
        if (
            "organization" in given
            and self.organization is None
            and self.resolved in (Resolved.EXACT, Resolved.VARIANT)
        ):
            raise Misplaced("organization が null（分からない）なのに、確かだと書かれています", "resolved")
        return self


class TestCase(TestMail):
    """One test: a mail, what is known, what is expected."""

    __test__ = False

    test: Name = Field(description="何を確かめるテストか（1行）。")
    now: Moment | None = Field(None, description="判定する日時（既定は届いた日時）。")
    imported: bool = Field(False, description="手で取り込んだメールか。")
    junk: bool = Field(False, description="迷惑メールのフォルダーにあったか。")
    before: tuple[Earlier, ...] = Field((), description="同じ案件の、前に届いたメール（古い順）。")
    known: KnownFacts = Field(default_factory=KnownFacts, description="ほかに知られていること。")
    expect: Expect = Field(description="期待すること。書いたものだけを確かめます。")


class Defaults(Strict):
    """What every mail of the file has unless it says otherwise."""

    at: Moment | None = Field(None, description="届いた日時。")
    from_: Sender | None = Field(None, alias="from", description="差出人。")
    subject: str | None = Field(None, description="件名。")
    text: str | None = Field(None, description="本文。")
    form: Values = Field(default_factory=dict, description="応募様式の値。form: を書いたメールに、重ねる元になります。")


class CasesFile(Strict):
    """config/tests/*.yaml."""

    description: str | None = Field(None, description="何のテストを集めたファイルか。")
    defaults: Defaults = Field(default_factory=Defaults, description="このファイルのメールに共通の値。")
    cases: tuple[TestCase, ...] = Field(min_length=1, description="テスト。")

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        seen: set[str] = set()
        for index, case in enumerate(self.cases):
            if case.test in seen:
                raise Misplaced("同じ名前のテストが2つあります", "cases", index, "test")
            seen.add(case.test)
            for path, one in mails_of(case):
                if one.eml is None and one.from_ is None and self.defaults.from_ is None:
                    raise Misplaced("差出人（from）がありません", "cases", index, *path)
                if one.at is None and self.defaults.at is None:
                    raise Misplaced("届いた日時（at）がありません", "cases", index, *path)
        return self


def mails_of(case: TestCase) -> Iterator[tuple[tuple[str | int, ...], TestMail]]:
    """The mails of a case with their paths in it: the earlier ones, then its own (path empty)."""
    for index, one in enumerate(case.before):
        yield ("before", index), one
    yield (), case
