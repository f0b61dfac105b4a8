"""Links behind which the sender's file lies (DESIGN §3: often a town's own gateway put it there).

In: the new text, Settings. Out: links as typed. Pure, never raises; no link is ever opened.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.intake.senders import below_any
from mailflow.intake.sentences import MAX_TEXT, URL
from mailflow.settings.settings import Settings

MAX_LINKS = 20

# A file of the sender's that waits behind a link, and what is only there to be read.
_FETCHED = re.compile(
    r"(?:ダウンロード|取得|受領|受け取|受取).{0,6}(?:ください|下さい|お願い|いただ|頂|期限|URL|リンク|可能)|添付ファイル(?:は|を|の).{0,20}(?:URL|リンク|下記|以下|ダウンロード)"
    r"|(?:ファイル|様式|書類).{0,30}(?:アップロード|格納|置きました|共有)(?:し|いた|させ|。|$)"
)
_ONLY_READ = re.compile(
    r"ご?(?:覧|参照|参考)(?:くだ|下さ|まで|に)|ホームページ|ウェブサイト|(?:要領|様式)(?:は|を).{0,40}ダウンロードし(?:まし|た)"
)
_PUBLIC = ("go.jp",)


def _around(text: str, start: int, end: int) -> str:
    """The line of a link, two before it and one behind, without the link."""
    before = text[:start].rsplit("\n", 3)[-3:]
    return "\n".join((*before, *text[end:].split("\n", 2)[:2]))[-600:]


def file_service_links(new_text: str, settings: Settings) -> tuple[str, ...]:
    """Links behind which the sender's file lies, as typed, each once: to the file services of parties.yaml, and any other
    that the text around it says the file is to be fetched from (a city's own gateway)."""
    found: dict[str, None] = {}
    text = new_text[:MAX_TEXT]
    for match in URL.finditer(text):
        link = match[0].rstrip(".,;:!?)]>")
        host = re.split(r"[/?#:]", link.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
        around = normalize("NFKC", _around(text, match.start(), match.end()))
        fetched = _FETCHED.search(around) is not None and not _ONLY_READ.search(around) and not below_any(host, _PUBLIC)
        if fetched or below_any(host, settings.parties.file_services):
            found[link] = None
    return tuple(found)[:MAX_LINKS]
