"""What is new in a mail's text: without the quoted mails and without the signature.

In: the text (LF), whether the mail is a forward. Out: the new text. Never raises; linear in the text. Source: how Outlook,
Gmail, Apple Mail, Thunderbird, Becky!, Notes and Cybozu quote in Japanese and in English.

Conservative: what may be new stays.
- Lines quoted by `>` go wherever they stand; answers between and below them stay.
- An unmarked original (Outlook's 「-----元のメッセージ-----」, a block of 差出人/送信日時/宛先/件名, 「… さんは書きました:」 without `>`)
  goes from its first line to the end, unless the text above says that the answers stand inside it (「以下に赤字で回答します」):
  then all stays.
- A forward without a word of its own keeps the forwarded text: it is what the sender wants to say. A reply without one is empty.
- A signature is cut only at the end and only where it looks like nothing but a signature.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r"[ \t\u3000]{0,3}[>＞]")
_ORIGINAL = re.compile(
    r"[ \t>]{0,4}[-_=*－ー―─━]{2,40}[ \t]{0,3}(?:元のメッセージ|転送メッセージ|転送されたメッセージ|Original Message|Original Appointment|"
    r"Forwarded message|Forwarded by .{1,100}|Begin forwarded message|Reply Message|返信元メッセージ|受信メール|オリジナルメッセージ)"
    r"[ \t]{0,3}(?:の件|ここから)?[ \t]{0,3}[-_=*－ー―─━]{0,40}[ \t]*$",
    re.I,
)
_BEGIN_FORWARD = re.compile(r"(?:Begin forwarded message|転送されたメッセージ|転送メッセージ)[:：][ \t]*$", re.I)
_FIELD = re.compile(
    r"[ \t>＞*・\u3000]{0,6}(From|Sent|Date|To|Cc|Subject|差出人|送信者|送信元|発信者|送信日時|送信日|日時|日付|受信日時|宛先|件名|題名|CC|ＣＣ)"
    r"[ \t*\u3000]{0,6}[:：]",
    re.I,
)
_AUTHOR = frozenset({"from", "差出人", "送信者", "送信元", "発信者"})
_ABOUT = frozenset(
    {"sent", "date", "送信日時", "送信日", "日時", "日付", "受信日時", "subject", "件名", "題名", "to", "宛先"}
)
_DATE = r"(?:\d{4}[年/.-][ ]?\d{1,2}[月/.-][ ]?\d{1,2}|\d{1,2} [A-Z][a-z]{2,8} \d{4}|[A-Z][a-z]{2,8} \d{1,2}, \d{4}|\d{1,2}/\d{1,2}/\d{2,4})"
_WROTE = re.compile(
    r"(?:wrote|writes|さんは書きました|は書きました|さんが書きました|のメール|さんからのメール|schrieb)[ \t]*(?:\([^)\n]{0,60}\))?[ \t]*[:：]?[ \t]*$",
    re.I,
)
_DATED = re.compile(_DATE)
_GMAIL = re.compile(rf"[ \t]{{0,3}}{_DATE}.{{0,200}}<[^<>\s]{{3,200}}>[ \t]*[:：][ \t]*$")
_ON = re.compile(r"[ \t]{0,3}(?:On|Am|Le)[ \t]", re.I)
_RULE = re.compile(r"[ \t]*[_＿\-‐－―─━=＝]{10,100}[ \t]*$")
_INSIDE = re.compile(r"赤字|青字|朱書き|朱字|インライン|文中|in[- ]?line", re.I)
_BELOW = re.compile(r"(?:以下|下記|次)[^\n。]{0,20}(?:回答|返答|返信|記載|記入|追記|お答え|コメント)[^\n。]{0,20}")
_COURTESY = re.compile(r"^[^\n]{0,20}(?:よろしく|宜しく|以上)[^\n]{0,20}$", re.M)
_ANSWER = re.compile(r"[ \t\u3000]{0,8}(?:→|⇒|⇨|➡|【回答】|（回答）|\(回答\)|＜回答＞|<回答>|回答[:：])")
# The whole line is the end of the word, or that with its example: 「い（例：取り消し）。」
_WORD_CUT_OFF = re.compile(
    r"(?:せ?ください|ださい|さい|い)(?:[(（]例[^()（）]{0,70}[)）]。?|。)|(?:いた)?(?:します|ます|ました|ません|です)。"
)
_BRACKET_CUT_OFF = re.compile(r"[)）」]{1,3}。?")
_SENTENCE_ENDED = re.compile(r"[。！？!?:：][ \t\u3000]*$")
_WRAPPED = 16  # characters of a quoted line that may have been wrapped
_OWN_WORDS = 4  # characters above a quote that make it a reply with something to say
_ATTRIBUTION_LINES = 3
_LINES = 20_000  # a mail of 400 pages; what stands behind is not looked at and stays


def new_text(text: str, *, forwarded: bool = False) -> str:
    """The text without what it quotes and without its signature."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = _without_quotes(lines[:_LINES], forwarded=forwarded) + lines[_LINES:]
    return "\n".join(_without_signature(kept)).strip("\n\u3000 \t")


