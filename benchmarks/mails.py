"""Mails for the benchmarks: 60 kB each, with a 40 kB form of three sheets, each of another municipality.

One form is filled by the product and padded with two sheets of other content; each mail's own values are then put into
the sheet's XML, since filling thousands by openpyxl would take minutes.
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import openpyxl
import ruamel.yaml

from mailflow.clock import TOKYO
from mailflow.forms.build import build_form
from mailflow.forms.fill import fill_form
from mailflow.settings.form import FormFile

ROOT = Path(__file__).parents[1]
FIRST = datetime(2026, 3, 10, 9, 0, tzinfo=TOKYO)
TOKENS = ("OOPREFECTUREOO", "OOMUNICIPALITYOO", "OOBODYOO", "oo@mail.example", "OOTHEMEOO")


def form_file() -> FormFile:
    text = (ROOT / "config/form.yaml").read_text(encoding="utf-8")
    return FormFile.model_validate(ruamel.yaml.YAML(typ="safe").load(text))


def towns() -> list[dict[str, str]]:
    with (ROOT / "mailflow/data/municipalities.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] != "prefecture"]


def domains() -> dict[str, str]:
    with (ROOT / "mailflow/data/domains.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["domain"] for row in csv.DictReader(file)}


def master(seed: int = 7) -> bytes:
    """A filled form of about 40 kB with tokens where each mail differs."""
    spec = form_file().forms[-1]
    chance = random.Random(seed)
    book = openpyxl.load_workbook(io.BytesIO(build_form(spec)))
    for name in ("参考1", "参考2"):
        sheet = book.create_sheet(name)
        for _ in range(160):
            sheet.append([f"{chance.getrandbits(56):014x}" for _ in range(5)])
    padded = io.BytesIO()
    book.save(padded)
    long = (
        "中山間地域で高齢化が進み、移動と見守りの担い手が足りないため、デジタル技術による支え合いの仕組みを検討します。"
        * 4
    )
    return fill_form(
        spec,
        {
            "applicant_type": "市区町村", "prefecture": TOKENS[0], "municipality": TOKENS[1], "organization_name": TOKENS[2],
            "department": "企画課", "contact_name": "見本 担当", "contact_phone": "0265-00-0000", "contact_email": TOKENS[3],
            "course": "A", "theme": TOKENS[4], "issues": long, "goal": long, "scope_internal": "含まない",
            "consensus": "首長了承", "team_size": 3, "weekly_hours": 5, "necessity": long, "visit_ok": "可", "publish_ok": "可",
        },
        template=padded.getvalue(),
    )  # fmt: skip


def forms(count: int) -> Iterator[tuple[dict[str, str], str, bytes]]:
    """(municipality, sender's address, xlsx)."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(master())) as source:
        for info in source.infolist():
            parts[info.filename] = source.read(info)
    places, known = towns(), domains()
    for number in range(count):
        town = places[number % len(places)]
        address = f"kikaku{number}@{known.get(town['code'], 'town.lg.jp')}"
        full = town["prefecture"] + town["name"]
        texts = (town["prefecture"], town["name"], full, address, f"見守りと移動の支援 第{number}案")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
            for name, content in parts.items():
                changed = content
                if name.endswith(".xml"):
                    for token, text in zip(TOKENS, texts, strict=True):
                        changed = changed.replace(token.encode(), text.encode())
                target.writestr(name, changed)
        yield town, address, out.getvalue()


def mails(count: int, to: str = "office@secretariat.example") -> Iterator[tuple[bytes, datetime]]:
    """(raw, INTERNALDATE): applications in the order of arrival."""
    for number, (town, address, form) in enumerate(forms(count)):
        full, at = town["prefecture"] + town["name"], FIRST + timedelta(seconds=number)
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = f"見本 担当 <{address}>", to
        mail["Date"], mail["Message-ID"] = format_datetime(at), f"<bench-{number}@{address.rpartition('@')[2]}>"
        mail["Subject"] = f"【{full}】計画策定支援"
        mail.set_content("お世話になっております。\n応募様式を提出いたします。よろしくお願いいたします。\n" * 3)
        mail.add_attachment(
            form, maintype="application", subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            filename=f"【{full}】1次公募応募様式.xlsx",
        )  # fmt: skip
        yield mail.as_bytes(), at
