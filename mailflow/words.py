"""One Japanese word for a thing, whoever shows it: the commands, the console, the demo."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

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

# What a mail says became of a letter of ours (`Returned.action`).
RETURNED: Mapping[str, str] = {
    "failed": "届かなかったとの知らせ",
    "delayed": "遅れているとの知らせ",
    "deleted": "開かれないまま削除されたとの知らせ",
    "opened": "開かれたとの知らせ",
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
    "deadline-moved": "締切の変更のお知らせ",
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
    "consultation-bureau": "相談の局への依頼",
    "result-selected": "選定の通知",
    "result-not-selected": "不選定の通知",
    "course-change-proposal": "コース変更の提案",
    "staff-digest": "事務局への日報",
}
APPROVALS: Mapping[str, str] = {"auto": "自動", "one": "1人の承認", "two": "2人の承認"}


class Entity(str, Enum):  # noqa: UP042  (the words stand in a command's help)
    """What a line of the audit is about."""

    MAIL = "mail"
    DRAFT = "draft"
    OUTGOING = "outgoing"
    CASE = "case"
    BOOKING = "booking"
    SLOT = "slot"
    BUREAU_REQUEST = "bureau-request"
    TASK = "task"
    INCIDENT = "incident"
    ROUND = "round"
    PLACE = "place"
    PURGE = "purge"
    USER = "user"
    SETTING = "setting"
    CONFIG = "config"


ENTITIES: Mapping[str, str] = {
    Entity.DRAFT.value: "返信案",
    Entity.OUTGOING.value: "送信",
    Entity.MAIL.value: "メール",
    Entity.CASE.value: "団体",
    Entity.BOOKING.value: "事前相談",
    Entity.SLOT.value: "相談の枠",
    Entity.BUREAU_REQUEST.value: "総合通信局",
    Entity.TASK.value: "用事",
    Entity.INCIDENT.value: "誤送信の記録",
    Entity.ROUND.value: "締切の一覧",
    Entity.PLACE.value: "取り込めないメール",
    Entity.PURGE.value: "消去",
    Entity.USER.value: "利用者",
    Entity.SETTING.value: "設定",
    Entity.CONFIG.value: "設定の版",
}
# What stands beside a line of the audit, by its key there: JSON keeps the key.
AUDIT_KEYS: Mapping[str, str] = {
    "action": "知らせ", "answer": "返事", "attempt": "送信", "balanced": "過不足なし", "because": "わけ", "bureau": "管内", "cases": "団体の数", "check": "指摘",
    "claim": "当事者以外", "config": "設定の版", "deleted": "削除の確認", "draft": "返信案", "exception": "特例の番号", "field": "項目", "folder": "フォルダー",
    "foreign": "ほかの団体の情報", "from": "前の状態", "host": "担当", "kind": "種類", "left_out": "作らなかった数", "letters": "作った数", "line": "行", "mail": "メール",
    "mails": "メールの数", "matched_by": "手がかり", "other": "相手の案件", "problems": "問題の数", "purge": "消去の番号", "reader": "相手の番号", "readers": "相手の数",
    "revision": "版", "role": "役割", "start": "時間", "state": "状態", "status": "応答", "template": "手紙", "to": "担当", "what": "特例", "why": "わけ",
}  # fmt: skip
CHECKS: Mapping[str, str] = {
    "subject-name": "件名の団体名",
    "attachment-name": "ファイル名の団体名",
    "attachment-missing": "様式の添付漏れ",
    "attachment-format": "添付の形式",
    "attachment-locked": "パスワードのかかった添付",
    "attachment-unreadable": "開けない添付",
    "attachment-link": "リンクに替わった添付",
    "attachment-many": "2つ以上の様式",
    "form-untouched": "記入のない様式",
    "form-version": "別の公募の様式",
    "form-complete": "記入漏れ",
    "form-choice": "選択肢にない記入",
    "form-type": "読み取れない記入",
    "form-example": "記入例のままの記入",
    "form-shifted": "ずれた記入",
    "form-length": "長い記入",
    "course-chosen": "コースの選択",
    "weekly-hours": "週の作業時間",
    "visit-refused": "現地訪問の「不可」",
    "publish-refused": "公表の「不可」",
    "provisional": "仮の提出",
    "organization-known": "団体の特定",
    "organization-agrees": "団体名の食い違い",
    "applicant-type": "応募者の種類",
    "scope": "取組の対象",
    "fiscal-index": "財政力指数",
    "sender-domain": "差出人のドメイン",
    "sender-authentic": "差出人の認証",
    "sender-reply-to": "返信先の食い違い",
    "sender-party": "当事者かどうか",
    "round-open": "受付期間の外",
    "round-late": "締切後の到着",
    "duplicate": "同じ内容の再送",
    "version-replaces": "差し替えかどうか",
    "also-asks": "ほかの用件",
    "look": "自動では決められないこと",
    "junk": "迷惑メールのフォルダー",
    "check-failed": "検査の失敗",
}


def letter_name(template: str) -> str:
    """「受領（receipt）」: what people call it, and the name that it has in mailflow.yaml; an operator's own by that alone."""
    return f"{LETTERS[template]}（{template}）" if template in LETTERS else template
