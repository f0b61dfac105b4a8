"""What an expression may compare with what, and what could never be true of it. Raises ExpressionError, which says so. Pure."""

from __future__ import annotations

from typing import Any, NoReturn

from rapidfuzz import fuzz, process

from mailflow.settings import operations
from mailflow.settings.moments import moment
from mailflow.settings.terms import KIND_WORDS, OPERATORS, Term
from mailflow.settings.vocabulary import ExpressionError, Name, Names


class Comparing:
    """One expression: its text and the names in scope."""

    def __init__(self, text: str, names: Names) -> None:
        self.text = text
        self.names = names
        self.used: set[str] = set()

    def fail(self, message: str, at: int, length: int = 1, hint: str | None = None) -> NoReturn:
        raise ExpressionError(message, offset=min(at, max(len(self.text) - 1, 0)), length=max(length, 1), hint=hint)

    def matched(self, left: Term, op: str, right: Term) -> tuple[Term, Term]:
        """Both sides, a text beside a time read as a time. Refuses what can never be compared."""
        sign = OPERATORS[op]
        kinds = (left.type.kind, right.type.kind)
        span = (left.offset, len(left.text))
        if op in ("in", "notin"):
            if right.type.kind not in ("text", "list", "any", "object"):
                self.fail(f"`{sign}` の右は文字か並びです（`{right.text}` は{KIND_WORDS[kinds[1]]}）", right.offset)
            if kinds[1] == "text" and kinds[0] not in ("text", "any"):
                self.fail(f"{KIND_WORDS[kinds[0]]}が文字に含まれるかは調べられません", *span)
            if right.type.kind == "list" and left.constant:
                self.chosen(right, left.value, left.offset)
            if right.constant and isinstance(right.value, list):
                for value, item in zip(right.value, right.parts, strict=True):
                    self.chosen(left, value, item.offset)
            return left, right
        if left.constant and right.constant:
            self.fail("決まった値どうしをくらべています", *span)
        if "time" in kinds:
            return self.as_time(left), self.as_time(right)
        if op not in ("eq", "ne"):
            for side in (left, right):
                if side.type.kind in ("bool", "list", "object") or (side.constant and side.value is None):
                    word = "none" if side.constant and side.value is None else KIND_WORDS[side.type.kind]
                    self.fail(f"{word}に大小はありません（`{side.text}`）", side.offset, len(side.text))
        if "any" not in kinds and kinds[0] != kinds[1]:
            self.fail(
                f"{KIND_WORDS[kinds[0]]}と{KIND_WORDS[kinds[1]]}はくらべられません",
                *span,
                hint=self.quoted(left, right) or self.quoted(right, left),
            )
        self.chosen(left, right.value, right.offset)
        self.chosen(right, left.value, left.offset)
        return left, right

    def quoted(self, name: Term, constant: Term) -> str | None:
        if not constant.constant:
            return None
        if name.type.kind == "text" and constant.type.kind == "number":
            return f"`{name.text}` は文字です。`'{constant.text}'` と引用符で囲んでください"
        if name.type.kind == "number" and constant.type.kind == "text":
            return f"`{name.text}` は数です。引用符を外してください"
        return None

    def chosen(self, name: Term, value: Any, at: int) -> None:
        """Refuse a text that `name` can never be."""
        choices = name.type.choices
        if not choices or not isinstance(value, str) or value in choices:
            return
        near = process.extractOne(value, choices, scorer=fuzz.ratio, score_cutoff=60)
        listed = "・".join(choice or "（空）" for choice in choices[:20])
        hint = f"`{near[0]}` ではありませんか（{listed}）" if near else f"次のどれかです: {listed}"
        what = "に「{}」が入る" if name.type.kind == "list" else "が「{}」になる"
        self.fail(f"`{name.text}` {what.format(value)}ことはありません", at, len(value) + 2, hint)

    def as_time(self, side: Term) -> Term:
        if side.type.kind in ("time", "any") and not (side.constant and side.value is not None):
            return side
        if not side.constant or not isinstance(side.value, str):
            word = KIND_WORDS[side.type.kind]
            self.fail(f"日時と{word}はくらべられません", side.offset, len(side.text), "例: `'2026-03-26 16:00'`")
        try:
            value = moment(side.value)
        except ValueError as error:
            self.fail(str(error), side.offset, len(side.text))
        return Term(
            operations.constant(value), Name("time", ""), side.text, side.offset, (), False, constant=True, value=value
        )
