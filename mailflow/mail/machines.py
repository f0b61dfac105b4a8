"""Whether a machine wrote the mail, and which mails a bounce or a report gives back.

In: `Skeleton`, the values read so far, context. Out: `MachineKind` or None for a person; Message-IDs. Never raises.
Source: RFC 3834 (automatic replies), 3464 (delivery status), 8098 (read receipts), 2369 and 2919 (lists), and practice.

Answering a machine makes loops, and a person's mail called a machine's is not answered by itself: rules.yaml shows such
mails to people where they bring a file or answer a letter. So, in this order:
1. Reports by their structure: delivery status → bounce or delay by its Action, else report; read receipts → report; also
   the old kinds that are plain text (qmail, Exim, 「開封済み:」), from a mailer-daemon or with an empty Return-Path.
2. Our own mail: X-Mailflow-Id and, since anybody can write that, one of our addresses as sender or one of `own_ids` in the
   Message-ID. What a person sent on (Resent-…) is the person's.
3. Absolute signs, whatever else the mail is: an empty Return-Path; Auto-Submitted with any word but `no` in any of its
   fields; X-Autoreply and its like; Precedence: auto_reply → auto-reply where they or an answer say so, else other.
4. An answer by calendar (METHOD:REPLY, COUNTER) is a person's click on "accept".
5. A subject with the words that programs put there (「自動応答:」, "Automatic reply:"). 「不在」 at the start counts only for a
   mail that answers one and has no file, or beside another sign; a person who mentions 不在 is a person. Another sign is
   also a first line such as 「このメールは自動送信されています」, which makes an answer (「Re:」) an automatic one too.
6. A no-reply, daemon, list or notification address as sender → other.
7. Lists, only without a file: List-Id, List-Unsubscribe, Precedence: list → list; Precedence: bulk or junk, X-Loop → other.
   Gateways of town halls add these to officers' mail too: with a file and no sign of the above it is a person's.
X-Auto-Response-Suppress alone says nothing (Exchange and we ourselves put it on letters of people); it is a sign beside 5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailflow.mail.charsets import decode
from mailflow.mail.headers import word_of
from mailflow.mail.limits import ReadContext
from mailflow.mail.structure import Headers, Skeleton
from mailflow.mail.words import unfold, visible
from mailflow.model import Address, Attachment, MachineKind

_PREFIX = r"(?:\[[^\]]{1,30}\][ \u3000]?|【(?:外部|external|spam)】[ \u3000]?){0,3}"
_AUTO_SUBJECT = re.compile(
    _PREFIX
    + r"(?:[【\[（(<＜]?(?:自動応答|自動返信|自動回答|自動送信|不在応答|不在自動応答|auto(?:matic)?[ -]?reply|auto[ -]?response|out of (?:the )?office|"
    r"automatische antwort|abwesenheits(?:notiz|assistent)|réponse automatique|respuesta automática|autosvar|"
    r"自動配信|automatisch antwoord|risposta automatica|abwesend|自动回复|자동 회신|ooo|auto(?=[:：]))"
    r"(?:メール|メッセージ|通知)?(?:[】\])）>＞:：]|[ \u3000\-]|$))",
    re.I,
)
_AUTO_WORD = r"(?:自動応答|自動返信|自動回答|自動送信|自動配信)(?:メール|メッセージ|通知)?"
_BRACKETED_AUTO = re.compile(_PREFIX + r"re[:：][ \u3000]?[【\[（(＜]" + _AUTO_WORD + r"[】\]）)＞]", re.I)
_AUTO_AT_END = re.compile(r"[【\[（(＜]" + _AUTO_WORD + r"[】\]）)＞][ \u3000]*$")
_ANSWERING = re.compile(r"[ \u3000]*(?:re|fw|fwd|返信|転送)[ \u3000]?[:：]", re.I)
_ABSENT_SUBJECT = re.compile(
    _PREFIX
    + r"[【\[]?(?:不在通知|不在連絡|不在のお知らせ|不在のため|不在です|不在にして|ただいま不在|vacation|away from)",
    re.I,
)
_ABSENCE_OF = re.compile(
    _PREFIX + r"(?:不在通知|不在連絡)[:：]", re.I
)  # before the subject that it answers: a program's
_AUTO_TEXT = re.compile(
    r"^[ \u3000]{0,4}[※＊*・(（]?[ \u3000]?(?:この|本)(?:メール|メッセージ|返信|電子メール)は[^。\n]{0,20}自動(?:的に|で|に(?:よる)?)?[^。\n]{0,2}"
    r"(?:送信|返信|応答|配信|生成|発信)",
    re.M,
)
_READ_SUBJECT = re.compile(
    _PREFIX
    + r"(?:開封済み|開封確認|開封通知|未開封のまま削除|未開封のまま破棄|削除済み\(未開封\)|読まずに削除|return receipt|read receipt|not read:|read:|gelesen:)",
    re.I,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (?:has )?fail|mail delivery fail|failure notice|returned mail|delivery status notification|could not be delivered|"
    r"delivery (?:problem|error)|mail system error|配信不能|配信できません|配信に失敗|送信できません|未配信|不達|宛先不明|メールが届きません|nondeliverable|rejected:",
    re.I,
)
_DELAY_SUBJECT = re.compile(
    r"delay|warning: (?:could not send|message)|still being retried|配信遅延|配信が遅れ|遅延", re.I
)
_DAEMON = re.compile(r"mailer-?daemon|mail-?daemon|mmdf|mail\.?delivery(?:\.?(?:sub)?system)?", re.I)
_NO_REPLY = re.compile(
    r"(?:.*[._+-])?(?:no[._-]?reply|do[._-]?not[._-]?reply|auto[._-]?reply|auto[._-]?mail|bounces?|noreturn|no[._-]?return)(?:[._+\-\d].*)?",
    re.I,
)
_ROBOT = re.compile(
    r"root|daemon|nobody|www-data|cron|majordomo|listserv|listmaster|mailman|notifications?|auto|autoresponder|"
    r"microsoftexchange[0-9a-f]{16,40}|owner-.{1,64}|.{1,64}-(?:request|bounces?|owner|notifications?)",
    re.I,
)
# Fields that only programs write; a value of _NOT takes it back.
_AUTO_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-autoreply-from",
    "x-google-autoreply",
    "x-mail-autoreply",
    "x-auto-response",
    "x-vacation",
    "x-fc-machinegenerated",
    "x-ms-exchange-inbox-rules-loop",
    "x-ms-exchange-generated-message-source",
)
_NOT = ("no", "none", "false", "0")
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_METHOD = re.compile(r"^METHOD:(?:REPLY|COUNTER)\s*$", re.I | re.M)
_ACTION = re.compile(r"^action:[ \t]*([a-z]{4,12})", re.I | re.M)
_RETURNED = re.compile(r"^(?:X-)?(?:Original-)?Message-ID:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,250}>)", re.I | re.M)
_HARMLESS = ("image/", "text/calendar", "text/plain", "text/html", "message/", "application/pkcs7", "application/pgp")
_RETURNED_BYTES = 100_000
_RETURNED_IDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What of a mail tells a machine from a person."""

    sender: Address | None
    subject: str
    answers: bool  # it has In-Reply-To or References
    attachments: tuple[Attachment, ...]
    calendars: tuple[str, ...]
    text: str


