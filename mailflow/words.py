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
