"""The console's words and how it writes times and counts: one word for a thing (docs: wording). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from mailflow import words as common
from mailflow.clock import tokyo
from mailflow.model import Address, CaseState, Severity
from mailflow.store.cases import CaseLine
from mailflow.store.people import Role

PURGED_SUBJECT = "（消去したメール）"
HIDDEN_SUBJECT = "（隠したメール）"
WEEKDAYS = "月火水木金土日"


class Mark(NamedTuple):
    """A meaning: colour class, icon, word. Never the colour alone."""

    tone: str
    icon: str
    word: str


KINDS = common.KINDS
ROLES: Mapping[Role, str] = {
    Role.VIEWER: "閲覧", Role.STAFF: "担当", Role.APPROVER: "承認者", Role.ADMIN: "管理者",
}  # fmt: skip

MAIL_STATES = {
    "new": Mark("note", "clock", "判定待ち"),
    "judged": Mark("good", "check", "判定済み"),
    "failed": Mark("fix", "warn", "読めないメール"),
    "junk": Mark("note", "info", "迷惑メール"),
    "before-start": Mark("note", "info", "運用開始前"),
    "unfetchable": Mark("fix", "warn", "取り込めません"),
}
LETTERS = common.LETTERS
DRAFT_STATES = {
    "waiting": Mark("note", "clock", "承認待ち"),
    "approved": Mark("wait", "clock", "送信待ち"),
    "rejected": Mark("note", "stop", "却下"),
    "superseded": Mark("note", "info", "新しい案に交代"),
    "stale": Mark("wait", "clock", "古い案"),
    "expired": Mark("note", "clock", "期限切れ"),
    "sending": Mark("wait", "clock", "送信中"),
    "sent": Mark("good", "check", "送信済み"),
    "retry": Mark("wait", "clock", "送り直し中"),
    "failed": Mark("stop", "stop", "送信できず"),
    "uncertain": Mark("stop", "stop", "結果が不明"),
    "dropped": Mark("note", "stop", "送りません"),
}
SEVERITIES: Mapping[Severity, Mark] = {
    Severity.NOTE: Mark("note", "info", common.SEVERITIES[Severity.NOTE]),
    Severity.CONFIRM: Mark("wait", "info", common.SEVERITIES[Severity.CONFIRM]),
    Severity.FIX: Mark("fix", "warn", common.SEVERITIES[Severity.FIX]),
    Severity.REFUSE: Mark("stop", "stop", common.SEVERITIES[Severity.REFUSE]),
    Severity.REVIEW: Mark("look", "eye", common.SEVERITIES[Severity.REVIEW]),
}
CASE_STATES: Mapping[CaseState, Mark] = {
    CaseState.INCOMPLETE: Mark("fix", "warn", "応募が未完了"),
    CaseState.COMPLETE: Mark("good", "check", "応募が完了"),
    CaseState.LATE: Mark("stop", "stop", "締切後の到着"),
    CaseState.INELIGIBLE: Mark("stop", "stop", "対象外の疑い"),
    CaseState.WITHDRAWN: Mark("note", "info", "取り下げ"),
    CaseState.SCREENING: Mark("wait", "clock", "審査中"),
    CaseState.DECIDED: Mark("wait", "clock", "決定"),
    CaseState.NOTIFIED: Mark("good", "check", "通知済み"),
}
_AWAITS_FIX = Mark("fix", "warn", "修正を待っています")
_AWAITS_LOOK = Mark("look", "eye", "事務局の確認待ち")


def standing(line: CaseLine) -> Mark:
    """The state of one case in words: an application is incomplete as long as its sender corrects it, or somebody here has not
    looked at what was found."""
    if line.state is not CaseState.INCOMPLETE:
        return CASE_STATES[line.state]
    return _AWAITS_FIX if line.open_fix else _AWAITS_LOOK


STANDINGS = {
    "accepted": "当事者",
    "provisional": "当事者（仮）",
    "cc": "写しだけ",
    "displaced": "当事者ではない",
}
PARTY_ROLES = {
    "sender": "差出人",
    "contact": "様式の連絡先",
    "reply-to": "返信先",
    "web-form": "申込フォーム",
    "bureau": "総合通信局",
    "person": "人が追加",
}
BOOKING_STATES = {
    "held": Mark("wait", "clock", "仮の確保"),
    "confirmed": Mark("good", "check", "確定"),
    "cancelled": Mark("note", "stop", "取り消し"),
    "done": Mark("good", "check", "実施済み"),
    "no-show": Mark("fix", "warn", "来られず"),
}
METHODS = {"online": "オンライン", "phone": "電話"}
ACTS = {
    "log-in": "ログインしました",
    "log-in-refused": "ログインに失敗しました",
    "session-ended": "ログアウトしました",
    "password-set": "パスワードを決めました",
    "link-made": "招待リンクを作りました",
    "user-added": "利用者を加えました",
    "user-role": "役割を変えました",
    "user-area": "見る管内を変えました",
    "user-disabled": "利用者を止めました",
    "user-enabled": "利用者を戻しました",
    "draft-composed": "返信案を作りました",
    "draft-yes": "承認しました",
    "draft-approved": "返信案の承認がそろいました",
    "draft-rejected": "返信案を却下しました",
    "draft-superseded": "新しい返信案に替わりました",
    "draft-stale": "返信案が古くなりました",
    "draft-expired": "返信案の期限が過ぎました",
    "draft-waiting": "承認を取り消しました",
    "draft-edited": "文面を変えました",
    "consent": "総務省の了解を記録しました",
    "outgoing-sending": "送信を始めました",
    "outgoing-sent": "送信しました",
    "outgoing-retry": "送り直しを待っています",
    "outgoing-failed": "送信できませんでした",
    "outgoing-uncertain": "届いたか分からなくなりました",
    "outgoing-dropped": "送らないことにしました",
    "outgoing-approved": "送信待ちに戻しました",
    "sending-on": "送信を再開しました",
    "sending-off": "送信を止めました",
    "draft-outdated": "設定が変わり、返信案の文面が変わるとの注記を付けました",
    "draft-up-to-date": "設定が変わったとの注記を外しました",
    "draft-overtaken": "返信案より新しいメールが届きました",
    "letter-written": "手紙を書きました",
    "letter-readdressed": "宛先を直した手紙を作りました",
    "letter-returned": "手紙が届かなかったという知らせを受けました",
    "letter-returned-settled": "届かなかった手紙の電話連絡を済ませました",
    "mail-client-approved": "メールソフトで承認",
    "mail-client-rejected": "メールソフトで却下",
    "mail-client-refused": "メールソフトで移されたが処理せず",
    "form-notice": "様式の訂正のお知らせを作りました",
    "deadline-notice": "締切の変更のお知らせを作りました",
    "mail-judged": "判定しました",
    "mail-again": "もう一度判定することにしました",
    "mail-judged-again": "判定をやり直すため、前の判定を取り消しました",
    "mail-reminded": "再度のお願いを作りました",
    "mail-retry": "判定をやり直しました",
    "mail-attempt-failed": "判定できませんでした",
    "mail-corrected": "種類や団体を直しました",
    "mail-answered": "答えたことを記録しました",
    "mail-hidden": "メールを隠しました",
    "mail-shown-again": "隠したメールを戻しました",
    "hidden-mail-opened": "隠したメールを開きました",
    "mail-became-claim": "当事者以外のメールに変えました",
    "finding-cleared": "指摘を外しました",
    "finding-restored": "外した指摘を戻しました",
    "password-told": "ファイルのパスワードを記録しました",
    "received-earlier": "もっと早く届いていたことが分かりました",
    "received-earlier-settled": "もっと早く届いていたことが分かりました（判定はそのまま）",
    "rescued-from-junk": "迷惑メールのフォルダーから戻されました",
    "unfetchable": "取り込めないメールがありました",
    "claim-accepted": "当事者以外のメールを案件に加えました",
    "claim-refused": "当事者以外のメールを案件に加えないことにしました",
    "config-loaded": "設定を読み込みました",
    "slot-held": "相談の枠を取りました",
    "slot-moved": "相談の枠を変えました",
    "slot-released": "相談の枠を放しました",
    "slot-blocked": "枠を閉じました",
    "slot-unblocked": "枠を戻しました",
    "slot-move-taken-back": "枠の変更を戻しました",
    "slot-move-not-taken-back": "枠の変更を戻せませんでした（前の時間が空いていません）",
    "calendar-answered": "予定への返事が届きました",
    "reminder-due": "相談の前日連絡を作ることにしました",
    "reminder-skipped": "相談の前日連絡をしないことにしました",
    "bureau-asked": "総合通信局に相談を頼みました",
    "bureau-agreed": "総合通信局が相談を引き受けました",
    "bureau-declined": "総合通信局が相談を断りました",
    "consultation-done": "相談を実施しました",
    "consultation-no-show": "相談に来られませんでした",
    "incident-opened": "誤送信の記録を始めました",
    "incident-letters": "誤送信の手紙を加えました",
    "incident-told": "誤送信の相手に連絡しました",
    "incident-closed": "誤送信の対応を終えました",
    "letter-assigned": "返信案の担当を変えました",
    "case-handed-over": "団体の担当を変えました",
    "note-added": "メモを書きました",
    "contact-changed": "宛先の担当者を変えました",
    "party-added": "当事者を加えました",
    "party-dropped": "当事者から外しました",
    "withdrawal-recorded": "取り下げを記録しました",
    "withdrawal-undone": "取り下げを取り消しました",
    "exception-granted": "特例を認めました",
    "exception-ended": "特例を終えました",
    "cases-merged": "案件をまとめました",
    "case-split": "案件を分けました",
    "cases-regrouping-undone": "案件をまとめた・分けたことを取り消しました",
    "value-recorded": "電話などで聞いた値を記録しました",
    "answer-recorded": "電話などで聞いた答えを記録しました",
    "case-exported": "案件を書き出しました",
    "task-done": "電話などの用事を済ませました",
    "closing-list": "締切の一覧を作りました",
    "closing-signed": "締切の一覧に署名しました",
    "reconciled": "突き合わせをしました",
    "backup": "バックアップを作りました",
    "mail-purged": "メールの内容を消去しました",
    "purge-asked": "消去を申し出ました",
    "purged": "消去しました",
}
BECAUSE: Mapping[str, str] = {
    "approved": "承認がそろった",
    "taken back": "承認を取り消した",
    "chosen": "人が選んだ",
    "newer mail": "新しいメールが届いた",
    "moved": "案件をまとめた、または分けた",
    "newer letter": "新しい案が先に進んだ",
    "judged again": "判定をやり直した",
    "received earlier": "もっと早く届いていた",
    "rescued from junk": "迷惑メールから戻された",
    "the body itself has written": "団体本人から届いた",
    "an earlier mail was judged later": "先に届いたメールをあとから判定した",
    "superseded": "新しい案に替わった",
    "accepted": "相手のサーバーが受け取った",
    "retry": "送り直しを待つ",
    "failed": "相手のサーバーが断った",
    "uncertain": "届いたか分からない",
    "reply budget": "同じ宛先への1日の通数を超える",
    "valid_until": "期限が過ぎた",
    "claimant died after DATA began": "送信の途中で処理が止まった",
    "claimant died before DATA": "送信の前に処理が止まった",
    "daily": "毎日の確認",
    "close": "締切",
    "command": "コマンド",
    "edited": "人が直した",
    "restored": "元に戻した",
    "settled: sent": "人が「届いた」とした",
    "settled: again": "人が「もう一度送る」とした",
    "settled: drop": "人が「送らない」とした",
}
SETTINGS = {"sending": "送信の切り替え", "mailbox": "受信箱", "database": "データベース"}
ACTORS = {"policy": "規則", "timer": "自動", "shell": "コマンド", "console": "画面"}


def because(reason: str | None) -> str:
    """Why a letter stands as it does: the program's own reasons in Japanese, a person's as written."""
    return BECAUSE.get(reason or "", reason or "")


def exception(what: str) -> str:
    """What is excepted: the deadline, or one check."""
    kind, _, check = what.partition(":")
    return "期限の延長" if kind == "deadline" else f"指摘「{common.CHECKS.get(check, check)}」" if check else what


def letter(template: str) -> str:
    """What a letter is called on screen."""
    return LETTERS.get(
        template, f"事務局の手紙（{template.removeprefix('letter-')}）" if template.startswith("letter-") else template
    )


def letter_mark(template: str, *, review: bool = False) -> Mark:
    """How a letter stands in a list."""
    if review:
        return Mark("look", "eye", "要確認")
    word = letter(template)
    if template in ("fix-request", "reminder", "password-request", "part-missing"):
        return Mark("fix", "warn", word)
    if template in ("refused", "late", "result-not-selected"):
        return Mark("stop", "stop", word)
    if template in ("receipt", "replacement", "arrival", "consultation-confirmed", "withdrawal-received"):
        return Mark("good", "check", word)
    return Mark("note", "info", word)


def actor(name: str) -> str:
    """Who acted, as a person says it: a worker's long name is no news to anyone."""
    if name in ACTORS:
        return ACTORS[name]
    return "自動" if name.startswith("worker-") else f"{name}さん"


