"""The checks an operator can set in rules.yaml: one model a check, with its weights, words and parameters (DESIGN §4).

Code (`intake/checks/`) states facts; what a fact weighs and how it is said stands in YAML. A check may find several
sorts of the same thing (`variant`): each has a `severity_…` and, where the words differ, a `message_…`.

Messages (`settings.messages`) may show a name of `settings.names`, or `found`, `expected`, `where`, `example` and what
the check itself gives (`GIVES`).
Raises nothing but pydantic.ValidationError.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from mailflow.model import Intent, Severity
from mailflow.settings.check_base import Shipped
from mailflow.settings.checks_form import FormExample, FormShifted
from mailflow.settings.fields import Duration
from mailflow.settings.messages import Words

_SEVERITY = "重さ。note 記録だけ・confirm 確認・fix 修正のお願い・refuse お断り・review 先に人が見る。"


def _weight(default: Severity, when: str) -> Any:
    return Field(default, description=f"{when}ときの重さ。note・confirm・fix・refuse・review。")


def _words(when: str) -> Any:
    return Field(None, description=f"{when}ときの文。書かなければ message と同じです。")


# --- naming (募集要領 2(2)) ---------------------------------------------------------------------------------------------


class SubjectName(Shipped):
    check: Literal["subject-name"] = Field(description="件名が「【団体名】計画策定支援」か。")
    severity: Severity = Field(Severity.NOTE, description=_SEVERITY)
    severity_unknown: Severity = _weight(Severity.FIX, "件名のほかに団体を知る手がかりがない")
    message_unknown: Words | None = _words("件名のほかに団体を知る手がかりがない")
    wording_unknown: Words = Field(description="団体が分からないときに示す件名の書き方。")


class AttachmentName(Shipped):
    check: Literal["attachment-name"] = Field(description="ファイル名が「【団体名】1次公募応募様式」か。")
    severity: Severity = Field(Severity.NOTE, description=_SEVERITY)
    severity_unknown: Severity = _weight(Severity.FIX, "ファイル名のほかに団体を知る手がかりがない")
    message_unknown: Words | None = _words("ファイル名のほかに団体を知る手がかりがない")
    wording_unknown: Words = Field(description="団体が分からないときに示すファイル名の書き方。")


# --- attachments ------------------------------------------------------------------------------------------------------


class AttachmentMissing(Shipped):
    check: Literal["attachment-missing"] = Field(description="応募様式が添付されているか。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    found_nothing: Words = Field(description="添付ファイルが1つもないときに「現在」に出す文。")
    found_text: Words | None = Field(
        None,
        description="添付ファイルはないが、本文に文があるときに「現在」に出す文。なければ found_nothing を出します。",
    )
    severity_other: Severity = _weight(Severity.FIX, "別のファイルだけが添付されている")
    message_other: Words | None = _words("別のファイルだけが添付されている")
    severity_part: Severity = _weight(Severity.NOTE, "分割して送られたうちの、様式のない1通の")
    message_part: Words | None = _words("分割して送られたうちの、様式のない1通の")
    severity_more: Severity = _weight(Severity.REVIEW, "応募様式がもう届いている団体から、様式なしで届いた")
    message_more: Words | None = _words("応募様式がもう届いている団体から、様式なしで届いた")


class AttachmentFormat(Shipped):
    check: Literal["attachment-format"] = Field(
        description="応募様式が Excel（.xlsx）か。PDF・Word・写真は読み取れません。"
    )
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    severity_read: Severity = _weight(Severity.NOTE, "形式は違うが読み取れた（.xls など）")
    message_read: Words | None = _words("形式は違うが読み取れた（.xls など）")
    not_the_form: tuple[str, ...] = Field(
        (), description="ファイル名にこの語があれば、応募様式ではなく添え物とみなします（送り状など）。"
    )


class AttachmentLocked(Shipped):
    check: Literal["attachment-locked"] = Field(description="パスワードのかかったファイル。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    severity_beside: Severity = _weight(Severity.NOTE, "応募様式は読めて、ほかのファイルだけが開けない")
    message_beside: Words | None = _words("応募様式は読めて、ほかのファイルだけが開けない")
    severity_wrong: Severity = _weight(Severity.FIX, "知らされたパスワードで開けない")
    message_wrong: Words | None = _words("知らされたパスワードで開けない")


class AttachmentUnreadable(Shipped):
    check: Literal["attachment-unreadable"] = Field(description="壊れている、大きすぎるなどで開けないファイル。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    severity_beside: Severity = _weight(Severity.NOTE, "応募様式は読めて、ほかのファイルだけが開けない")
    message_beside: Words | None = _words("応募様式は読めて、ほかのファイルだけが開けない")
    severity_doubt: Severity = _weight(Severity.REVIEW, "応募様式は開けたが、読み取りに疑いがある")
    message_doubt: Words | None = _words("応募様式は開けたが、読み取りに疑いがある")


class AttachmentLink(Shipped):
    check: Literal["attachment-link"] = Field(description="ファイルの代わりにダウンロード用のURLが書かれている。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)


class AttachmentMany(Shipped):
    check: Literal["attachment-many"] = Field(description="内容の違う応募様式が2つ以上ある。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)


# --- the form ---------------------------------------------------------------------------------------------------------


class FormVersion(Shipped):
    check: Literal["form-version"] = Field(description="この公募回の応募様式か。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    severity_name: Severity = _weight(Severity.NOTE, "ファイル名だけが別の回で、中身は正しい")
    message_name: Words | None = _words("ファイル名だけが別の回で、中身は正しい")


class FormUntouched(Shipped):
    check: Literal["form-untouched"] = Field(description="何も記入されていない応募様式。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)


class FormComplete(Shipped):
    GIVES = frozenset({"label", "cell", "choices"})
    check: Literal["form-complete"] = Field(description="必要な欄が空欄ではないか。1欄に1つの指摘です。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    message_choice: Words | None = _words("選択肢から選ぶ欄の")
    message_absent: Words | None = _words("欄そのものが様式に見当たらない")
    severity_absent: Severity = _weight(Severity.FIX, "欄そのものが様式に見当たらない")
    severity_elsewhere: Severity = _weight(Severity.REVIEW, "「別紙のとおり」など、ほかの所を指す")
    message_elsewhere: Words | None = _words("「別紙のとおり」など、ほかの所を指す")
    names: tuple[str, ...] = Field(
        (), description="人の名前を書く項目（form.yaml の key）。「企画課担当者」は名前とみなさず、人が見る。"
    )
    messages: dict[str, Words] = Field(default_factory=dict, description="項目ごとの文（form.yaml の key: 文）。")


_UNCLEAR = "読み取れるが、添えられた言葉を人が確かめる方がよい記入の"


class FormChoice(Shipped):
    GIVES = frozenset({"label", "cell", "choices", "read", "refused", "needs"})
    check: Literal["form-choice"] = Field(description="選択肢にない値。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    message_both: Words | None = _words("1つを選ぶ欄に、2つ以上が記入されている")
    message_excluded: Words | None = _words("ほかの項目の記入（コースなど）のために選べないものが、記入されている")
    message_date: Words | None = _words("Excel が日付に変えた（「1-3」など）")
    severity_unclear: Severity = _weight(Severity.REVIEW, _UNCLEAR)
    message_unclear: Words | None = _words(_UNCLEAR)


class FormType(Shipped):
    GIVES = frozenset({"label", "cell", "read"})
    check: Literal["form-type"] = Field(description="数字・電話番号・メールアドレスなどとして読めない値。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    severity_error: Severity = _weight(Severity.FIX, "Excel のエラー値（#REF! など）の")
    message_error: Words | None = _words("Excel のエラー値（#REF! など）の")
    severity_unclear: Severity = _weight(Severity.REVIEW, _UNCLEAR)
    message_unclear: Words | None = _words(_UNCLEAR)
    message_date: Words | None = _words("数字などの欄の記入を、Excel が日付に変えた（「2-3」など）")
    looked_up: tuple[str, ...] = Field((), description="団体が分かれば、事務局で調べる項目（form.yaml の key）。")
    severity_looked_up: Severity = _weight(Severity.NOTE, "事務局で調べる項目を読めない")
    message_looked_up: Words | None = _words("事務局で調べる項目を読めない")
    messages: dict[str, Words] = Field(
        default_factory=dict,
        description="項目ごと（key）、または種類ごと（phone・email・number など）の文。項目の文が先です。",
    )


class FormLength(Shipped):
    GIVES = frozenset({"label", "cell", "length", "limit"})
    check: Literal["form-length"] = Field(description="文字数の目安をこえている。")
    severity: Severity = Field(Severity.NOTE, description=_SEVERITY)


class CourseChosen(Shipped):
    GIVES = frozenset({"label", "cell"})
    check: Literal["course-chosen"] = Field(description="A・Bコースのどちらか一方が選ばれているか。")
    severity: Severity = Field(Severity.FIX, description=_SEVERITY)
    severity_both: Severity = _weight(Severity.FIX, "A・Bの両方が選ばれている")
    message_both: Words | None = _words("A・Bの両方が選ばれている")
    field: str = Field("course", description="コースの項目（form.yaml の key）。")


class WeeklyHours(Shipped):
    GIVES = frozenset({"label", "cell", "minimum"})
    check: Literal["weekly-hours"] = Field(description="週の作業時間が目安（3時間）に足りるか。要件ではありません。")
    severity: Severity = Field(Severity.CONFIRM, description=_SEVERITY)
    field: str = Field("weekly_hours", description="週の作業時間の項目（form.yaml の key）。")
    minimum: float = Field(3, gt=0, description="目安の時間。")


# --- the body ---------------------------------------------------------------------------------------------------------


class OrganizationKnown(Shipped):
    GIVES = frozenset({"suggestions"})
    check: Literal["organization-known"] = Field(description="団体が分かったか。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)
    severity_suggestion: Severity = _weight(Severity.REVIEW, "似た名前の団体がある")
    message_suggestion: Words | None = _words("似た名前の団体がある")
    message_one: Words | None = Field(
        None, description="候補が1つだけのときの文。書かなければ message_suggestion と同じです。"
    )
    severity_ward: Severity = _weight(Severity.REVIEW, "政令指定都市の区の名前で来た")
    message_ward: Words | None = _words("政令指定都市の区の名前で来た")
    severity_joint: Severity = _weight(Severity.REVIEW, "2つ以上の団体の名前で来た（共同の応募など）")
    message_joint: Words | None = _words("2つ以上の団体の名前で来た（共同の応募など）")


class OrganizationAgrees(Shipped):
    check: Literal["organization-agrees"] = Field(description="様式・件名・ファイル名の団体が同じか。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)


class ApplicantType(Shipped):
    check: Literal["applicant-type"] = Field(description="都道府県・市区町村のほかの団体（組合・法人など）。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)
    field: str = Field("applicant_type", description="団体の区分の項目（form.yaml の key）。")
    plain: tuple[str, ...] = Field(("都道府県", "市区町村"), description="人が見なくてよい区分。")


class Scope(Shipped):
    check: Literal["scope"] = Field(description="庁舎内のネットワーク整備を含む取組。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)
    field: str = Field("scope_internal", description="項目（form.yaml の key）。")
    included: tuple[str, ...] = Field(("含む",), description="「含む」とみなす値。")
    titles: tuple[str, ...] = Field(
        ("theme",),
        description="庁舎内の整備の題名でないかを見る項目（form.yaml の key）。上の項目が「含まない」でも、人が見ます。",
    )
    places: tuple[str, ...] = Field(
        ("庁舎", "庁内", "役場内", "役所内", "市役所", "町役場", "村役場", "区役所", "執務室", "職員用"),
        description="題名の中で、庁舎を表す言葉。",
    )
    works: tuple[str, ...] = Field(
        ("Wi-Fi", "WiFi", "無線LAN", "LAN", "ネットワーク", "内線電話"),
        description="題名の中で、庁舎を表す言葉のすぐあと（8字以内）にあれば、庁舎内の整備とみなす言葉。",
    )
    severity_title: Severity = _weight(Severity.REVIEW, "「含む」とはされていないが、題名が庁舎内の整備のものの")
    message_title: Words | None = _words("「含む」とはされていないが、題名が庁舎内の整備のものの")


class FiscalIndex(Shipped):
    GIVES = frozenset({"table", "table_year"})
    check: Literal["fiscal-index"] = Field(description="財政力指数が1以上か（総務省の表と様式の値）。")
    severity: Severity = Field(Severity.REFUSE, description=_SEVERITY)
    severity_one_side: Severity = _weight(Severity.REVIEW, "表と様式の一方だけが1以上の")
    message_one_side: Words | None = _words("表と様式の一方だけが1以上の")
    severity_differs: Severity = _weight(Severity.NOTE, "表と様式の値が違い、どちらも1未満の")
    message_differs: Words | None = _words("表と様式の値が違い、どちらも1未満の")
    field: str = Field("fiscal_index", description="財政力指数の項目（form.yaml の key）。")
    limit: float = Field(1, gt=0, description="この値以上は対象外です。")
    tolerance: float = Field(0.005, ge=0, description="これより小さい違いは、まるめの違いとみなします。")


# --- the sender -------------------------------------------------------------------------------------------------------


class SenderDomain(Shipped):
    check: Literal["sender-domain"] = Field(description="差出人のドメインが団体のものか。")
    severity: Severity = Field(Severity.NOTE, description=_SEVERITY)
    severity_free: Severity = _weight(Severity.REVIEW, "個人向けのメールから来た")
    message_free: Words | None = _words("個人向けのメールから来た")
    severity_other_body: Severity = _weight(Severity.REVIEW, "ほかの団体のドメインから来た")
    message_other_body: Words | None = _words("ほかの団体のドメインから来た")
    severity_agent: Severity = _weight(
        Severity.REVIEW, "応募様式の連絡先は団体のドメインなのに、表にないドメインから来た"
    )
    message_agent: Words | None = _words("応募様式の連絡先は団体のドメインなのに、表にないドメインから来た")
    severity_nobody: Severity = _weight(Severity.REVIEW, "差出人のアドレスがない")
    message_nobody: Words | None = _words("差出人のアドレスがない")


class SenderAuthentic(Shipped):
    check: Literal["sender-authentic"] = Field(description="差出人の認証（SPF・DKIM・DMARC）が、はっきり失敗したか。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)
    severity_several: Severity = _weight(Severity.REVIEW, "差出人の欄（From）が2つ以上ある")
    message_several: Words | None = _words("差出人の欄（From）が2つ以上ある")


class SenderReplyTo(Shipped):
    check: Literal["sender-reply-to"] = Field(
        description="返信先（Reply-To）が、差出人の団体のものではないアドレスか。"
    )
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)


class SenderParty(Shipped):
    check: Literal["sender-party"] = Field(description="案件の当事者ではない差出人からのメール。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)


# --- time and versions ------------------------------------------------------------------------------------------------


class RoundOpen(Shipped):
    check: Literal["round-open"] = Field(description="公募の始まる前、または公募と公募の間に届いたか。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)


class RoundLate(Shipped):
    GIVES = frozenset({"clocks"})
    check: Literal["round-late"] = Field(description="締切のあとに届いたか（サーバーに届いた時刻で判定）。")
    severity: Severity = Field(Severity.REFUSE, description=_SEVERITY)
    severity_clocks: Severity = _weight(Severity.REVIEW, "信じられる時計どうしが合わない")
    message_clocks: Words | None = _words("信じられる時計どうしが合わない")
    severity_correction: Severity = _weight(Severity.REVIEW, "期限内に一度届いていて、修正が締切のあとに届いた")
    message_correction: Words | None = _words("期限内に一度届いていて、修正が締切のあとに届いた")
    severity_allowed: Severity = _weight(Severity.NOTE, "猶予（fix_grace）や個別の例外で認められている")
    message_allowed: Words | None = _words("猶予（fix_grace）や個別の例外で認められている")
    clocks_apart: Duration = Field(
        timedelta(minutes=5), description="信じられる時計どうしの差がこれをこえたら、人が見ます。"
    )


class Duplicate(Shipped):
    check: Literal["duplicate"] = Field(description="前と同じ内容の応募様式が、また届いた。")
    severity: Severity = Field(Severity.NOTE, description=_SEVERITY)
    severity_older: Severity = _weight(Severity.REVIEW, "差し替えと書いてあるのに、前の版と同じ内容の")
    message_older: Words | None = _words("差し替えと書いてあるのに、前の版と同じ内容の")
    severity_unchanged: Severity = _weight(Severity.REVIEW, "修正をお願いした応募様式が、直されずに届いた")
    message_unchanged: Words | None = _words("修正をお願いした応募様式が、直されずに届いた")


class VersionReplaces(Shipped):
    check: Literal["version-replaces"] = Field(
        description="完成した応募を、差し替えの言葉なしに置き換えようとしている。"
    )
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)
    severity_fewer: Severity = _weight(Severity.REVIEW, "前の版より記入された欄が少ない")
    message_fewer: Words | None = _words("前の版より記入された欄が少ない")
    severity_section: Severity = _weight(Severity.REVIEW, "別の部署・別の担当者の応募様式である")
    message_section: Words | None = _words("別の部署・別の担当者の応募様式である")
    severity_withdrawn: Severity = _weight(Severity.REVIEW, "取り下げた応募の後に届いた")
    message_withdrawn: Words | None = _words("取り下げた応募の後に届いた")
    requests: tuple[str, ...] = Field(
        ("fix-request", "password-request", "reminder", "part-missing"),
        description="この手紙への返信なら、差し替えの言葉がなくてもよい。",
    )


class AlsoAsks(Shipped):
    GIVES = frozenset({"asked"})
    check: Literal["also-asks"] = Field(description="ほかの用件も書かれている。")
    severity: Severity = Field(Severity.REVIEW, description=_SEVERITY)
    names: dict[Intent, str] = Field(description="用件の呼び名。ここに書いた用件だけを指摘します。")
    fields: tuple[str, ...] = Field(
        (), description="用件が書かれるかもしれない、応募様式の項目（form.yaml の key。備考など）。"
    )
    severity_form: Severity = _weight(Severity.REVIEW, "応募様式の項目に書かれている")
    message_form: Words | None = _words("応募様式の項目に書かれている")


CATALOGUE: Mapping[str, type[Shipped]] = {
    model.model_fields["check"].annotation.__args__[0]: model  # type: ignore[union-attr]
    for model in (
        SubjectName,
        AttachmentName,
        AttachmentMissing,
        AttachmentFormat,
        AttachmentLocked,
        AttachmentUnreadable,
        AttachmentLink,
        AttachmentMany,
        FormVersion,
        FormUntouched,
        FormComplete,
        FormChoice,
        FormType,
        FormExample,
        FormShifted,
        FormLength,
        CourseChosen,
        WeeklyHours,
        OrganizationKnown,
        OrganizationAgrees,
        ApplicantType,
        Scope,
        FiscalIndex,
        SenderDomain,
        SenderAuthentic,
        SenderReplyTo,
        SenderParty,
        RoundOpen,
        RoundLate,
        Duplicate,
        VersionReplaces,
        AlsoAsks,
    )
}
