"""What a bounce, a delay or a note of opening says: which recipient, whether for good, why, and of which of our letters.

In: `Skeleton`, the kind that `machines` found, the text. Out: `Returned`s, X-Mailflow-Ids. Never raises. Source: RFC 3464
(delivery status), 3463 (status codes), 8098 (disposition), and what isn't written by them: Exim and Gmail (X-Failed-Recipients), qmail and
Postfix (an address, then a server's words), Exchange, Notes, mobile carriers. Where only text is there every address in
it is a candidate: the store takes those that a letter of ours went to. What it says is a stranger's word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from mailflow.mail.charsets import decode
from mailflow.mail.headers import word_of
from mailflow.mail.structure import Skeleton
from mailflow.model import MachineKind, Returned

Action = Literal["failed", "delayed", "deleted", "opened"]
MOST = 30  # recipients
_BYTES = 100_000
_WORDS = 300
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_FIELD = re.compile(r"([A-Za-z-]{3,40}):[ \t]*(.*)")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-]|$)")
_TOKEN = re.compile(rb"^X-Mailflow-Id:[ \t]*(?:\r?\n[ \t]+)?([0-9a-f]{24})\s*$|([0-9a-f]{24})\.mailflow@", re.I | re.M)
_BLANK = re.compile(r"\n[ \t]*\n")
_FOLD = re.compile(r"\n[ \t]+")

# RFC 3463 §3: the subject and detail of a status. Longest first.
_MEANING = (
    ("1.1", "宛先のアドレスがありません"),
    ("1.2", "宛先のドメインがありません"),
    ("1.10", "宛先のドメインはメールを受け取りません"),
    ("1", "宛先のアドレスが正しくありません"),
    ("2.1", "宛先は、受け取りを止めています"),
    ("2.2", "宛先のメールボックスがいっぱいです"),
    ("2.3", "宛先には大きすぎる手紙です"),
    ("3.4", "宛先のサーバーには大きすぎる手紙です"),
    ("4.7", "決められた時間のうちに届けられませんでした"),
    ("4", "宛先のサーバーにつながりません"),
    ("7", "宛先のサーバーが受け取りを断りました"),
)
_OF_CODE = (
    (("550", "551", "553", "511"), "宛先のアドレスがないか、受け取りを断られました"),
    (("552", "522"), "宛先のメールボックスがいっぱいか、手紙が大きすぎます"),
    (("554", "571", "521"), "宛先のサーバーが受け取りを断りました"),
)
_SIGNS = (
    (re.compile(r"(?:mailbox|quota).{0,40}(?:full|exceed)|over ?quota|容量|いっぱい|満杯", re.I), "宛先のメールボックスがいっぱいです"),
    (
        re.compile(
            r"user unknown|unknown user|no such user|not listed in|does(?:n't| not) exist|invalid recipient|no mailbox|"
            r"recipient not found|見つかりません(?:でした)?|存在しない|宛先不明|あて先不明",
            re.I,
        ),
        "宛先のアドレスがありません",
    ),
    (re.compile(r"host (?:or domain name )?not found|domain not found|unrouteable|no mx|名前解決", re.I), "宛先のドメインがありません"),
)  # fmt: skip


def returned(skeleton: Skeleton, kind: MachineKind | None, text: str) -> tuple[Returned, ...]:
    """What is said of each recipient, the first word on each; () for any mail but a bounce, a delay, a note of opening."""
    if kind is MachineKind.REPORT:
        return tuple({one.recipient: one for one in reversed(list(_by_disposition(skeleton)))}.values())[:MOST]
    if kind not in (MachineKind.BOUNCE, MachineKind.DELAY):
        return ()
    default: Action = "failed" if kind is MachineKind.BOUNCE else "delayed"
    found: dict[str, Returned] = {}
    for one in (*_by_status(skeleton), *_by_header(skeleton, text, default), *_by_text(text, default)):
        if len(found) < MOST:
            found.setdefault(one.recipient, one)
    return tuple(found.values())


def returned_tokens(skeleton: Skeleton, kind: MachineKind | None, text: str) -> tuple[str, ...]:
    """Marks of ours (X-Mailflow-Id, or in a Message-ID) inside: only who has had the letter knows them."""
    if kind not in (MachineKind.BOUNCE, MachineKind.DELAY, MachineKind.REPORT):
        return ()
    pieces = [text[:_BYTES].encode("ascii", "replace")]
    pieces += [
        part.content[:_BYTES]
        for part in skeleton.leaves()
        if part.label.startswith("message/") or part.label == "text/rfc822-headers"
    ]
    tokens = (first or second for piece in pieces for first, second in _TOKEN.findall(piece))
    return tuple(dict.fromkeys(token.decode("ascii").lower() for token in tokens))[:MOST]


def _by_disposition(skeleton: Skeleton) -> Iterator[Returned]:
    """RFC 8098 §3.2.6: `displayed`, or `deleted`, by which Outlook says that it was never opened."""
    for part in skeleton.root.walk():
        if part.label != "message/disposition-notification":
            continue
        content = decode(part.content[:_BYTES], "utf-8")[0].replace("\r\n", "\n")
        fields: dict[str, str] = {}
        for line in _FOLD.sub(" ", content).split("\n"):
            if match := _FIELD.fullmatch(line.strip()):
                fields.setdefault(match[1].lower(), match[2].strip())
        address = _address(fields.get("original-recipient")) or _address(fields.get("final-recipient"))
        how = fields.get("disposition", "").partition(";")[2].partition("/")[0].strip().lower()
        if address is None or how not in _DISPOSITIONS:
            continue
        action, why = _DISPOSITIONS[how]
        yield Returned(recipient=address.casefold(), action=action, status=None, why=why)


_DISPOSITIONS: dict[str, tuple[Action, str]] = {
    "deleted": ("deleted", "開かれないまま削除されたという知らせです"),
    "displayed": ("opened", "開かれたという知らせです"),
}


def _by_status(skeleton: Skeleton) -> Iterator[Returned]:
    """RFC 3464: a block a recipient, after the one of the message."""
    for part in skeleton.root.walk():
        if part.label not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        content = decode(part.content[:_BYTES], "utf-8")[0].replace("\r\n", "\n")
        for block in _BLANK.split(content)[: MOST + 1]:
            fields: dict[str, str] = {}
            for line in _FOLD.sub(" ", block).split("\n"):
                if match := _FIELD.fullmatch(line.strip()):
                    fields.setdefault(match[1].lower(), match[2].strip())
            address = _address(fields.get("original-recipient")) or _address(fields.get("final-recipient"))
            action = _action(fields.get("action", ""))
            if address is None or action is None:
                continue
            status = _STATUS.search(fields.get("status", ""))
            said = fields.get("diagnostic-code", "").partition(";")[2].strip()
            yield _returned(address, action, status[1] if status else None, said)


def _action(text: str) -> Action | None:
    word = text.split(maxsplit=1)[0].lower() if text.split() else ""
    return "failed" if word == "failed" else "delayed" if word == "delayed" else None


def _by_header(skeleton: Skeleton, text: str, action: Action) -> Iterator[Returned]:
    """Exim, and with it Gmail's old kind."""
    for address in _ADDRESS.findall(word_of(skeleton.headers, "x-failed-recipients")):
        yield _returned(address, action, *_said_of(text, address))


