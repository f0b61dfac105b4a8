"""The letters that no rule names and the program writes by itself: what is not done while one of their templates isn't there.

In: the files of a configuration and the names of its templates. Out: warnings, for a folder made before such a letter, or a
programme that doesn't want it, stays valid. What a person asks for by hand (a letter, a notice of a later close) is told where it
is asked for (`replies.render`). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import MailflowFile
from mailflow.settings.problems import Trouble

REMINDER = "reminder"
APPOINTMENT = "consultation-reminder"
DIGEST = "staff-digest"
# What people do in the console or by `mailflow bookings`, once there are consultations.
_BY_HAND = {
    "consultation-confirmed": "予約",
    "consultation-changed": "変更",
    "consultation-cancelled": "取り消し",
    "consultation-bureau": "総合通信局へのお願い",
}
COPY = "`mailflow init 別のフォルダー` で作られるものを templates に写せます"


def letters_of_the_timer(file: MailflowFile, templates: Collection[str], told: Collection[str]) -> Iterator[Trouble]:
    """Of mailflow.yaml. `told`: templates that are missed elsewhere, and told there."""
    templates = {*templates, *told}
    if file.reminder is not None and REMINDER not in templates:
        yield _warning(
            "reminder", REMINDER, "返事のない修正のお願いのお知らせは作りません", "reminder のまとまりを消します"
        )
    if file.digest.to and DIGEST not in templates:
        yield _warning("digest", DIGEST, "日報は送りません", "digest のまとまりを消します")


def letters_of_consultations(
    consultation: ConsultationFile, templates: Collection[str], told: Collection[str]
) -> Iterator[Trouble]:
    """Of consultation.yaml. `told`: as above."""
    if not consultation.enabled:
        return
    templates = {*templates, *told}
    if APPOINTMENT not in templates:
        yield _warning("enabled", APPOINTMENT, "相談の前の営業日の確認の手紙は作りません", None)
    for name, act in _BY_HAND.items():
        if name not in templates:
            yield _warning("enabled", name, f"画面や bookings からの{act}の手紙を作れません", None)


def _warning(key: str, name: str, what: str, otherwise: str | None) -> Trouble:
    hint = f"{COPY}。要らなければ、{otherwise}" if otherwise else COPY
    return Trouble((key,), f"ひな形 templates/{name}.j2 がないので、{what}", hint, key=True, severity="warning")
