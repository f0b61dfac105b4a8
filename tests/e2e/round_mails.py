"""Generated mails of a round: each of another municipality, some with a fault, made from a seed.

Every mail has a number in its Message-ID, so that what became of it can be told from outside.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import ruamel.yaml

from mailflow.clock import TOKYO
from mailflow.forms.fill import fill_form
from mailflow.settings.form import FormFile

ROOT = Path(__file__).parents[2]
FIRST = datetime(2026, 3, 16, 9, 0, 0, tzinfo=TOKYO)
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class RoundMail:
    number: int
    sort: str
    message_id: str
    organization: str
    raw: bytes
    received_at: datetime


@lru_cache(maxsize=1)
def form_file() -> FormFile:
    text = (ROOT / "config/form.yaml").read_text(encoding="utf-8")
    return FormFile.model_validate(ruamel.yaml.YAML(typ="safe").load(text))


@lru_cache(maxsize=1)
def towns() -> list[dict[str, str]]:
    with (ROOT / "mailflow/data/municipalities.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] in ("town", "village")]


@lru_cache(maxsize=1)
def domains() -> dict[str, str]:
    with (ROOT / "mailflow/data/domains.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["domain"] for row in csv.DictReader(file)}


def values(town: dict[str, str], address: str, number: int) -> dict[str, Any]:
    """A form without a fault."""
    long = (
        "中山間地域で高齢化が進み、移動と見守りの担い手が足りないため、デジタル技術による支え合いの仕組みを検討します。"
    )
    return {
        "applicant_type": "市区町村",
        "prefecture": town["prefecture"],
        "municipality": town["name"],
        "organization_name": f"{town['prefecture']}{town['name']}",
        "organization_code": town["code"],
        "department": "企画課",
        "contact_name": f"見本 担当{number}",
        "contact_phone": f"000-{number:04d}-0001",
        "contact_email": address,
        "course": "A" if number % 2 else "B",
        "theme": f"地域の見守りと移動の支援（第{number}案）",
        "issues": long,
        "goal": long,
        "scope_internal": "含まない",
        "consensus": "首長了承",
        "team_size": 3,
        "weekly_hours": 5,
        "necessity": long,
        "visit_ok": "可",
        "publish_ok": "可",
    }


def compose(
    number: int, town: dict[str, str], sort: str, received_at: datetime, *, to: str = "office@secretariat.example"
) -> RoundMail:
    """`sort`: good, gaps (three empty cells), no-file, question, out-of-office."""
    full = f"{town['prefecture']}{town['name']}"
    address = f"kikaku{number}@{domains().get(town['code'], 'town.lg.jp')}"
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"見本 担当{number} <{address}>"
    mail["To"] = to
    mail["Date"] = format_datetime(received_at - timedelta(seconds=20))
    message_id = f"<round-{number}@{address.rpartition('@')[2]}>"
    mail["Message-ID"] = message_id
    mail["Subject"] = {
        "question": "計画策定支援についての質問",
        "out-of-office": "自動応答: 不在にしております",
    }.get(sort, f"【{full}】計画策定支援")
    if sort == "question":
        mail.set_content(
            "お世話になっております。\n様式の書き方について教えてください。\n人員の欄には兼務者も含めてよいでしょうか。\n"
        )
    elif sort == "out-of-office":
        mail["Auto-Submitted"] = "auto-replied"
        mail.set_content("4月まで不在にしております。\n")
    else:
        mail.set_content("お世話になっております。\n応募様式を提出いたします。よろしくお願いいたします。\n")
    if sort in ("good", "gaps"):
        given = values(town, address, number)
        if sort == "gaps":
            given |= {"contact_phone": None, "goal": None, "team_size": None}
        mail.add_attachment(
            fill_form(form_file().forms[-1], given),
            maintype=XLSX[0],
            subtype=XLSX[1],
            filename=f"【{full}】1次公募応募様式.xlsx",
        )
    return RoundMail(number, sort, message_id, full, mail.as_bytes(), received_at)


SORTS = ("good",) * 6 + ("gaps",) * 2 + ("no-file", "question", "out-of-office")


def round_mails(count: int, seed: int = 1) -> Iterator[RoundMail]:
    """`count` mails, one a municipality, a few seconds apart."""
    chance = random.Random(seed)
    chosen = chance.sample(towns(), count)
    for number, town in enumerate(chosen):
        yield compose(number, town, chance.choice(SORTS), FIRST + timedelta(seconds=7 * number))
