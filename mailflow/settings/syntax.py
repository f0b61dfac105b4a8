"""Jinja2's syntax tree with a character offset on every node: for expressions in YAML and for templates.

Jinja2 keeps line numbers only. Here its own lexer and parser run unchanged, but each token carries the offset where it
stands, so `offset(node)` leads to the column. Pure. Raises SyntaxTrouble, Japanese, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

MAX_NESTING = 20  # brackets inside brackets
MAX_TOKENS = 400  # of one expression

# Only its lexer and parser are used; nothing is rendered with it.
_ENVIRONMENT = Environment(autoescape=False)  # noqa: S701

_AT = re.compile(r" at (\d{1,9})$")
_UNKNOWN_TAG = re.compile(r"unknown tag '([^']{1,60})'")
_INNERMOST = re.compile(r"innermost block that needs to be closed is '([^']{1,60})'")
_GOT = re.compile(r"(?:got|unexpected) '([^']{1,60})'")
_WORDS = {
    "=": ("`=` ではくらべられません", "等しいかどうかは `==` と書きます"),
    "assign": ("`=` ではくらべられません", "等しいかどうかは `==` と書きます"),
    "&": ("`&` は使えません", "「かつ」は `and` と書きます"),
    "!": ("`!` は使えません", "否定は `not`、等しくないは `!=` と書きます"),
    "|": ("`|` の使い方が正しくありません", "「または」は `or` と書きます"),
    "pipe": ("`|` の使い方が正しくありません", "「または」は `or` と書きます"),
}


# what people know from other languages and from English
_OTHER_LANGUAGES = {
    "and": "「かつ」は小文字の `and` と書きます",
    "or": "「または」は小文字の `or` と書きます",
    "not": "「〜でない」は小文字の `not` と書きます。含まないことは `'…' not in 名前` です",
    "contains": "含むかどうかは `'…' in 名前` と書きます",
    "includes": "含むかどうかは `'…' in 名前` と書きます",
    "is": "等しいかどうかは `==` と書きます",
    "equals": "等しいかどうかは `==` と書きます",
    "like": "含むかどうかは `'…' in 名前` と書きます",
    "matches": "含むかどうかは `'…' in 名前` と書きます",
}
_LOOSE_WORD = re.compile(rf"(?:{'|'.join(_OTHER_LANGUAGES)})\b", re.IGNORECASE)


class SyntaxTrouble(ValueError):
    """The text can't be read as an expression or template. `offset` counts characters from 0."""

    def __init__(self, message: str, offset: int, hint: str | None = None) -> None:
        self.message, self.offset, self.hint = message, offset, hint
        super().__init__(message)


def offset(node: nodes.Node) -> int:
    """Where the node's first telling token stands: a name, an operator's left side, the dot of an attribute."""
    return max((node.lineno or 1) - 1, 0)


class _Parser(Parser):
    def __init__(self, source: str, state: str | None, limit: int | None) -> None:
        super().__init__(_ENVIRONMENT, "")
        tokens = _ENVIRONMENT.lexer.wrap(_placed(source, state, limit))
        self.stream = TokenStream(tokens, None, None)


def _placed(source: str, state: str | None, limit: int | None) -> Iterator[tuple[int, str, str]]:
    """Jinja2's tokens with offset + 1 in place of the line number. Raises SyntaxTrouble."""
    position = count = 0
    opened: list[tuple[str, int]] = []  # brackets that wait for their end
    try:
        for _line, kind, value in _ENVIRONMENT.lexer.tokeniter(source, None, None, state):
            # The lexer may leave out white space (`{%-`), never anything else: the next text is the token's.
            found = source.find(value, position)
            start = found if found >= 0 else position
            position = start + len(value)
            if kind == "operator":
                if value in "([{":
                    opened.append((value, start))
                elif value in ")]}" and opened:
                    opened.pop()
                if len(opened) > MAX_NESTING:
                    raise SyntaxTrouble(f"かっこの重なりが {MAX_NESTING} をこえています", start)
            count += kind != "whitespace"
            if limit is not None and count > limit:
                raise SyntaxTrouble("式が長すぎます", start, "いくつかの規則に分けてください")
            yield start + 1, kind, value
        if opened and state is not None:
            sign, start = opened[-1]
            raise SyntaxTrouble(f"`{sign}` が閉じていません", start, f"対応する `{_CLOSING[sign]}` を書いてください")
    except TemplateSyntaxError as error:
        at = _AT.search(error.message or "")
        where = int(at[1]) if at else min(position, max(len(source) - 1, 0))
        raise _translated(error.message or "", where, source) from None