def machine_kind(skeleton: Skeleton, signs: Signs, context: ReadContext) -> MachineKind | None:
    """Why the mail is a machine's; None for a person's."""
    headers = skeleton.headers
    report = _report(skeleton, headers, signs)
    if report is not None:
        return report
    if _own(headers, signs, context):
        return MachineKind.SELF
    absolute = _absolute(headers, signs)
    if absolute is not None:
        return absolute
    if any(_METHOD.search(calendar[:20_000]) for calendar in signs.calendars):
        return None
    if _auto_subject(headers, signs):
        return MachineKind.AUTO_REPLY
    local = _local(signs)
    if any(pattern.fullmatch(local) for pattern in (_NO_REPLY, _DAEMON, _ROBOT)):
        return MachineKind.OTHER
    return _bulk(headers, signs)


def _report(skeleton: Skeleton, headers: Headers, signs: Signs) -> MachineKind | None:
    root = skeleton.root
    statuses = [
        part for part in root.walk() if part.label in ("message/delivery-status", "message/disposition-notification")
    ]
    if statuses and (root.label == "multipart/report" or root is statuses[0] or _from_daemon(headers, signs)):
        if statuses[0].label == "message/disposition-notification":
            return MachineKind.REPORT
        actions = {action.lower() for part in statuses for action in _ACTION.findall(_latin(part.content))}
        if "failed" in actions:
            return MachineKind.BOUNCE
        if "delayed" in actions:
            return MachineKind.DELAY
        if actions:
            return MachineKind.REPORT
        return _by_subject(signs.subject) or MachineKind.BOUNCE
    if root.label == "multipart/report":
        kind = root.type_field.get("report-type").lower()
        return (
            MachineKind.REPORT
            if "notification" in kind or "feedback" in kind
            else _by_subject(signs.subject) or MachineKind.BOUNCE
        )
    if "x-failed-recipients" in headers:
        return _by_subject(signs.subject) or MachineKind.BOUNCE
    daemon = _from_daemon(headers, signs)
    if daemon and (kind_ := _by_subject(signs.subject)):
        return kind_
    if _DAEMON.fullmatch(_local(signs)):
        return MachineKind.BOUNCE
    if _READ_SUBJECT.match(signs.subject) and not _files(signs) and (len(signs.text) < 1_500 or daemon):
        return MachineKind.REPORT
    return None


def _by_subject(subject: str) -> MachineKind | None:
    if _DELAY_SUBJECT.search(subject):
        return MachineKind.DELAY
    return MachineKind.BOUNCE if _BOUNCE_SUBJECT.search(subject) else None


def _local(signs: Signs) -> str:
    return signs.sender.key.rpartition("@")[0][:200] if signs.sender else ""


