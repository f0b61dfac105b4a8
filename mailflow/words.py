"""One Japanese word for a thing, whoever shows it: the commands, the console, the demo."""

from __future__ import annotations

from collections.abc import Mapping

from mailflow.model import Kind, Severity

KINDS: Mapping[str, str] = {
    Kind.APPLICATION.value: "応募",
    Kind.CONSULTATION.value: "事前相談",
    Kind.PASSWORD.value: "パスワード",
    Kind.INQUIRY.value: "問い合わせ",
    Kind.WITHDRAWAL.value: "取下げ",
    Kind.MACHINE.value: "自動のメール",
    Kind.INTERNAL.value: "関係者",
    Kind.UNKNOWN.value: "不明",
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.NOTE: "参考",
    Severity.CONFIRM: "確認のお願い",
    Severity.FIX: "修正依頼",
    Severity.REFUSE: "対象外",
    Severity.REVIEW: "要確認",
}
LETTERS: Mapping[str, str] = {
    "receipt": "受領",
    "replacement": "差し替えの受領",
    "arrival": "到着のお知らせ",
    "fix-request": "修正依頼",
    "reminder": "修正依頼の再送",
    "password-request": "パスワードの依頼",
    "late": "締切後の到着",
    "refused": "対象外",
    "inquiry-received": "問い合わせの受領",
    "withdrawal-received": "取り下げの受領",
    "on-record": "記録の回答",
    "answer-recorded": "お返事の受領",
    "extension": "期限延長の回答",
    "form-corrected": "様式の差し替え案内",
    "hearing": "ヒアリングの案内",
    "letter": "事務局の手紙",
    "letter-deletion": "削除のお願い",
    "organization-asked": "団体名の確認",
    "other-programme": "別の事業の案内",
    "outside": "対象外の問い合わせ",
    "part-missing": "分割メールの不足",
    "several-towns": "複数団体の確認",
    "when-results": "結果の時期の回答",
    "consultation-offer": "相談の候補",
    "consultation-confirmed": "相談の確定",
    "consultation-changed": "相談の変更",
    "consultation-cancelled": "相談の取り消し",
    "consultation-closed": "相談の受付終了",
    "consultation-full": "相談の満席",
    "consultation-reminder": "相談の前日連絡",
    "result-selected": "選定の通知",
    "result-not-selected": "不選定の通知",
    "course-change-proposal": "コース変更の提案",
    "staff-digest": "事務局への日報",
}
APPROVALS: Mapping[str, str] = {"auto": "自動", "one": "1人", "two": "2人"}


def letter_name(template: str) -> str:
    """「受領（receipt）」: what people call it, and the name that it has in mailflow.yaml; an operator's own by that alone."""
    return f"{LETTERS[template]}（{template}）" if template in LETTERS else template