def _without_quotes(lines: list[str], *, forwarded: bool) -> list[str]:
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        length = _opening(lines, at)
        if length:
            after = _next_filled(lines, at + length)
            if after < len(lines) and not _QUOTED.match(lines[after]) and not _opening(lines, after):
                return _unmarked(kept, lines, at, length, forwarded=forwarded)
            at += length  # what it introduces is quoted by `>`, or is nothing
        elif _QUOTED.match(line) or _cut_off(lines, at):
            at += 1
        else:
            kept.append(line)
            at += 1
    if forwarded and not _says_something(kept):
        return [_QUOTED.sub("", line).removeprefix(" ") for line in lines]
    return kept


def _cut_off(lines: list[str], at: int) -> bool:
    """「> …お知らせくださ」「い（例：…）。」: the rest of a quoted line that a mail program wrapped behind its mark. Sure only where the
    line ends with the bracket of the quote that closes here, or with the word of it: what may be an answer stays."""
    line, before = lines[at], lines[at - 1] if at else ""
    if not line.strip() or not _QUOTED.match(before) or len(before) < _WRAPPED or len(line) > _SIGNATURE_WIDTH:
        return False
    if at + 1 < len(lines) and lines[at + 1].strip() and not _QUOTED.match(lines[at + 1]):
        return False
    if _open_brackets(before) > 0 and _BRACKET_CUT_OFF.fullmatch(_from_foreign_bracket(line)):
        return True
    return bool(_WORD_CUT_OFF.fullmatch(line) and not _SENTENCE_ENDED.search(before))


def _open_brackets(line: str) -> int:
    return sum((char in "(（「") - (char in ")）」") for char in line[:200])


def _from_foreign_bracket(line: str) -> str:
    """The line from the first bracket on that closes what was opened before it; "" where there is none."""
    return next((line[at:] for at in range(len(line)) if _open_brackets(line[: at + 1]) < 0), "")


def _unmarked(kept: list[str], lines: list[str], at: int, length: int, *, forwarded: bool) -> list[str]:
    """An original without `>` begins at `at`: what of it stays. Lines marked as answers always do."""
    original = lines[at + length :]
    own = _without_signature(kept)
    if _answers_inside("\n".join(own)[-2_000:]):
        return [*kept, *(line for line in original if not _QUOTED.match(line))]
    if forwarded and not _says_something(own):
        return [*kept, *original]
    answers = [line for line in original if _ANSWER.match(line)]
    return [*kept, *answers]


def _answers_inside(own: str) -> bool:
    """「以下に回答します」 speaks of the original where nothing but courtesies follows it."""
    if _INSIDE.search(own):
        return True
    ends = [match.end() for match in _BELOW.finditer(own)]
    return bool(ends) and len("".join(_COURTESY.sub("", own[ends[-1] :]).split())) < 20


def _says_something(lines: list[str]) -> bool:
    return len("".join("".join(lines).split())) >= _OWN_WORDS


