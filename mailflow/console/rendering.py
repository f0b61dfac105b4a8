"""Templates to HTML. Everything is escaped: what an applicant wrote reaches a page as text, never as markup or address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from mailflow.clock import tokyo
from mailflow.console import words
from mailflow.store.people import Role
from mailflow.store.unfetchable import PURGED

if TYPE_CHECKING:
    from mailflow.console.visit import Visit


@cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("mailflow.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(
        words=words, Role=Role, PURGED=PURGED, long=words.long, exact=words.exact, letter=words.letter, letter_mark=words.letter_mark,
        day=words.day, clock=words.clock, actor=words.actor, size=words.size, who=words.who, short=words.short,
    )  # fmt: skip
    made.filters["count"] = lambda number: f"{number:,}"
    return made


def render(template: str, visit: Visit, values: Mapping[str, Any]) -> str:
    """A page behind the log-in: with the strip, the rail, and who is here."""
    office = visit.office
    health, counts = visit.standing
    now = office.now()
    round_ = office.settings.round_for(now)

    def when(at: datetime | None) -> str:
        return words.moment(at, now)

    return environment().get_template(template).render(
        {
            "visit": visit, "user": visit.session.user, "role": visit.session.role, "csrf": visit.session.csrf,
            "may": visit.may, "area": visit.area, "health": health, "counts": counts, "now": now, "round": round_, "when": when,
            "programme": office.settings.programme, "left": round_.closes - now, "static": office.static.url,
            "sending": office.settings.file.sending and office.store.sending_switch, "settings": office.settings,
            "theme": theme_of(visit), "keys": visit.request.cookies.get("keys") != "off", "path": visit.request.url.path,
            "today": tokyo(now).date(), "business": office.business, "shifted": office.shifted,
            **values,
        }
    )  # fmt: skip


def bare(template: str, static: Any, values: Mapping[str, Any]) -> str:
    """A page before the log-in, or an error: nothing of the office is on it."""
    return environment().get_template(template).render({"static": static, "theme": "", **values})


def theme_of(visit: Visit) -> str:
    chosen = visit.request.cookies.get("theme", "")
    return chosen if chosen in ("light", "dark") else ""


def marked(parts: list[tuple[str, str]]) -> Markup:
    """A comparison: (`same`, `gone` or `new`, text) to text with <del> and <ins>."""
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    return Markup("").join(Markup(tags[kind]).format(text) for kind, text in parts)  # noqa: S704 - the tags are ours
