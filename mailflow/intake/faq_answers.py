"""What faq.yaml answers of one question, sentence by sentence (situations row 36).

In: the question uncut, the settings, the round of the body that asks. Out: a Question. `never` is asked of all of it; what no entry
fits, and an answer with an empty value in it, is left to a person. Pure, never raises.
"""

from __future__ import annotations

from mailflow.intake.enquiries import LONGEST, asked_parts, asked_then, once_chosen, shortened
from mailflow.model import MORE_QUESTIONS, Question
from mailflow.settings.faq import FaqEntry, faq_values, without_value
from mailflow.settings.messages import fill
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings


def answered_by_faq(question: str, settings: Settings, round_: Round) -> Question:
    """The question with what the entries say to its sentences; `partly` where they leave one open. A question that had to be cut, now
    or when it was stored, is a person's to read."""
    if question == MORE_QUESTIONS:
        return Question(text=question)
    text = shortened(question)
    if len(text) >= LONGEST or settings.faq.refuses(once_chosen(question)):
        return Question(text=text)
    values = faq_values(settings.programme, round_)
    asked = [asked_then(once_chosen(one)) for one in asked_parts(question)]
    parts = [settings.faq.entry(one) for one, _ in asked]
    found = {one.id: one for one in parts if one is not None and not without_value(one.answer, values)}
    if not found:
        return Question(text=text)
    entries = list(found.values())
    return Question(
        text=text,
        entry=entries[0].id,
        answer="\n".join(fill(one.answer, values) for one in entries),
        clause=_clauses(entries),
        partly=any(apart for _, apart in asked) or any(one is None or one.id not in found for one in parts),
    )


def _clauses(entries: list[FaqEntry]) -> str | None:
    return "、".join(dict.fromkeys(one.clause for one in entries if one.clause)) or None
