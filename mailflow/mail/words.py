"""A header field's raw value -> text as its sender meant it (RFC 2047, and what is done to it).

In: the bytes after the colon. Out: str on one line, without control characters and bidi overrides. Never raises.
Understood beyond the RFC: words split inside a character, words in quotes or glued to text, blanks inside a word, B
without or with wrong padding, a cut last word, language suffixes (RFC 2231 §5), words encoded twice, raw 8-bit text and
raw ISO-2022-JP escapes, folding by tabs or bare CR, NULs.
"""

from __future__ import annotations

import binascii
import re
import unicodedata

from mailflow.mail.charsets import decode

_FOLD = re.compile(rb"[\r\n]+[ \t]*|\0")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_CUT_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\s]*)\??$")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]+")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
# C0 and C1 controls, bidi marks and overrides, zero-width no-break space; ZWJ and variation selectors stay (IVS).
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANKS = re.compile(r"[ \t\r\n]+")
# CJK compatibility ideographs (塚 U+FA10, 神 U+FA19): NFC would fold them, and they are people's names.
_COMPOSABLE = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")


def unfold(raw: bytes) -> bytes:
    """One line: folds, bare CR and LF become a space, NUL goes."""
    return _FOLD.sub(lambda m: b"" if m[0] == b"\0" else b" ", raw).strip(b" \t")


def compose(text: str) -> str:
    """NFC (macOS writes NFD), but no character becomes another one: compatibility ideographs stay."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return _COMPOSABLE.sub(lambda m: unicodedata.normalize("NFC", m[0]), text)


def visible(text: str) -> str:
    """Without control characters and bidi overrides, blanks of ASCII as one space."""
    return _BLANKS.sub(" ", _UNSEEN.sub("", text)).strip()


def header_text(raw: bytes) -> str:
    """The value of an unstructured field (Subject) as a person reads it."""
    text, _ = decode(unfold(raw))
    return compose(visible(decode_words(text)))


def decode_words(text: str) -> str:
    """Encoded words in `text` decoded, blanks between two of them dropped."""
    if "=?" not in text:
        return text
    decoded = _decode_once(text)
    if decoded != text and (again := _WORD.fullmatch(decoded.strip())):
        return _decode_once(again[0])  # a gateway encoded what was encoded
    return decoded


def word_groups(text: str) -> list[tuple[int, int, str]]:
    """Each run of encoded words that belong together, as (start, end, decoded)."""
    groups: list[tuple[int, int, str]] = []
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if run and text[run[-1].end() : match.start()].strip():
            groups.append(_group(run))
            run = []
        run.append(match)
    if run:
        groups.append(_group(run))
    end = groups[-1][1] if groups else 0
    if "=?" in text[end:] and (cut := _CUT_WORD.search(text, end)):
        if groups and not text[end : cut.start()].strip():
            start, _, before = groups.pop()
            groups.append((start, cut.end(), before + _decode_run([cut])))
        else:
            groups.append((cut.start(), cut.end(), _decode_run([cut])))
    return groups


def _decode_once(text: str) -> str:
    out: list[str] = []
    at = 0
    for start, end, decoded in word_groups(text):
        out += (text[at:start], decoded)
        at = end
    out.append(text[at:])
    return "".join(out)


def _group(run: list[re.Match[str]]) -> tuple[int, int, str]:
    return run[0].start(), run[-1].end(), _decode_run(run)


def _decode_run(run: list[re.Match[str]]) -> str:
    """Neighbours of one charset are one stream of bytes: many mailers cut inside a character."""
    out: list[str] = []
    stream, label = b"", None
    carry = ""  # base64 cut anywhere, not at a multiple of four
    for position, match in enumerate(run):
        charset = match[1].split("*")[0].lower()
        if charset != label:
            if label is not None:
                out.append(decode(stream, label)[0])
            stream, label, carry = b"", charset, ""
        if match[2] in "qQ":
            stream += _q(match[3])
            continue
        payload = carry + _NOT_BASE64.sub("", match[3].replace("-", "+").replace("_", "/"))
        carry = ""
        follows = position + 1 < len(run) and run[position + 1][2] in "bB"
        if follows and "=" not in payload and len(payload) % 4 and run[position + 1][1].split("*")[0].lower() == label:
            carry = payload[len(payload) & ~3 :]
            payload = payload[: len(payload) & ~3]
            if not _continues(carry, run[position + 1][3]):
                payload, carry = payload + carry, ""
        stream += base64_bytes(payload)
    if label is not None:
        out.append(decode(stream, label)[0])
    return "".join(out)


def _continues(carry: str, following: str) -> bool:
    """Whether unpadded base64 goes on in the next word: then both together come out even."""
    rest = len(_NOT_BASE64.sub("", following))
    return len(carry) == 1 or (rest % 4 != 0 and (len(carry) + rest) % 4 == 0)


def base64_bytes(payload: str) -> bytes:
    """Lenient base64 of a short text: padding mended, what is over cut."""
    bare = payload.rstrip("=")
    if "=" in bare:  # padded pieces glued together
        return b"".join(base64_bytes(piece) for piece in bare.split("=") if piece)
    if len(bare) % 4 == 1:
        bare = bare[:-1]
    try:
        return binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b""


def _q(payload: str) -> bytes:
    data = payload.replace("_", " ").encode("utf-8", "surrogateescape")
    return _HEX.sub(lambda m: bytes((int(m[1], 16),)), data)