def _translated(message: str, where: int, source: str) -> SyntaxTrouble:
    char = source[where : where + 1]
    if (left := _left_open(source, where)) is not None:
        return left
    if "Missing end of comment" in message:
        return SyntaxTrouble("`{#` に対応する `#}` がありません", where)
    if "Missing end of raw" in message:
        return SyntaxTrouble("`{% raw %}` に対応する `{% endraw %}` がありません", where)
    tag = _UNKNOWN_TAG.search(message)
    if tag:
        return _tag_trouble(tag[1], where, source)
    innermost = _INNERMOST.search(message)
    if innermost:
        opening = _opening(source, where, innermost[1])
        return SyntaxTrouble(
            f"`{{% {innermost[1]} %}}` が閉じていません",
            where,
            f"{opening}に対応する `{{% end{innermost[1]} %}}` を書いてください",
        )
    if "defined twice" in message:
        return SyntaxTrouble("同じ名前の block が2つあります", where)
    got = _GOT.search(message)
    word = got[1] if got else char
    if word in _WORDS:
        return SyntaxTrouble(*_split(_WORDS[word], where))
    if char in ("'", '"') and char not in source[where + 1 :]:
        return SyntaxTrouble("引用符が閉じていません", where)
    if char in _WIDE:
        return SyntaxTrouble(f"全角の「{char}」は使えません", where, f"半角の `{_WIDE[char]}` で書いてください")
    if "end of template" in message or where >= len(source.rstrip()):
        return SyntaxTrouble("途中で終わっています", min(where, max(len(source) - 1, 0)))
    if char == "}":
        return SyntaxTrouble("`}` が1つだけです", where, "`{{ 名前 }}`、`{% … %}` のように閉じます")
    if (loose := _loose(source, where)) is not None:
        return SyntaxTrouble(f"`{loose[0]}` とは書けません", loose.start(), _OTHER_LANGUAGES[loose[0].lower()])
    if source[:where].rstrip().endswith("else") and source.startswith("if", where):
        return SyntaxTrouble("`else if` とは書けません", where, "`{% elif … %}` と書きます")
    if pair := re.search(r"([A-Za-z_][\w.]{0,60})\s{1,9}$", source[:where]):
        word = re.match(r"[A-Za-z_]\w{0,60}", source[where:])
        if word and pair[1] not in _TAGS and pair[1] not in ("and", "or", "not", "in", "is"):
            hint = f"1つの名前なら、`{pair[1]}.{word[0]}` のように点でつなぎます"
            return SyntaxTrouble(f"`{pair[1]}` と `{word[0]}` が、空白だけで並んでいます", where, hint)
    near = source[where : where + 12].partition("\n")[0].strip()
    return SyntaxTrouble(
        f"書き方が正しくありません（`{near}` のあたり）" if near else "書き方が正しくありません", where
    )


_TAGS = (
    "if",
    "for",
    "block",
    "set",
    "include",
    "import",
    "from",
    "macro",
    "call",
    "filter",
    "with",
    "raw",
    "else",
    "elif",
)
_STATEMENT = re.compile(r"\{%[-+]?\s*(end)?([a-z]+)\b([^%\n]{0,80})")
_PAIRED = frozenset({"if", "for", "block", "macro", "call", "filter", "with"})


def _open_tags(source: str, where: int) -> list[tuple[str, int]]:
    """The statements that wait for their end before `where`, outermost first, each with its line."""
    opened: list[tuple[str, int]] = []
    for match in _STATEMENT.finditer(source, 0, where):
        if match[1] and opened and opened[-1][0] == match[2]:
            opened.pop()
        elif not match[1] and match[2] in _PAIRED:
            opened.append((match[2], source.count("\n", 0, match.start()) + 1))
    return opened


def _opening(source: str, where: int, tag: str) -> str:
    """「12行目の `{% if %}` 」."""
    line = next((line for name, line in reversed(_open_tags(source, where)) if name == tag), None)
    return f"{line}行目の `{{% {tag} %}}` " if line is not None else ""


