"""What a letter says after it went through somebody's mail client (DESIGN §5 "In their own mail client"). Pure.

Clients write a mail anew: another charset (ISO-2022-JP swaps 〜 and ～), other blanks at the ends of lines, another Message-ID.
None of that is a change of words. Recipients and files stay the letter's: where the mail names others, it is no yes to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from mailflow.model import Draft, Mail

# Pairs that a conversion by another table swaps (JIS X 0208 as Unicode has it, and as Windows has it).
_TWINS = (("〜", "～"), ("−", "－"), ("‖", "∥"), ("—", "―"), ("¢", "￠"), ("£", "￡"), ("¬", "￢"))
_TO_ONE = str.maketrans({other: one for one, other in _TWINS} | {"\xa0": " "})


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in nothing that a person typed."""
    return _plain(one) == _plain(other)


def as_typed(text: str, like: str) -> str:
    """`text` with the characters that a conversion swapped as `like`, which it was made of, has them."""
    for pair in _TWINS:
        ours = [char for char in pair if char in like]
        if len(ours) == 1:
            text = text.replace(pair[1 - pair.index(ours[0])], ours[0])
    return text.replace("\xa0", " ")


def other_than(draft: Draft, mail: Mail) -> str | None:
    """Why the mail is no decision on this letter: it goes to others, or carries other files. In Japanese."""
    for word, ours, theirs in (("宛先", draft.to, mail.to), ("写し（Cc）", draft.cc, mail.cc)):
        if {one.key for one in ours} != {one.key for one in theirs}:
            return f"{word}が変わっています。宛先は、画面でも変えられません。"
    files = Counter(part.sha256 for part in draft.parts)
    found = Counter(one.sha256 for one in mail.attachments if one.path is None and not one.inline)
    if files != found:
        return "添付ファイルが変わっています。"
    return None


def _plain(text: str) -> str:
    lines = unicodedata.normalize("NFC", text).translate(_TO_ONE).replace("\r\n", "\n").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")