def _by_text(text: str, action: Action) -> Iterator[Returned]:
    for address in dict.fromkeys(_ADDRESS.findall(text[:_BYTES])):
        yield _returned(address, action, *_said_of(text, address))


def _said_of(text: str, address: str) -> tuple[str | None, str]:
    """(status or code, the words) nearest after an address, else the first of the whole text."""
    head = text[:_BYTES]
    at = head.casefold().find(address.casefold())
    after = head[at + len(address) : at + len(address) + 1_500] if at >= 0 else ""
    for place in (after, head):
        for line in place.replace("\r\n", "\n").split("\n")[:200]:
            if found := _STATUS.search(line) or _CODE.search(line):
                return found[1], line.strip(" \t<>:;")
    lines = [line.strip(" \t<>:;") for line in after.replace("\r\n", "\n").split("\n")]
    return None, next((line for line in lines if line), "")


def _returned(address: str, action: Action, status: str | None, said: str) -> Returned:
    words = " ".join(said.split())[:_WORDS]
    meaning = (
        "まだ届いていません（相手のサーバーへ送り直しています）" if action == "delayed" else _meaning(status, words)
    )
    why = f"{meaning}（{words}）" if words else meaning
    return Returned(recipient=address.casefold(), action=action, status=status, why=why)


def _meaning(status: str | None, words: str) -> str:
    detail = status.partition(".")[2] if status and "." in status else ""
    for prefix, meaning in sorted(_MEANING, key=lambda one: -len(one[0])):
        if detail == prefix or detail.startswith(f"{prefix}."):
            return meaning
    for sign, meaning in _SIGNS:
        if sign.search(words):
            return meaning
    for codes, meaning in _OF_CODE:
        if status in codes:
            return meaning
    return "届けられなかったという知らせです"


def _address(field: str | None) -> str | None:
    """`rfc822;name@example.jp`, with or without angle brackets; an address of another kind is none."""
    if not field:
        return None
    found = _ADDRESS.search(field.partition(";")[2] or field)
    return found[0] if found else None
