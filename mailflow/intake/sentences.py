"""A mail's text as sentences: lines that a mail program wrapped are joined again, so that 「取り下げる／予定はありません」 stays one.

In: text as typed. Out: sentences, NFKC, URLs taken out, no spaces at their ends. Pure; 20,000 characters are read, 500
of each sentence.
"""

from __future__ import annotations

import re
from unicodedata import normalize

MAX_TEXT = 20_000
MAX_SENTENCE = 500
WRAPPED = 17  # characters: a shorter line was ended by its writer

URL = re.compile(r"https?://[^\s<>\"'、。）」』】]{1,2000}", re.IGNORECASE)
_OWN_LINE = re.compile(r"\s{0,8}(?:[・■●○◆◇□▼※★☆*>＞#-]|[\[(【「]|\d{1,2}[.):、 ]|第?\d{1,2}希望|-{3,}|={3,})")
_GOES_ON = re.compile(
    r"(?:予定|つもり|こと|もの|場合|際|ため|わけ|必要|可能|[をはがにのでとも])"
)  # no sentence begins so
_CLOSED = re.compile(r"(?:です|ます|した|ません|ください|様)$")
_END = re.compile(r"(?<=[。！!？?])(?![。！!？?」』)])")


def sentences(text: str) -> tuple[str, ...]:
    plain = normalize("NFKC", text[:MAX_TEXT])
    found: list[str] = []
    for paragraph in re.split(r"\n[ \t\u3000]*\n", URL.sub(" ", plain).replace("\r", "")):
        joined = ""
        for line in paragraph.split("\n"):
            wrapped = len(joined.rpartition("\n")[2].strip()) >= WRAPPED and joined[-1:] not in "。!?:、)」】"
            goes_on = joined[-1:] == "、" or (_GOES_ON.match(line.strip()) and not _CLOSED.search(joined[-4:]))
            joined += line.strip() if (wrapped or goes_on) and not _OWN_LINE.match(line) else f"\n{line.strip()}"
        for line in joined.split("\n"):
            found += [part.strip()[:MAX_SENTENCE] for part in _END.split(line) if part.strip()]
    return tuple(found)