def _tag_trouble(tag: str, where: int, source: str) -> SyntaxTrouble:
    """A statement that nobody knows, or an end that closes nothing."""
    opened = [name for name, _ in _open_tags(source, max(where - 3, 0))]
    inner = opened[-1] if opened else None
    if tag.startswith("end"):
        wanted = tag.removeprefix("end")
        if wanted in _PAIRED and wanted not in opened:
            hint = f"余分なら、この `{{% {tag} %}}` を消してください"
            return SyntaxTrouble(f"`{{% {tag} %}}` に対応する `{{% {wanted} %}}` がありません", where, hint)
        if inner is not None:
            message = f"`{{% {inner} %}}` が閉じないまま `{{% {tag} %}}` になりました"
            opening = _opening(source, where, inner)
            return SyntaxTrouble(message, where, f"ここより前に、{opening}に対応する `{{% end{inner} %}}` が要ります")
    if tag in ("elseif", "elsif"):
        return SyntaxTrouble(f"`{{% {tag} %}}` という命令はありません", where, "`{% elif … %}` と書きます")
    ends = [f"end{name}" for name in opened]
    near = get_close_matches(tag, [*_TAGS, *ends], 1, 0.6) or [one for one in _TAGS if sorted(one) == sorted(tag)]
    hint = f"`{near[0]}` ではありませんか" if near else f"使えるもの: {'・'.join(_TAGS)}"
    return SyntaxTrouble(f"`{{% {tag} %}}` という命令はありません", where, hint)


def _left_open(source: str, where: int) -> SyntaxTrouble | None:
    """`{{ round.name へのご応募`: the sign that its line doesn't close, at the sign itself."""
    for sign, closing in (("{{", "}}"), ("{%", "%}")):
        start = source.rfind(sign, 0, where + 1)
        if start < 0 or closing in source[start:where]:
            continue
        end = min(
            at
            for at in (
                source.find("\n\n", start),
                source.find("{{", start + 2),
                source.find("{%", start + 2),
                len(source),
            )
            if at >= 0
        )
        if closing not in source[start:end] and "}" not in source[start:end].partition("\n")[0]:
            hint = "`{{ 名前 }}` のように閉じます" if sign == "{{" else "`{% … %}` のように閉じます"
            return SyntaxTrouble(f"`{sign}` が `{closing}` で閉じていません", start, hint)
    return None


def _loose(source: str, where: int) -> re.Match[str] | None:
    """A word of another language, here or just before."""
    before = re.search(r"[A-Za-z]{1,12}(?=\s{1,9}$)", source[:where])
    start = before.start() if before and before[0] not in ("and", "or", "not") else where
    return _LOOSE_WORD.match(source, start) or _LOOSE_WORD.match(source, where)


def _split(words: tuple[str, str], where: int) -> tuple[str, int, str]:
    return words[0], where, words[1]


_CLOSING = {"(": ")", "[": "]", "{": "}"}
_WIDE = {
    "（": "(",
    "）": ")",
    "，": ",",
    "、": ",",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "＝": "==",
    "　": " ",
    "．": ".",
    "＜": "<",
    "＞": ">",
    "｜": "|",
    "：": ":",
    "「": "'",
    "」": "'",
}


def _run(parser: _Parser, expression: bool, source: str) -> nodes.Node:
    try:
        if not expression:
            return parser.parse()
        tree = parser.parse_expression()
        if not parser.stream.eos:
            current = parser.stream.current
            parser.fail(f"unexpected, got '{current.type}'", current.lineno)
    except TemplateSyntaxError as error:
        raise _translated(error.message or "", max((error.lineno or 1) - 1, 0), source) from None
    return tree


def _guarded(source: str, state: str | None, limit: int | None) -> nodes.Node:
    try:
        return _run(_Parser(source, state, limit), state is not None, source)
    except TemplateSyntaxError as error:  # the first token is read before the parser runs
        raise _translated(error.message or "", max((error.lineno or 1) - 1, 0), source) from None
    except RecursionError:
        raise SyntaxTrouble("入れ子が深すぎます", 0) from None
    except SyntaxTrouble:
        raise
    except ValueError:  # a number of thousands of digits
        raise SyntaxTrouble("読めない数や文字があります", 0) from None


# A configuration is loaded again and again (each reload, each look of `config check`) and little of it changes. Nobody changes a tree.
@lru_cache(maxsize=1024)
def parse_expression(source: str) -> nodes.Expr:
    """The tree of one expression, at most MAX_TOKENS long. Read it only: it is shared."""
    tree = _guarded(source, "variable", MAX_TOKENS)
    assert isinstance(tree, nodes.Expr)  # noqa: S101  (for the type checker)
    return tree


@lru_cache(maxsize=256)
def parse_template(source: str) -> nodes.Template:
    """The tree of a template. Line ends must be "\\n". Read it only: it is shared."""
    tree = _guarded(source, None, None)
    assert isinstance(tree, nodes.Template)  # noqa: S101  (for the type checker)
    return tree