def _from_daemon(headers: Headers, signs: Signs) -> bool:
    local = _local(signs)
    daemon = bool(_DAEMON.fullmatch(local)) or local == "postmaster" or local.startswith("microsoftexchange")
    return daemon or _null_sender(headers)


def _null_sender(headers: Headers) -> bool:
    """No address to answer to (RFC 5321 §4.5.5), or the name that some servers write for it."""
    path = word_of(headers, "return-path").replace(" ", "")
    return path == "<>" or bool(_DAEMON.fullmatch(path.strip("<>").partition("@")[0]))


def _own(headers: Headers, signs: Signs, context: ReadContext) -> bool:
    if "x-mailflow-id" not in headers:
        return False
    if any(
        name in headers for name in ("resent-from", "resent-sender", "resent-to", "resent-date", "resent-message-id")
    ):
        return False
    if signs.sender and signs.sender.key in {address.strip().casefold() for address in context.own_addresses}:
        return True
    message_id = word_of(headers, "message-id")
    return any(own.casefold() in message_id for own in context.own_ids if own)


def _absolute(headers: Headers, signs: Signs) -> MachineKind | None:
    """What only a program says of its mail (RFC 3834 §2, §5); no file and no answer makes it a person's."""
    submitted = _submitted(headers)
    if any(word.startswith(("auto-repl", "auto_repl", "vacation")) for word in submitted):
        return MachineKind.AUTO_REPLY
    if any(name in headers and word_of(headers, name) not in _NOT for name in _AUTO_FIELDS):
        return MachineKind.AUTO_REPLY
    for name in ("precedence", "preference"):
        if any(word.replace("-", "_") in ("auto_reply", "autoreply") for word in _words(headers, name)):
            return MachineKind.AUTO_REPLY
    if "autoresponder" in word_of(headers, "x-post-messageclass"):
        return MachineKind.AUTO_REPLY
    if _null_sender(headers):
        if _bulk(headers, signs) is MachineKind.LIST:
            return MachineKind.LIST
        return MachineKind.AUTO_REPLY if signs.answers or _auto_subject(headers, signs) else MachineKind.OTHER
    if submitted:
        return MachineKind.AUTO_REPLY if _auto_subject(headers, signs) else MachineKind.OTHER
    return None


def _submitted(headers: Headers) -> list[str]:
    """The words of all Auto-Submitted fields but `no`."""
    found = (_COMMENT.sub(" ", word).split(";")[0].strip(" \t\"'") for word in _words(headers, "auto-submitted"))
    return [word for word in found if word and word != "no"]


def _words(headers: Headers, name: str) -> list[str]:
    """As `word_of`, of each field of that name."""
    return [visible(unfold(raw[:1_000]).decode("ascii", "replace")).lower() for raw in headers.all(name)]


def _auto_subject(headers: Headers, signs: Signs) -> bool:
    subject = signs.subject
    if _files(signs):
        return False
    if _AUTO_SUBJECT.match(subject) or _BRACKETED_AUTO.match(subject):
        return True
    if _AUTO_AT_END.search(subject[-60:]) and not _ANSWERING.match(subject):
        return True
    automatic = bool(_AUTO_TEXT.search(signs.text[:300]))
    if _ABSENCE_OF.match(subject) or (automatic and (signs.answers or _ANSWERING.match(subject))):
        return True
    sign = automatic or bool(_submitted(headers)) or _null_sender(headers) or "x-auto-response-suppress" in headers
    return bool(_ABSENT_SUBJECT.match(subject)) and (signs.answers or sign)


def _bulk(headers: Headers, signs: Signs) -> MachineKind | None:
    if _files(signs):
        return None
    precedence = _words(headers, "precedence")
    if "list" in precedence or any(name in headers for name in ("list-id", "list-unsubscribe", "list-post")):
        return MachineKind.LIST
    if any(word in ("bulk", "junk") for word in precedence) or "x-loop" in headers:
        return MachineKind.OTHER
    return None


def _files(signs: Signs) -> bool:
    """A file that a person would attach; logos, vCards and calendars are none."""
    return any(
        attachment.path is None and not attachment.content_type.startswith(_HARMLESS)
        for attachment in signs.attachments
    )


def returned_ids(skeleton: Skeleton, kind: MachineKind | None, text: str) -> tuple[str, ...]:
    """Message-IDs of the mails that a bounce, a delay or a report is about, nearest first."""
    if kind not in (MachineKind.BOUNCE, MachineKind.DELAY, MachineKind.REPORT):
        return ()
    found: list[str] = []
    own = word_of(skeleton.headers, "message-id")
    for part in skeleton.leaves():
        if part.label.startswith("message/") or part.label == "text/rfc822-headers":
            found += _RETURNED.findall(_latin(part.content[:_RETURNED_BYTES]))
    found += _RETURNED.findall(text[:_RETURNED_BYTES])
    return tuple(dict.fromkeys(one for one in found if one.lower() != own))[:_RETURNED_IDS]


def _latin(content: bytes) -> str:
    return decode(content[:_RETURNED_BYTES], "iso-8859-1")[0]
