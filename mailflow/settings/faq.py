"""What operators write of questions that come again: faq.yaml (situations row 36). A programme without the file answers none by itself.

A question is an entry's where every word of one of its lines stands in it; of several entries the one whose words are longest.
What `never` names gets no answer from here, whatever else it holds: chances and eligibility are the ministry's word (募集要領2(4)).
Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from mailflow.model import unwritten
from mailflow.settings.fields import Strict
from mailflow.settings.letter_names import LETTER_NAMES
from mailflow.settings.messages import Words, look_up, places, written
from mailflow.settings.models import Programme, Round
from mailflow.settings.problems import Misplaced
from mailflow.settings.vocabulary import Names

FAQ_NAMES: Names = {name: LETTER_NAMES[name] for name in ("programme", "round")}
"""What an answer may show: nothing of a case, so that every body reads the same words."""


_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


def folded(text: str) -> str:
    """As questions and words are compared: NFKC, no blanks, nothing invisible, no difference of case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) != "Cf" and c not in _INVISIBLE)


_KANA = re.compile(r"[ぁ-ゖー]*")
_SHORTEST = "見分ける言葉は2文字以上にしてください（空白で区切ると「どれも含む」、| で区切ると「どれか」）"


def _telling(line: str) -> str:
    """A line of one character, or of nothing, would fit questions about anything."""
    words = _words(line)
    shortest = min((min(map(len, several)) for several in words), default=0)
    if shortest == 0 or (shortest < 2 and len(words) < 2):
        raise ValueError(_SHORTEST)
    return line


def _of_one_matter(line: str) -> str:
    """What answers needs more than particles: 「か は」 stands in every question."""
    if all(any(len(one) < 2 or (len(one) < 4 and _KANA.fullmatch(one)) for one in several) for several in _words(line)):
        raise ValueError(
            "どの質問にも当てはまってしまいます。漢字・カタカナ・英数字の2文字以上の言葉か、ひらがな4文字以上の言葉を加えてください"
        )
    return line


@cache
def _words(line: str) -> tuple[tuple[str, ...], ...]:
    """「費用|経費 負担」 as ((費用, 経費), (負担,))."""
    return tuple(
        tuple(folded(one) for one in word.split("|")) for word in unicodedata.normalize("NFKC", line).casefold().split()
    )


def _as_it_stands(text: str) -> str:
    if re.search(r"\{\{|\}\}|\{%", text):
        raise ValueError(
            "ここには {{ 名前 }} を書けません（このまま手紙に出ます）。募集要領1(2) のように書いてください"
        )
    return _no_blank(text)


def _no_blank(text: str) -> str:
    if unwritten(text):
        raise ValueError("人が書く場所の印は、回答に書けません。答えが決まっていなければ、項目ごと消してください")
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_telling)]


class FaqEntry(Strict):
    id: str = Field(description="略号（英小文字）。質問の一覧に出ます。", pattern=r"^[a-z][a-z0-9-]{1,40}$")
    asks: tuple[Annotated[Line, AfterValidator(_of_one_matter)], ...] = Field(
        min_length=1,
        description="質問の見分け方。1行の言葉（空白で区切る）がすべて質問の文にあれば、この項目です。| で区切ると、どれか1つでかまいません。どの行に当てはまってもかまいません。",
    )
    unless: tuple[Line, ...] = Field(
        (), description="これに当てはまる質問は、この項目ではありません（書き方は asks と同じ）。"
    )
    answer: Annotated[Words, AfterValidator(_no_blank)] = Field(
        description="回答の文。どの団体にも同じ言葉で答えます。{{ round.closes }}・{{ programme.phone }} などの名前が使えます。"
    )
    clause: Annotated[str, AfterValidator(_as_it_stands)] | None = Field(
        None, description="根拠の条項。このまま手紙に出ます。例：募集要領1(2)", max_length=100
    )

    def fits(self, question: str) -> int:
        """How much of a folded question speaks of this entry, in characters; 0: it doesn't."""
        if any(_found(line, question) for line in self.unless):
            return 0
        return max(_found(line, question) for line in self.asks)


def _found(line: str, question: str) -> int:
    told = [max((len(one) for one in words if one in question), default=0) for words in _words(line)]
    return sum(told) if all(told) else 0


class FaqFile(Strict):
    """faq.yaml."""

    look_first: bool = Field(
        True,
        description="よくある質問から答える手紙を、必ず人が見てから出すか。false なら、すべての質問に答えがある手紙に限り、approval の決まりに従います（auto なら自動で出ます）。",
    )
    never: tuple[Line, ...] = Field(
        (),
        description="ここから答えない質問の言葉（書き方は asks と同じ）。選定の見込み（募集要領2(4)）や、対象になるかの質問です。人が、総務省に確かめて答えます。entries があれば要ります。",
    )
    entries: tuple[FaqEntry, ...] = Field((), description="質問と回答。")

    @model_validator(mode="after")
    def _holds_together(self) -> FaqFile:
        if self.entries and not self.never:
            raise Misplaced(
                "never（答えない質問の言葉）がありません",
                "entries",
                hint="選定の見込みと、対象になるかを尋ねる言葉を never に書いてください（募集要領2(4)）",
                key=True,
            )
        seen: set[str] = set()
        for index, one in enumerate(self.entries):
            if one.id in seen:
                raise Misplaced(f"id {one.id} が2つあります", "entries", index, "id")
            seen.add(one.id)
            for place, line in enumerate(one.asks):
                words = "\0".join(word for several in _words(line) if len(several) == 1 for word in several)
                if any(_found(each, words) for each in self.never):
                    raise Misplaced(
                        "never の言葉を含むため、この行に当てはまる質問には、ここから答えません",
                        "entries",
                        index,
                        "asks",
                        place,
                    )
        return self

    def refuses(self, question: str) -> bool:
        """`never` names it."""
        text = folded(question)
        return any(_found(line, text) for line in self.never)

    def entry(self, question: str) -> FaqEntry | None:
        """The entry that answers a question of one sentence, None where a person has to."""
        if self.refuses(question):
            return None
        text = folded(question)
        best = max(self.entries, key=lambda one: one.fits(text), default=None)
        return best if best is not None and best.fits(text) else None


NO_FAQ = FaqFile()


def faq_values(programme: Programme, round_: Round) -> Mapping[str, Any]:
    """The values of `FAQ_NAMES`: of the round as it is for the body that asks."""
    return {"programme": programme.model_dump(), "round": round_.model_dump()}


def without_value(answer: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in an answer that stand for nothing in this round: 「2次公募は、の予定です」 is no sentence."""
    return tuple(name for _, name in places(answer) if not written(look_up(name, values)).strip())
