"""Keys and numbers of a case (DESIGN §4, letters.md §7). Pure.

A running number would tell how many applied; so the number is round + code, or round + a mark that nobody can count by.
"""

from __future__ import annotations

import base64
import hashlib
import re

_CODE = re.compile(r"[0-9]{6}")


def case_number(round_id: str, case_key: str) -> str:
    """`R8-1-202053` for a body with a code; `R8-1-` and six letters and digits for any other key."""
    if _CODE.fullmatch(case_key):
        return f"{round_id}-{case_key}"
    digest = hashlib.sha256(f"{round_id}\0{case_key}".encode()).digest()
    mark = base64.b32encode(digest).decode()[:6]
    # A mark must not look like a code.
    return f"{round_id}-{mark if not mark.isdigit() else 'X' + mark[1:]}"
