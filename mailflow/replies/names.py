"""CaseView -> the names that a template may use, as `mailflow.settings.letter_names` documents them. Pure.

Plain values, no methods, nothing of a mail but its subject and time. A test holds these equal to what is documented.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from mailflow.replies.addressee import body_name
from mailflow.replies.items import SUBJECT, Cell, Item
from mailflow.replies.quoting import one_line, said
from mailflow.replies.view import CaseView
from mailflow.settings.settings import Settings


def letter_names(view: CaseView, settings: Settings) -> dict[str, Any]:
    """The names of one letter. An occasion that the letter isn't about is None."""
    return {
        "programme": settings.programme.model_dump(),
        "round": _round(view, settings),
        "case": {
            "number": view.number,
            "version": view.version,
            "previous": view.previous,
            "previous_at": view.previous_at,
            "counts": view.counts,
            "withdrawn": view.withdrawn,
            "in_time": view.in_time,
        },
        "organization": {
            "full_name": body_name(view.organization),
            "name": one_line(view.organization.name or "", 60) or None,
            "prefecture": view.organization.prefecture,
            "bureau": view.organization.bureau,
        },
        "addressee": dataclasses.asdict(view.addressee),
        "mail": {
            "subject": said(view.mail.subject, 80),
            "received_at": view.received_at,
            "part": view.part[0] if view.part else None,
            "parts": view.part[1] if view.part else None,
        },
        "files": [dataclasses.asdict(one) for one in view.files],
        "more_files": view.more_files,
        "earlier": [dataclasses.asdict(one) for one in view.earlier],
        "missing_parts": list(view.missing_parts),
        "password_wrong": view.password_wrong,
        "questions": [dataclasses.asdict(one) | {"answer": list(one.answer)} for one in view.questions],
        "asks": view.asks,
        "tells_contact": view.tells_contact,
        "wishes_talk": view.wishes_talk,
        "replaces": view.replaces,
        "for_town": view.for_town,
        "sent_from": view.sent_from,
        "course": view.course,
        "fixes": _items(view.fixes),
        "confirms": _items(view.confirms),
        "refusals": _items(view.refusals),
        "progress": _occasion(view.progress),
        "form_read": view.form_read,
        "form_asked": view.form_asked,
        "subject_asked": any(one.where == SUBJECT for one in view.fixes),
        "fix_by": view.plan.fix_by,
        "near_close": view.plan.near_close,
        "confirmed": list(view.confirmed),
        "after_close": view.after_close,
        "asked_at": view.asked_at,
        "attached": [one.filename for one in view.parts],
        "marked_copy": next((one.filename for one in view.parts if one.origin.startswith("derived:")), None),
        "blank_form": next((one.filename for one in view.parts if one.origin.startswith("public:")), None),
        "tells": view.tells,
        "records": [dataclasses.asdict(one) for one in view.records],
        "towns": [dataclasses.asdict(one) for one in view.towns],
        "consultation": _occasion(view.consultation),
        "hearing": _occasion(view.hearing),
        "result": _occasion(view.result),
        "notice": _occasion(view.notice),
        "written": _occasion(view.written),
    }


def _round(view: CaseView, settings: Settings) -> dict[str, Any]:
    usual = next((one.closes for one in settings.rounds if one.id == view.round.id), view.round.closes)
    moved = usual if usual != view.round.closes else None
    return view.round.model_dump(exclude={"extensions"}) | {"usual_closes": moved}


def _items(items: Iterable[Item]) -> list[dict[str, Any]]:
    shown = ("number", "where", "found", "message", "example", "clause")
    return [{name: getattr(one, name) for name in shown} | {"cells": _cells(one.cells)} for one in items]


def _cells(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(one) for one in cells]


def _occasion(value: Any) -> dict[str, Any] | None:
    return dataclasses.asdict(value) if value is not None else None
