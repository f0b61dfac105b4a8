"""Bytes of a mail -> text, whatever the label says.

In: bytes and the charset label, if any. Out: text without NUL and without lone surrogates, and whether the label was
right. Never raises. Japanese practice (not the RFCs) decides:

- ISO-2022-JP in all its variants, eucJP-ms included, is read by our own walk over the escapes: the standard characters as
  JIS has them (so 0x2141 is U+301C, as Python's codec gives it), NEC and IBM extensions (①㈱髙﨑) as Windows has them,
  half-width kana by ESC ( I, by SO/SI or by their 8-bit codes.
- Every spelling of Shift_JIS is cp932, so 0x8160 is U+FF5E, as Windows means it. Nothing is folded: 〜 and ～, 高 and 髙
  stay what the decoder gives.
- No label, an unknown or a wrong one: ISO-2022-JP escapes, then UTF-8, then cp932, then EUC-JP; where cp932 and EUC-JP
  both fit, cp932 unless its reading is mostly half-width kana (the mark of EUC read as Shift_JIS).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_JIS_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\([IJ]|\$\([DOPQ])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KANA = re.compile("[\u3041-\u30ff]")
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_LABEL = re.compile(r"[A-Za-z0-9_.:\-]{1,40}")
_JAPANESE = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f]")
_NO_CP932 = re.compile("[\x80\xa0\uf8f0-\uf8f3]")  # what Python's cp932 gives for bytes that are no Shift_JIS
_MULTIBYTE = frozenset({"cp932", "shift_jis_2004", "euc", "gb18030", "big5hkscs", "cp949"})
_LATIN = frozenset({"cp1252", "iso8859-15", "latin-1"})

JIS, EUC, DETECT = "jis", "euc", "detect"

# Labels as seen in mail, squeezed to letters and digits. What is not here and not in _FAMILIES is detected.
_ALIASES = {
    **dict.fromkeys(("sjis", "xsjis", "shiftjis", "xshiftjis", "mskanji", "windows31j", "cswindows31j", "cp932", "ms932",
                     "windows932", "shiftjisms", "cp943", "cp943c", "ibm943"), "cp932"),
    **dict.fromkeys(("shiftjis2004", "sjis2004", "shiftjisx0213"), "shift_jis_2004"),
    **dict.fromkeys(("iso2022jp", "csiso2022jp", "iso2022jp1", "iso2022jp2", "iso2022jp3", "iso2022jp2004", "iso2022jpms",
                     "iso2022jpext", "cp50220", "cp50221", "cp50222", "jis", "jis7", "jis8", "junet"), JIS),
    **dict.fromkeys(("eucjp", "xeucjp", "xeuc", "ujis", "eucjpms", "cp51932", "eucjpwin", "eucjp2004", "eucjisx0213",
                     "extendedunixcodepackedformatforjapanese", "cseucpkdfmtjapanese"), EUC),
    **dict.fromkeys(("utf8", "utf8mb4", "utf", "unicode11utf8", "utf8sig", "xunicode20utf8"), "utf-8"),
    **dict.fromkeys(("utf7", "unicode11utf7", "xunicode20utf7"), "utf-7"),
    **dict.fromkeys(("gb2312", "gbk", "cp936", "euccn", "xgbk", "gb18030", "csgb2312", "windows936"), "gb18030"),
    **dict.fromkeys(("big5", "xxbig5", "cp950", "big5hkscs", "csbig5"), "big5hkscs"),
    **dict.fromkeys(("euckr", "ksc56011987", "ksc5601", "cp949", "windows949", "uhc", "xwindows949"), "cp949"),
    **dict.fromkeys(("iso88591", "latin1", "l1", "cp819", "isoir100", "windows1252", "cp1252"), "cp1252"),
    "iso885911": "cp874", "tis620": "cp874", "windows874": "cp874",
    "iso88599": "cp1254", "iso88598i": "iso8859-8", "iso88598e": "iso8859-8",
    "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf32": "utf-32", "unicode": "utf-16",
    "macintosh": "mac-roman", "xmacroman": "mac-roman",
}  # fmt: skip
_FAMILIES = re.compile(r"(?:iso8859|windows125|cp\d|koi8|mac|ibm\d|hz)")


@lru_cache(maxsize=256)
def codec_of(label: str | None) -> str:
    """The codec that a label means: a Python name, or one of JIS, EUC, DETECT."""
    if not label or not _LABEL.fullmatch(label := label.strip(" \t\"'")):
        return DETECT
    key = re.sub(r"[^a-z0-9]", "", label.lower())
    if key in _ALIASES:
        return _ALIASES[key]
    if not _FAMILIES.match(key):
        return DETECT  # us-ascii and unknown-8bit too: 8-bit bytes below them mean something else
    try:
        found = codecs.lookup(key if key.startswith("cp") else label)
    except (LookupError, ValueError):
        return DETECT
    return found.name if getattr(found, "_is_text_encoding", True) else DETECT


def decode(data: bytes, label: str | None = None) -> tuple[str, bool]:
    """The text of `data`, and False where the label was wrong, unknown with 8-bit bytes below it, or bytes were lost."""
    if data.isascii() and b"\x1b" not in data and b"\x0e" not in data:
        if (b"+" not in data and b"~" not in data) or codec_of(label) not in ("utf-7", "hz"):
            return _clean(data.decode("ascii")) if not _wide(label) else _labelled(data, codec_of(label))
        return _labelled(data, codec_of(label))
    codec = codec_of(label)
    if codec is not JIS and data.isascii() and _JIS_ESCAPE.search(data):
        return _clean(_decode_jis(data)[0], label is None)
    if codec is DETECT:
        return _detected(data, label is None)
    return _labelled(data, codec)


def _wide(label: str | None) -> bool:
    return codec_of(label) in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")


def _labelled(data: bytes, codec: str) -> tuple[str, bool]:
    if codec is JIS:
        if b"\x1b" not in data and b"\x0e" not in data:
            return _detected(data, False)  # 8-bit bytes under a 7-bit label
        return _clean(*_decode_jis(data))
    if codec is EUC:
        text, sound = _decode_euc(data)
    elif codec in _LATIN:
        return _latin(data, codec)
    else:
        try:
            text, sound = data.decode(codec), True
        except (UnicodeError, ValueError):
            text, sound = "", False
    if sound and not (codec in _MULTIBYTE and _is_utf8(data)) and not (codec == "cp932" and _NO_CP932.search(text)):
        return _clean(text)
    if codec == "cp932":
        # Shift_JIS-2004 fills what cp932 leaves empty
        try:
            return _clean(data.decode("shift_jis_2004"))
        except UnicodeError:
            pass
    return _detected(data, False, or_else=codec)


def _is_utf8(data: bytes) -> bool:
    """Whether bytes under another label are UTF-8 all the same: Japanese read so by chance hardly exists."""
    try:
        return bool(_JAPANESE.search(data.decode("utf-8")))
    except UnicodeError:
        return False


def _latin(data: bytes, codec: str) -> tuple[str, bool]:
    """A Western label is what old mailers write when they know nothing: believe it only where nothing Japanese fits."""
    guess, sound = _detected(data, True)
    if sound and not _HALF_KANA.search(guess) and (_KANA.search(guess) or _dense(data)):
        return guess, False
    try:
        return _clean(data.decode("utf-8"), False)
    except UnicodeError:
        text = data.decode(codec, "replace")
        return _clean(text, "\ufffd" not in text)


def _dense(data: bytes) -> bool:
    """Japanese text is 8-bit byte after 8-bit byte; in a Western word they are the exception."""
    return any(len(word) >= 6 and len(_HIGH.findall(word)) * 2 > len(word) for word in data[:4096].split())


def _detected(data: bytes, unlabelled: bool, or_else: str = "utf-8") -> tuple[str, bool]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and len(data) % 2 == 0:
        try:
            return _clean(data.decode("utf-16"), unlabelled)
        except UnicodeError:
            pass
    if _JIS_ESCAPE.search(data):
        text, sound = _decode_jis(data)
        if sound:
            return _clean(text, unlabelled)
    try:
        return _clean(data.decode("utf-8-sig"), unlabelled)
    except UnicodeError:
        pass
    try:
        windows: str | None = data.decode("cp932")
        if _NO_CP932.search(windows or ""):
            windows = None
    except UnicodeError:
        windows = None
    euc, euc_sound = (
        _decode_euc(data) if windows is None or len(_HALF_KANA.findall(windows)) * 4 > len(windows) else ("", False)
    )
    if windows is not None and not (euc_sound and (_KANA.search(euc) or len(euc) < len(windows))):
        return _clean(windows, unlabelled)
    if euc_sound:
        return _clean(euc, unlabelled)
    # Nothing fits: the reading that loses least.
    codec = or_else if or_else not in (JIS, EUC, DETECT) else "utf-8"
    candidates = [data.decode(codec, "replace"), data.decode("utf-8", "replace"), data.decode("cp932", "replace"), euc]
    if not _dense(data):
        candidates.insert(0, data.decode("cp1252", "replace"))  # an accent here and there
    best = min((text for text in candidates if text), key=lambda text: text.count("\ufffd"), default="")
    return _clean(best, False)


def _clean(text: str, sound: bool = True) -> tuple[str, bool]:
    """No NUL (PostgreSQL refuses it), no lone surrogates (JSON and UTF-8 do), no byte order mark in front."""
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        text = text.replace("\0", "")
    if _SURROGATE.search(text):
        # a pair written as two UTF-7 or CESU-8 halves is one character
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text, sound and "\ufffd" not in text
    return text, sound


# --- EUC-JP and ISO-2022-JP -------------------------------------------------------------------------------------------

_EUC_UNIT = re.compile(rb"[\x00-\x7f]+|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|[\xa1-\xfe]{2}|[\x80-\xff]", re.S)


def _decode_euc(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("euc_jp"), True
    except UnicodeError:
        pass
    text = "".join(_euc_character(unit) for unit in _EUC_UNIT.findall(data))
    return text, "\ufffd" not in text


@lru_cache(maxsize=16_384)
def _euc_character(unit: bytes) -> str:
    """One character, or a run of ASCII. Where JIS has nothing, what Windows has at the place (NEC row 13, IBM rows)."""
    try:
        return unit.decode("euc_jp")
    except UnicodeError:
        pass
    if len(unit) == 2:
        return _windows_character(unit[0] & 0x7F, unit[1] & 0x7F)
    if len(unit) == 3:
        try:
            return unit.decode("euc_jis_2004")
        except UnicodeError:
            pass
    return "\ufffd"


def _windows_character(row: int, cell: int) -> str:
    """The character of a JIS pair (0x21–0x7E each) by way of its Shift_JIS bytes."""
    lead = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
    trail = cell + (0x1F if cell < 0x60 else 0x20) if row & 1 else cell + 0x7E
    try:
        return bytes((lead, trail)).decode("cp932")
    except (UnicodeError, ValueError):
        pass
    try:
        return bytes((row | 0x80, cell | 0x80)).decode("euc_jis_2004")
    except UnicodeError:
        return "\ufffd"


# An escape, a shift, a line end (where RFC 1468 goes back to ASCII), or the bytes between them.
_JIS_TOKEN = re.compile(
    rb"\x1b(?:\([A-Z]|\$\([A-Z]|\$[@AB]|[&.][@AF]|N)|[\x0e\x0f]|\r?\n|[^\x1b\x0e\x0f\r\n]+|[\x1b\r]", re.S
)
_SINGLE = {b"\x1b(B": "ascii", b"\x1b(J": "ascii", b"\x1b(H": "ascii", b"\x1b(I": "kana"}
_PLANES = {b"\x1b$@": "x0208", b"\x1b$B": "x0208", b"\x1b$(B": "x0208", b"\x1b$(D": "x0212", b"\x1b$A": "gb", b"\x1b$(A": "gb",
           b"\x1b$(C": "ks", b"\x1b$(O": "x0213", b"\x1b$(Q": "x0213", b"\x1b$(P": "x0213-2"}  # fmt: skip


def _decode_jis(data: bytes) -> tuple[str, bool]:
    out: list[str] = []
    state, shifted = "ascii", False
    for token in _JIS_TOKEN.findall(data):
        if token in _SINGLE:
            state = _SINGLE[token]
        elif token in _PLANES:
            state = _PLANES[token]
        elif token == b"\x0e":
            shifted = True
        elif token == b"\x0f":
            shifted = False
        elif token[-1:] == b"\n":
            state, shifted = "ascii", False
            out.append(token.decode("ascii"))
        elif token[:1] == b"\x1b":
            continue  # an escape that means nothing to us takes no place on paper
        else:
            out.append(_jis_run(token, "kana" if shifted else state))
    text = "".join(out)
    return text, "\ufffd" not in text


def _jis_run(run: bytes, state: str) -> str:
    if state == "kana":
        return "".join(chr((byte & 0x7F) + 0xFF40) if 0x21 <= byte & 0x7F <= 0x5F else chr(byte & 0x7F) for byte in run)
    if state == "ascii":
        if run.isascii():
            return run.decode("ascii")
        try:
            return run.decode("cp932")  # 8-bit half-width kana (JIS8) are single bytes here too
        except UnicodeError:
            return run.decode("utf-8", "replace")
    pairs = bytes(byte | 0x80 for byte in run if byte > 0x20)
    odd = "\ufffd" if len(pairs) % 2 else ""  # cut inside a character
    pairs = pairs[: len(pairs) & ~1]
    if state in ("gb", "ks"):
        return pairs.decode("gb2312" if state == "gb" else "euc_kr", "replace") + odd
    if state == "x0212":
        return _decode_euc(b"".join(b"\x8f" + pairs[i : i + 2] for i in range(0, len(pairs), 2)))[0] + odd
    if state == "x0213":
        return pairs.decode("euc_jis_2004", "replace") + odd
    if state == "x0213-2":
        return (
            b"".join(b"\x8f" + pairs[i : i + 2] for i in range(0, len(pairs), 2)).decode("euc_jis_2004", "replace")
            + odd
        )
    try:
        return pairs.decode("euc_jp") + odd
    except UnicodeError:
        return "".join(_euc_character(pairs[i : i + 2]) for i in range(0, len(pairs), 2)) + odd
