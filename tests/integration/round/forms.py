"""Forms of this programme, filled as a careful officer would, with what a test wants otherwise."""

from __future__ import annotations

from functools import lru_cache

from mailflow.forms.fill import fill_form
from tests.integration.round.office import SHIPPED

GOOD: dict[str, object] = {
    "applicant_type": "市区町村",
    "prefecture": "長野県",
    "municipality": "飯田市",
    "organization_name": "長野県飯田市",
    "organization_code": "202053",
    "fiscal_index": 0.52,
    "department": "企画課",
    "contact_name": "山口 さくら",
    "contact_kana": "ヤマグチ サクラ",
    "contact_phone": "0265-22-4511",
    "contact_email": "kikaku@city.iida.lg.jp",
    "course": "A",
    "theme": "中山間地の移動手段の確保",
    "issues": "路線バスの減便により、通院と買い物が難しくなっている。",
    "goal": "予約制の乗合交通を、住民と事業者が支える形で続ける。",
    "scope_internal": "含まない",
    "consensus": "首長了承",
    "team_size": 4,
    "weekly_hours": 5,
    "necessity": "計画づくりの経験がなく、専門家の助言が要る。",
    "visit_ok": "可",
    "publish_ok": "可",
}


def form(**changes: object) -> bytes:
    """The filled form; a value of None leaves its cell empty."""
    return _filled(tuple(sorted(changes.items())))


@lru_cache(maxsize=200)
def _filled(changes: tuple[tuple[str, object], ...]) -> bytes:
    """Filling a workbook costs half a second; the stories send the same few again and again."""
    return fill_form(SHIPPED.form.forms[0], {**GOOD, **dict(changes)})
