"""What YAML's own errors mean to a person in an office: encodings, tabs, full-width signs, quotes, indentation.

In: the document and ruamel.yaml's error, or the bytes that aren't UTF-8. Out: a Problem. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ruamel.yaml.error import MarkedYAMLError

from mailflow.settings.problems import Problem
from mailflow.settings.yaml_repair import without_colon

if TYPE_CHECKING:
    from mailflow.settings.yaml_reader import Document

SECOND_DOCUMENT = "`---` で区切られた2つ目の文書があります"
# a key as far as a full-width colon or space: `  - name：`, `　name:`
_WIDE_COLON = re.compile(r"^[\s\-]{0,80}[^\s#'\"：]{1,60}(：)")
_WIDE_SPACE = re.compile(r"^[ \-]{0,80}([\u3000\u00a0\u2000-\u200b\ufeff])")
_WIDE_AFTER = re.compile(r"^[\s\-]{0,80}[A-Za-z_][\w-]{0,60}: {0,4}(\u3000)")
_DASH = re.compile(r"^\s{0,80}(-)[^\s-]")
_AFTER_QUOTE = re.compile(r"""^[\s\-]{0,80}(?:[^\s#'":]{1,60}:\s+)?(['"])[^'"]{0,500}\1(\s{0,9}[^\s#,\]}:])""")
_QUOTED = re.compile(r"""^[\s\-]{0,80}(?:[A-Za-z_][\w-]{0,60}:\s+)?(["'])(.*)$""")
FAR = 60  # lines above the error where a quote may have been left open
_WIDE_BRACKET = re.compile(r"^[\s\-]{0,80}[A-Za-z_][\w-]{0,60}:\s{1,9}([｛［])")
_AFTER_BRACKET = re.compile(
    r"^[\s\-]{0,80}[A-Za-z_][\w-]{0,60}:\s{1,9}(\[[^\[\]'\"]{0,300}\]|\{[^{}'\"]{0,300}\})\s{0,9}([^\s#,\]}])"
)
_NO_SPACE = re.compile(r"^[\s\-]{0,80}[A-Za-z_][\w-]{0,60}(:)[^\s:/]")
_KEY = re.compile(r"^ {0,80}[A-Za-z_][\w-]{0,60}:(?:\s|$)")
_KEY_ALONE = re.compile(r"^[\s\-]{0,80}[A-Za-z_][\w-]{0,60}\s*$")


def encoding_problem(file: str, content: bytes) -> Problem:
    """Not UTF-8: most likely Shift_JIS or UTF-16 from an editor on Windows."""
    hint = "エディターで開き、文字コード UTF-8 で保存し直してください（メモ帳: 名前を付けて保存 →「エンコード」を UTF-8 に）"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Problem(file, 1, None, "文字コードが UTF-16 です。UTF-8 で保存し直してください", hint)
    try:
        content.decode("utf-8")
        start = 0
    except UnicodeDecodeError as error:
        start = error.start
    number = content.count(b"\n", 0, start) + 1
    raw = content.split(b"\n")[number - 1].rstrip(b"\r")
    before = content[content.rfind(b"\n", 0, start) + 1 : start]
    column = len(before.decode("utf-8", "replace")) + 1
    as_japanese = _cp932(content)
    if as_japanese is not None:
        message = "文字コードが Shift_JIS です。UTF-8 で保存し直してください"
        raw_text = raw.decode("cp932", "replace")
    else:
        message = "文字コードが UTF-8 ではありません。UTF-8 で保存し直してください"
        raw_text = raw.decode("utf-8", "replace")
    return Problem(file, number, column, message, hint, raw_text)


def _cp932(content: bytes) -> str | None:
    """The text as Windows writes Japanese; None if that makes no text of it either."""
    try:
        text = content.decode("cp932")
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char in "\t\r\n\u3000" for char in text) else None


def explain(document: Document, error: MarkedYAMLError) -> Problem:
    """The syntax error, at the place where a person has to mend, in Japanese."""
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and error.context == "while scanning a simple key":
        mark = error.context_mark  # the line without a colon; the other is the next one that says something
    line, column = document.place(mark.index) if mark else (1, 1)
    what = " ".join(str(part) for part in (error.context, error.problem) if part)
    return (
        _no_line_of_yaml(document, line)
        or wide_signs(document, line)
        or _tab(document, line, what)
        or _open_quote(document, line, what)
        or _brackets(document, line)
        or _quotes(document, line, what)
        or _dash(document, line, column, what)
        or _missing_colon(document, line, what)
        or _by_message(document, error, line, column, what)
    )


_MARKS = "“”‘’＂"


def stray_quotes(text: str) -> tuple[str, str] | None:
    """`“1次公募”`, `1次公募'`: quotes that YAML takes for a part of the value, and letters would show. (message, hint)

    A warning: quotes are words, too. 「“A”と“B”」 only begins and ends with them.
    """
    if len(text) > 2 and text[0] in _MARKS and text[-1] in _MARKS and not set(text[1:-1]) & set(_MARKS):
        hint = f"要らなければ `{text[1:-1]}` と書いてください。要るなら、全体を半角の引用符 '…' で囲みます"
        return "引用符が全角です（このままでは、引用符も値になります）", hint
    sign = text[-1:]
    if sign in ("'", '"') and text.count(sign) == 1 and not text.isascii():
        inside = text[:-1].rstrip()
        hint = f"`{inside}` か、`{sign}{inside}{sign}` と書いてください"
        return "閉じる引用符だけがあります（このままでは、引用符も値になります）", hint
    return None


NAME = 12  # characters that a name in a list has at most, mostly


def run_together(text: str) -> tuple[int, str, str] | None:
    """An item of `[ ]` with 「、」 in it: (where, message, hint). A warning, and none of a sentence, which has them, too."""
    match = re.search("[、，]", text)
    if match is None or len(max(re.split("[、，]", text), key=len)) > NAME:
        return None
    message = f"「{match[0]}」は区切りになりません（全体が1つの値になります）"
    return (
        match.start(),
        message,
        "別々の値なら、半角の `, `（コンマと空白）で区切ります。1つの値なら、引用符 '…' で囲みます",
    )


def _no_line_of_yaml(document: Document, line: int) -> Problem | None:
    """The marks of two versions that were put together, and of a text copied out of a page."""
    for number in (line, line - 1):
        text = document.line(number) or ""
        if match := re.match(r"(<{7}|={7}|>{7}|`{3})", text):
            said = "2つの版を合わせたときの印" if match[1][0] != "`" else "ページから写したときの印"
            return _found(
                document, number, 1, f"「{match[1]}」は{said}で、YAML ではありません", "この行を消してください"
            )
    return None


def _brackets(document: Document, line: int) -> Problem | None:
    """`｛approval: one｝`; `[4月]上旬`, where the bracket is closed before the value ends."""
    text = document.line(line) or ""
    if match := _WIDE_BRACKET.match(text):
        hint = "半角の `{ }` か `[ ]` で書いてください。文なら、全体を引用符 '…' で囲みます"
        return _found(document, line, match.start(1) + 1, f"かっこが全角の「{match[1]}」です", hint)
    if match := _AFTER_BRACKET.match(text):
        hint = f"`{match[1][0]}` から始まる文は、全体を引用符 '…' で囲みます"
        said = f"閉じた `{_CLOSING[match[1][0]]}` のあとに文字が続いています"
        return _found(document, line, match.start(2) + 1, said, hint)
    return None


def _found(document: Document, line: int, column: int, message: str, hint: str | None = None) -> Problem:
    shown = document.mended.get(line, document.line(line))
    return Problem(document.file, line, column, message, hint, shown)


def wide_signs(document: Document, line: int) -> Problem | None:
    """A full-width colon or indentation in this line or shortly above."""
    for number in range(line, max(line - 3, 0), -1):
        text = document.line(number) or ""
        if text.lstrip().startswith("#"):
            continue
        if match := _WIDE_COLON.match(text):
            hint = "半角の `: `（コロンと空白）で書いてください"
            return _found(document, number, match.start(1) + 1, "コロンが全角です", hint)
        if match := _WIDE_SPACE.match(text):
            said = "字下げが全角の空白です" if match[1] == "\u3000" else "字下げに、半角でない見えない空白があります"
            hint = (
                "半角の空白で字下げしてください" if match[1] == "\u3000" else "消して、半角の空白を打ち直してください"
            )
            return _found(document, number, match.start(1) + 1, said, hint)
        if match := _WIDE_AFTER.match(text):
            return _found(
                document, number, match.start(1) + 1, "コロンのあとの空白が全角です", "半角の空白を使ってください"
            )
    return None


def _tab(document: Document, line: int, what: str) -> Problem | None:
    for number in (line, line - 1):
        text = document.line(number) or ""
        white = text[: len(text) - len(text.lstrip())]
        if "\t" in white:
            column = white.index("\t") + 1
            return _found(document, number, column, "字下げにタブが使われています", "半角の空白で字下げしてください")
    if "\\t" in what or "'\t'" in what:
        text = document.line(line) or ""
        return _found(document, line, text.find("\t") + 1, "ここにはタブを使えません", "半角の空白を使ってください")
    return None


def _open_quote(document: Document, line: int, what: str) -> Problem | None:
    """A quote that its line doesn't close swallows the lines below up to the next one, and the error comes there."""
    if "expected <block end>" not in what and "mapping values" not in what:
        return None
    here = document.line(line) or ""
    for number in range(line - 1, max(line - FAR, 0), -1):
        match = _QUOTED.match(document.line(number) or "")
        if match is None:
            continue
        sign, rest = match[1], match[2]
        if sign in here and rest.replace("\\" + sign, "").count(sign) % 2 == 0:
            return _found(document, number, match.start(1) + 1, "引用符が閉じていません", "同じ引用符で閉じてください")
        if sign in here:
            return None  # that one is closed: the fault is between
    return None


def _quotes(document: Document, line: int, what: str) -> Problem | None:
    """`'sender.kind == 'web-form''`: the quote ends before the value does."""
    match = _AFTER_QUOTE.match(document.line(line) or "")
    if match is None or not ("expected <block end>" in what or "mapping values" in what or "expected ','" in what):
        return None
    hint = "中で引用符を使うときは、外側をもう一方の引用符（' か \"）にします"
    return _found(document, line, match.start(2) + 1, "閉じた引用符のあとに文字が続いています", hint)


def _dash(document: Document, line: int, column: int, what: str) -> Problem | None:
    misfit = ("expected <block end>", "could not find expected ':'", "mapping values are not allowed")
    if not any(one in what for one in misfit):
        return None
    for number in (line, line - 1):
        if match := _DASH.match(document.line(number) or ""):
            hint = "`- 名前: 値` のように、空白を1つ入れてください"
            return _found(document, number, match.start(1) + 1, "`-` のあとに空白がありません", hint)
    if "block mapping" in what and "found '-'" in what:
        hint = "並びなら、上の行の名前より深く字下げします。`名前: 値` なら `- ` を消してください"
        return _found(document, line, column, "ここには `- `（並び）を書けません", hint)
    return None


def _missing_colon(document: Document, line: int, what: str) -> Problem | None:
    if "could not find expected ':'" not in what and "mapping values are not allowed" not in what:
        return None
    for number in (line, line - 1):
        text = document.line(number) or ""
        if (match := _forgotten(document, number, line)) is not None:
            hint = f"`{match[2]}: {match[3] or '値'}` のように書いてください"
            return _found(document, number, match.end(2), "`:`（コロン）がありません", hint)
        if match := _NO_SPACE.match(text):
            return _found(
                document,
                number,
                match.start(1) + 1,
                "コロンのあとに空白がありません",
                "`名前: 値` のように、空白を1つ入れてください",
            )
        alone = text.strip() and ":" not in text and not text.lstrip().startswith(("#", "-"))
        if "could not find" in what and (_KEY_ALONE.match(text) or alone):
            end = len(text.rstrip())
            hint = "`名前: 値` のように書いてください。覚え書きなら、行の頭に `# ` を付けます。上の行の続きなら、字下げします"
            return _found(document, number, max(end, 1), "`:`（コロン）がありません", hint)
    return None


def _forgotten(document: Document, number: int, line: int) -> re.Match[str] | None:
    """`    closes 2026-03-26 16:00` among keys that begin at the same column; the error comes at the key below."""
    match = without_colon(document.line(number) or "")
    if match is None or not match[3]:
        return None
    below = next((one for at in range(number + 1, number + 5) if (one := document.line(at)) and _KEY.match(one)), "")
    return match if len(below) - len(below.lstrip(" ")) == match.start(2) and line <= number + 4 else None


def _out_of_line(document: Document, line: int) -> Problem:
    """A line that begins elsewhere than the others of its part: where those begin is said, as far as it can be known."""
    text = document.line(line) or ""
    own = len(text) - len(text.lstrip(" "))
    hint = "同じまとまりの行は、頭をそろえます"
    if text.lstrip().startswith("- "):
        for number in range(line - 1, max(line - FAR, 0), -1):
            item = re.match(r"^( {0,80})- ", document.line(number) or "")
            if item and 0 < abs(len(item[1]) - own) < 3:
                hint = f"{number}行目の `- ` と頭をそろえます（いまは空白 {own} 個、そこは {len(item[1])} 個）"
                break
        return _found(document, line, own + 1, "字下げがそろっていません", hint)
    for number in range(line - 1, max(line - FAR, 0), -1):
        match = _KEY_ABOVE.match(document.line(number) or "")
        if match is None:
            continue
        depth = len(match[1]) + len(match[2])
        if own < depth and text.rstrip().endswith(":"):  # it opens a part: it stands with another heading
            continue
        if depth != own and (match[4] or text.rstrip().endswith(":")):
            hint = f"{number}行目の `{match[3]}` と同じまとまりなら、頭をそろえます（いまは空白 {own} 個、`{match[3]}` は {depth} 個）"
        break
    return _found(document, line, own + 1, "字下げがそろっていません", hint)


_KEY_ABOVE = re.compile(r"^( {0,80})((?:- +){0,3})([A-Za-z_][\w-]{0,60}):(?:\s+([^\s#].*))?")
_CLOSING = {"[": "]", "{": "}"}


def _left_open(document: Document, line: int) -> tuple[int, int, str] | None:
    """(line, column, sign) of the last bracket above that its line doesn't close."""
    for number in range(line, 0, -1):
        text = (document.line(number) or "").partition(" #")[0]
        for sign, closing in _CLOSING.items():
            if text.count(sign) > text.count(closing):
                return number, text.rindex(sign) + 1, sign
    return None


def _by_message(document: Document, error: MarkedYAMLError, line: int, column: int, what: str) -> Problem:
    start = error.context_mark or error.problem_mark
    start_line, start_column = document.place(start.index) if start else (line, column)
    if "scanning a quoted scalar" in what or "unexpected end of stream" in what:
        return _found(document, start_line, start_column, "引用符が閉じていません", "同じ引用符で閉じてください")
    if "escape" in what:
        return _found(
            document,
            line,
            column,
            "`\\` のあとの文字が正しくありません",
            "`\\` をそのまま書くときは '…'（一重の引用符）で囲みます",
        )
    braces = (document.line(line) or "").find(": {{")
    if 0 <= braces < column:
        hint = "`{{ }}` を含む文は、全体を引用符 '…' で囲んでください"
        return _found(document, line, braces + 3, "`{` から始まる文が引用符で囲まれていません", hint)
    if "mapping values are not allowed" in what:
        text = document.line(line) or ""
        if re.match(r":\s*(?:#.*)?$", text[column - 1 :]) and ":" in text[: column - 1]:
            return _found(document, line, column, "値のあとに `:` があります", "この `:` を消してください")
        if 0 <= text.find(": ") < column - 1:
            return _found(document, line, column, "値の中に `: ` があります", "値の全体を引用符 '…' で囲んでください")
        return _out_of_line(document, line)
    if "undefined alias" in what:
        hint = "`&名前` を付けた行があるか確かめてください。`*` で始まる文なら、引用符で囲みます"
        return _found(document, line, column, "`*` で引用した名前がありません", hint)
    if found := re.search(r"expected the node content, but found '([,\]}])'", what):
        hint = f"余分な `{found[1]}` なら消してください。値なら、全体を引用符 '…' で囲みます"
        return _found(document, line, column, f"`{found[1]}` の前に値がありません", hint)
    if "cannot start any token" in what:
        char = (document.line(line) or "")[column - 1 : column]
        return _found(
            document, line, column, f"「{char}」から始まる値は書けません", "値の全体を引用符 '…' で囲んでください"
        )
    if "<stream end>" in what and (bracket := _left_open(document, line)) is not None:
        start_line, start_column, sign = bracket
        hint = f"閉じる `{_CLOSING[sign]}` を書いてください。`{sign}` から始まる文は引用符で囲みます"
        return _found(document, start_line, start_column, f"`{sign}` が閉じていません", hint)
    if "flow sequence" in what or "flow mapping" in what:
        opened = "[" if "sequence" in what else "{"
        comma = re.search("[、，]", document.line(start_line) or "")
        if comma:
            sign = comma[0]
            hint = "半角の `, `（コンマと空白）で区切ってください"
            return _found(document, start_line, comma.start() + 1, f"区切りが「{sign}」です", hint)
        close = "]" if opened == "[" else "}"
        if line == start_line and "got ':'" in what.replace("but ", ""):
            hint = f"`,` が抜けています。`{opened}` から始まる文なら、全体を引用符 '…' で囲みます"
            return _found(document, line, column, f"`{opened} {close}` の中で、`: ` が続けて2つあります", hint)
        hint = f"閉じる `{close}` か、間の `,` がありません。`{opened}` から始まる文は引用符で囲みます"
        return _found(document, start_line, start_column, f"`{opened}` の中が正しくありません", hint)
    if "expected a single document" in what:
        return _found(document, line, column, SECOND_DOCUMENT, "`---` の行を消してください")
    if "expected <block end>" in what or "block mapping" in what or "block collection" in what:
        return _out_of_line(document, line)
    if "block scalar" in what:
        return _found(
            document, line, column, "`|` や `>` のあとには何も書けません", "文は次の行から、字下げして書きます"
        )
    if "anchor" in what or "alias" in what:
        return _found(
            document, line, column, "`&` や `*` から始まる値は書けません", "値の全体を引用符 '…' で囲んでください"
        )
    if "could not find expected" in what:
        return _no_key(document, line, column)
    return _found(
        document, line, column, "YAML として読めません", "字下げ、コロンのあとの空白、引用符を確かめてください"
    )


def _no_key(document: Document, line: int, column: int) -> Problem:
    """A line that should be `name: value`, by the sign it begins with."""
    text = document.line(line) or ""
    sign = text[column - 1 : column]
    if sign in _CLOSING:
        hint = f"要らない `{sign}` なら消してください。要るなら、閉じる `{_CLOSING[sign]}` を書きます"
        return _found(document, line, column, f"`{sign}` が閉じていません", hint)
    if sign and sign in "'\"":
        return _found(document, line, column, "引用符が閉じていません", "同じ引用符で閉じるか、消してください")
    if sign and sign in "&*!":
        return _found(
            document, line, column, f"行が `{sign}` から始まっています", f"要らない `{sign}` なら消してください"
        )
    hint = "`名前: 値` のように書いてください。覚え書きなら、行の頭に `# ` を付けます。上の行の続きなら、字下げします"
    return _found(document, line, max(len(text.rstrip()), 1), "`:`（コロン）がありません", hint)