def day(at: datetime) -> str:
    """3月26日（木）."""
    local = tokyo(at)
    return f"{local.month}月{local.day}日（{WEEKDAYS[local.weekday()]}）"


def clock(at: datetime) -> str:
    """9:41."""
    local = tokyo(at)
    return f"{local.hour}:{local.minute:02}"


def exact(at: datetime | None) -> str:
    """3月26日（木）9:41:07."""
    return "" if at is None else f"{day(at)}{clock(at)}:{tokyo(at).second:02}"


def moment(at: datetime | None, now: datetime | None = None) -> str:
    """3月12日（木）10:02; today's only 10:02."""
    if at is None:
        return ""
    if now is not None and tokyo(at).date() == tokyo(now).date():
        return clock(at)
    year = "" if now is None or tokyo(at).year == tokyo(now).year else f"{tokyo(at).year}年"
    return f"{year}{day(at)}{clock(at)}"


def arrival(at: datetime, now: datetime) -> str:
    """In a narrow list: 10:02 today, else the day, 3月18日."""
    local = tokyo(at)
    return clock(at) if local.date() == tokyo(now).date() else f"{local.month}月{local.day}日"


def long(span: timedelta) -> str:
    """5時間58分, 9日5時間, 3分, 42秒. Negative: 0秒."""
    seconds = max(0, int(span.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}日{hours}時間" if hours else f"{days}日"
    if hours:
        return f"{hours}時間{minutes}分"
    return f"{minutes}分" if minutes else f"{seconds}秒"


def size(count: int) -> str:
    """49 KB."""
    if count < 1000:
        return f"{count} B"
    return f"{round(count / 1000)} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def short(text: str | None, limit: int = 120) -> str:
    """One line of bounded length: a subject may have 5 MB."""
    line = " ".join((text or "")[: limit * 8].split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def who(address: Address | None) -> str:
    """「百瀬 千尋 <momose@…>」, the address where there is no name."""
    if address is None:
        return "差出人なし"
    return f"{short(address.name, 60)} {address.address}" if address.name else address.address