def _next_filled(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _opening(lines: list[str], at: int) -> int:
    """How many lines introduce a quoted mail here; 0 where none does."""
    line = lines[at]
    if not line.strip() or len(line) > 400:
        return 0
    if _ORIGINAL.match(line) or _BEGIN_FORWARD.match(line.strip()):
        following = _next_filled(lines, at + 1)
        return following - at + _fields(lines, following) if following < len(lines) and _fields(lines, following) else 1
    if _RULE.match(line):  # Outlook draws a line above its block
        following = _next_filled(lines, at + 1)
        count = _fields(lines, following) if following - at <= 2 and following < len(lines) else 0
        return following - at + count if count else 0
    return _fields(lines, at) or _attribution(lines, at)


def _fields(lines: list[str], at: int) -> int:
    """The length of a block of header fields: who, and two of when, to whom, about what. A form's 件名 alone is none."""
    names: list[str] = []
    end = at
    for position in range(at, min(at + 14, len(lines))):
        match = _FIELD.match(lines[position])
        if match:
            names.append(match[1].lower())
            end = position + 1
        elif not lines[position].strip() or not names or position - end >= 2:
            break
    if len(names) >= 3 and names[0] in _AUTHOR and len(_ABOUT & set(names)) >= 2:
        return end - at
    return 0


def _attribution(lines: list[str], at: int) -> int:
    """「2026年3月4日(水) 10:00 ○○ <x@y>:」, “On … wrote:”, also broken over up to three lines, or a bare name before `>`."""
    line = lines[at]
    if _GMAIL.match(line):
        return 1
    joined = ""
    for count in range(1, _ATTRIBUTION_LINES + 1):
        if at + count > len(lines) or len(joined) > 400:
            return 0
        piece = lines[at + count - 1]
        if count > 1 and (not piece.strip() or _QUOTED.match(piece)):
            return 0
        joined += piece
        if _WROTE.search(joined[-300:]) and (_DATED.search(joined[:400]) or _followed_by_quote(lines, at + count)):
            dated_first = _ON.match(line) or _DATED.search(line) or count == 1
            return count if dated_first else 0
        if count > 1 and _GMAIL.match(joined):
            return count
        if not (_ON.match(line) or _DATED.match(line.strip())):
            return 0  # only these are broken over lines
    return 0


def _followed_by_quote(lines: list[str], at: int) -> bool:
    after = _next_filled(lines, at)
    return after < len(lines) and bool(_QUOTED.match(lines[after]))


# --- signatures -------------------------------------------------------------------------------------------------------

_SEPARATOR = re.compile(
    r"[ \t\u3000]*[┏╔┌╭]?(?:[-_=*+~#.・･/:|‐－ー―—–─━═＝＿＊～〜∞◇◆○●◎☆★□■△▲▽▼※＋＃…‥｡゜┏┓┗┛┃│╋\u3000 ]){5,120}[┓╗┐╮]?[ \t\u3000]*$"
)
_CONTACT = re.compile(
    r"(?:TEL|ＴＥＬ|電話|FAX|ＦＡＸ|ファックス|E-?mail|Ｅ-?ｍａｉｌ|メール|Mail|〒|内線|直通|代表|住所|URL|https?://|[\w.+-]{1,64}@[\w-]{1,63}\.|\(?0\d{1,4}[)-]\d{1,4}-\d{3,4})",
    re.I,
)
_NOT_SIGNATURE = re.compile(
    r"(?:[。？?！!]|です|ます|ません|ました|ください|下さい|お願い|希望|日時|相談|方法|オンライン|理由|パスワード|password|応募|申込|添付|質問|回答|団体名|コース|"
    r"テーマ|第[1-3１-３一二三](?:希望|候補)|\d{1,2}月\d{1,2}日|\d{1,2}/\d{1,2}|\d{1,2}[:：]\d{2}|\d{1,2}時|午前|午後|追伸|P\.?S\.?)",
    re.I,
)
_ASKS = re.compile(r"[？?]|希望|ください|下さい|お願い|応募|申込|パスワード|追伸|P\.S\.|コース", re.I)
_IGNORED = re.compile(
    r"https?://\S{1,300}|[\w.+-]{1,64}@\S{1,100}|(?:開庁|業務|営業|受付|勤務|執務|窓口|対応|閉庁)(?:時間|日).{0,60}"
)
# Between two lines of ornament, with more than one way to reach someone, an office also tells of its opening hours and events.
_ASKS_IN_A_FRAME = re.compile(rf"{_ASKS.pattern}|相談|予約|日程|ご?都合|候補|変更|キャンセル|取り?消", re.I)
_CONTACTS_OF_A_FRAME = 2
_DEVICE = re.compile(
    r"(?:iPhone|iPad|Android|スマートフォン|携帯)?(?:から送信|端末から送信)|Sent from my .{1,40}|Outlook for (?:iOS|Android)(?:を入手.{0,80})?|Get Outlook for .{1,60}",
    re.I,
)
_SIGNATURE_LINES = 20
_SIGNATURE_WIDTH = 80


def _without_signature(lines: list[str]) -> list[str]:
    lines = _trimmed(lines)
    while lines and len(lines[-1]) < 120 and _DEVICE.fullmatch(lines[-1].strip()):
        lines = _trimmed(lines[:-1])
    first = max(0, len(lines) - _SIGNATURE_LINES - 4)
    for at in range(first, len(lines)):
        line = lines[at]
        if line == "--" and _only_signature(lines[at + 1 :], marked=True):
            return _trimmed(lines[:at])
        if (
            line.strip()
            and len(line) < 200
            and _SEPARATOR.match(line)
            and _only_signature(lines[at + 1 :], marked=False)
        ):
            return _trimmed(lines[:at])
    return lines


def _only_signature(lines: list[str], *, marked: bool) -> bool:
    """Short lines and nothing that reads like a sentence, a wish or a time; unless `marked` (RFC 3676), a way to reach someone."""
    filled = [line.strip() for line in lines if line.strip()]
    written = [line for line in filled if not _SEPARATOR.match(line)]
    if len(filled) > _SIGNATURE_LINES or not written:
        return marked and not written
    contacts = sum(len(_CONTACT.findall(line[:_SIGNATURE_WIDTH])) for line in written)
    framed = _SEPARATOR.match(filled[-1]) is not None and contacts >= _CONTACTS_OF_A_FRAME
    speaks = _ASKS if marked else _ASKS_IN_A_FRAME if framed else _NOT_SIGNATURE
    if any(len(line) > _SIGNATURE_WIDTH or speaks.search(_IGNORED.sub("", line)) for line in written):
        return False
    return marked or contacts > 0


def _trimmed(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
