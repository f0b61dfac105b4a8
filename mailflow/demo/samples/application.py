"""The form as the applicants of the story fill it in, and the ways in which they get it wrong.

In: form.yaml's edition, an officer, a theme, what differs. Out: values by key for `forms.fill`, xlsx bytes.
A key that the edition in force doesn't have is left out, so that another form.yaml still gives a demo.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailflow.demo.samples.officers import CITY, PHONE_IN_FORM, Officer
from mailflow.demo.samples.themes import Theme
from mailflow.forms.fill import fill_form
from mailflow.settings.form import FormSpec


def plan(theme: Theme, body: str) -> dict[str, object]:
    """What a form says of the plan itself, in the name of `body`."""
    return {
        "course": theme.course,
        "menus": list(theme.menus),
        "theme": theme.title,
        "issues": theme.issues.format(body=body),
        "current_state": theme.current_state,
        "goal": theme.goal,
        "network": theme.network,
        "past_efforts": theme.past_efforts,
        "scope_internal": "含まない",
        "consensus": "部局長了承",
        "team_size": 3,
        "weekly_hours": 5,
        "team_note": "必要に応じて関係課の職員が加わります。",
        "necessity": theme.necessity,
        "next_step": list(theme.next_step),
        "visit_ok": "可",
        "publish_ok": "可",
    }


def values(officer: Officer, theme: Theme, **changes: object) -> dict[str, object]:
    """A form without a fault. `changes`: other values by key; None empties a field."""
    filled: dict[str, object] = {
        "applicant_type": officer.applicant_type,
        "prefecture": officer.prefecture,
        "municipality": officer.municipality if officer.applicant_type == CITY else None,
        "organization_name": officer.body,
        "organization_code": officer.code,
        "fiscal_index": officer.fiscal_index,
        "department": officer.section,
        "contact_name": officer.name,
        "contact_kana": officer.kana,
        "contact_phone": PHONE_IN_FORM,
        "contact_email": officer.address,
        **plan(theme, officer.short_body),
    }
    return {**filled, **changes}


def form_xlsx(spec: FormSpec, filled: Mapping[str, object]) -> bytes:
    return fill_form(spec, {key: value for key, value in filled.items() if key in spec.fields})


def last_years(spec: FormSpec) -> FormSpec:
    """The edition as it may have looked a year ago: it says 令和７年度 of itself."""
    return spec.model_copy(
        update={
            "id": "r7-sample",
            "title": f"令和７年度　{spec.title}",
            "round": None,
            "valid_from": None,
            "valid_until": None,
        }
    )
