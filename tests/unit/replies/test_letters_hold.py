"""Random mails of one town, judged and answered: what must hold of every letter, whatever the facts (letters.md).

Forms with gaps and nonsense, names and files of any length, any hour up to days after the close, nothing known or earlier
versions and letters. Pure: no database, no workbook.
"""

from __future__ import annotations

import hashlib
import random
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from mailflow import pipeline
from mailflow.clock import TOKYO, tokyo
from mailflow.intake.intents import intents
from mailflow.intake.understand import understand
from mailflow.model import (
    Address,
    Attachment,
    Draft,
    FieldValue,
    FormData,
    Known,
    Letter,
    LetterItem,
    Mail,
    Outcome,
    Severity,
    Version,
)
from mailflow.pipeline import Reading
from mailflow.replies.marking import XLSX
from mailflow.replies.wrap import WIDTH, columns
from mailflow.settings.load import load

SETTINGS = load(Path(__file__).parents[3] / "config", {})
ROUND = SETTINGS.rounds[0]
SPEC = SETTINGS.form.forms[0]
GOOD = {
    "applicant_type": "市区町村", "prefecture": "長野県", "municipality": "飯田市", "organization_name": "長野県飯田市",
    "organization_code": "202053", "department": "企画課", "contact_name": "山口 さくら", "contact_phone": "0265-22-4511",
    "contact_email": "kikaku@city.iida.lg.jp", "course": "A", "theme": "移動手段", "issues": "路線バスの減便。", "goal": "乗合交通。",
    "scope_internal": "含まない", "consensus": "首長了承", "team_size": 4, "weekly_hours": 5, "necessity": "助言が要る。",
    "visit_ok": "可", "publish_ok": "可",
}  # fmt: skip
NONSENSE = [
    "A・B",
    "あ" * 90,
    "kikaku",
    "@@",
    "未定",
    "２",
    "#REF!",
    "「」",
    "http://x.example/" + "a" * 80,
    "髙﨑 𠮷",
    " ",
]
NAMES = [None, "企画課", "山口 さくら", "飯田市長 山田 太郎", "A" * 70, "企画　" * 12, "<b>x</b>", "?? 〓"]
FILES = [
    "位置図.pdf",
    "川企第123号.pdf",
    "資料" * 60 + ".pptx",
    "a" * 150 + ".docx",
    "image001.png",
    "応募様式(押印).pdf",
    "",
]
SUBJECTS = [
    "【長野県飯田市】計画策定支援",
    "Re: 計画策定支援",
    "",
    "【長野県飯田市】計画策定支援（1/2）",
    "取り急ぎ" * 40,
]
TEXTS = ["応募します。", "差し替えます。", "", "届いておりますでしょうか。", "締切の延長をお願いできますでしょうか。", "1は記入のとおりです。", "採否はいつ頃でしょうか。"]  # fmt: skip
_DATE = re.compile(r"(?:令和(\d+)年)?(\d{1,2})月(\d{1,2})日（(.)）(?:(\d{2})時(\d{2})分)?")
_BY = re.compile(r"令和(\d+)年(\d{1,2})月(\d{1,2})日（.）(\d{2})時(\d{2})分(?:まで|（届いた時刻で判定|（変わりません)")


@pytest.fixture(autouse=True)
def _without_marked_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailflow.pipeline._marked", lambda view, _verdict: view)


def _form(chance: random.Random) -> FormData:
    gaps = chance.choice([0, 0, 1, 3, 20])
    values: dict[str, str | int | None] = dict(GOOD)
    for key in chance.sample(sorted(SPEC.fields), min(gaps, len(SPEC.fields))):
        values[key] = chance.choice([None, None, chance.choice(NONSENSE)])
    fields = {}
    for row, (key, field) in enumerate(SPEC.fields.items(), start=10):
        raw = values.get(key)
        problem = (
            "type" if isinstance(raw, str) and raw in NONSENSE and field.type.value not in ("text", "choice") else None
        )
        cell = None if chance.random() < 0.02 else f"応募様式!D{row}"
        fields[key] = FieldValue(label=field.label, value=None if problem else raw, raw=raw, cell=cell, problem=problem)
    print_ = hashlib.sha256(repr(values).encode()).hexdigest()
    return FormData(edition=SPEC.id, fields=fields, filename="応募様式.xlsx", sha256=print_, fingerprint=print_)


def _known(chance: random.Random, at: datetime) -> Known:
    if chance.random() < 0.4:
        return Known.empty()
    before = at - timedelta(days=chance.randint(1, 3))
    versions = tuple(
        Version(
            number=number, mail_id=number, received_at=before, fingerprint=f"{number}", filename=None,
            complete=chance.random() < 0.5, counted=True, filled=20,
        )
        for number in range(1, chance.randint(1, 3))
    )  # fmt: skip
    items = (
        LetterItem(number=1, checks=("form-complete",), fields=("contact_phone",)),
        LetterItem(number=2, checks=("course-chosen",), fields=("course",)),
        LetterItem(number=3, checks=("weekly-hours",), fields=("weekly_hours",), confirm=True),
    )
    asked = Letter(
        draft_id=1, purpose="reply", template="fix-request", state="sent", sent_at=before, items=items, mail_id=1
    )
    letters = (asked,) if chance.random() < 0.5 else ()
    return Known(
        case_id=1, case_number="R8-1-202053", versions=versions, letters=letters,
        answers=asked if letters and chance.random() < 0.5 else None,
        claim=chance.random() < 0.1, party=True,
    )  # fmt: skip


def _judged(seed: int) -> tuple[datetime, Outcome]:
    chance = random.Random(seed)
    span = (ROUND.closes + timedelta(days=2) - ROUND.opens).total_seconds()
    near = chance.random() < 0.5
    received = ROUND.closes - timedelta(minutes=chance.randint(-60, 2000)) if near else ROUND.opens + timedelta(seconds=chance.random() * span)  # fmt: skip
    now = received + timedelta(minutes=chance.choice([0, 0, 5, 300, 3000]))
    form = _form(chance) if chance.random() < 0.75 else None
    names = [chance.choice(FILES) for _ in range(chance.choice([0, 0, 1, 3, 25]))]
    files = [
        Attachment(filename=name or None, content_type="application/pdf", content=b"x" * at, sha256=f"{at}")
        for at, name in enumerate(names, 1)
    ]
    if form is not None:
        files.insert(
            0, Attachment(filename=form.filename, content_type=XLSX, content=b"form", sha256=form.sha256 or "")
        )
    subject, text = chance.choice(SUBJECTS), chance.choice(TEXTS)
    mail = Mail(
        sender=Address(name=chance.choice(NAMES), address="kikaku@city.iida.lg.jp"),
        to=(Address(name=None, address=SETTINGS.programme.address),),
        subject=subject, text=text, new_text=text, message_id=f"<{seed}@city.iida.lg.jp>", attachments=tuple(files),
        in_reply_to="<1@jp.ey.com>" if subject.startswith("Re:") else None,
    )  # fmt: skip
    understood = understand(mail, (form,) if form is not None else (), SETTINGS, received, None)
    assert understood.intents == intents(mail.subject, mail.new_text)
    outcome = pipeline.conclude(Reading(mail, f"{seed}", understood), _known(chance, received), SETTINGS, received, now)
    return now, outcome


def _holds(draft: Draft, outcome: Outcome, now: datetime) -> None:
    text, lines = draft.text, draft.text.split("\n")
    flat = re.sub(r"\s", "", text)
    leaves = draft.not_before or now
    # width, tabs, holes
    assert [line for line in lines if columns(line) > WIDTH and not re.fullmatch(r"[\s!-~]*", line)] == []
    assert "\t" not in text
    ours = re.sub(r"「[^」]*」", "", "\n".join(line for line in lines if not re.match(r"^[ 　]*\d+ ", line)))
    for hole in ("None", "（）", "undefined", "{{", "}}", "［］", "、、", "。。", "のの"):
        assert hole not in ours.replace("None.", ""), hole
    assert not [word for word in ("本日", "明日", "要件", "不備", "至急", "採択", "受理", "審査") if word in ours]
    assert "不備" not in draft.subject
    assert "\n" not in draft.subject
    # a number to quote, one request, whom to call
    assert re.search(r"R8-1-[0-9A-Z]{6,8}", draft.subject)
    assert text.count("■ 修正をお願いする点") <= 1
    assert text.count("お願いする期日") <= 1
    assert "070-8785-2714" in text
    # dates: the weekday is right, what is asked for is still to come
    for year, month, day, weekday, *_ in _DATE.findall(draft.subject + flat):
        found = date(2018 + int(year), int(month), int(day)) if year else date(2026, int(month), int(day))
        assert "月火水木金土日"[found.weekday()] == weekday
    for year, month, day, hour, minute in _BY.findall(flat):
        by = datetime(2018 + int(year), int(month), int(day), int(hour), int(minute), tzinfo=TOKYO)
        assert by >= tokyo(leaves).replace(second=0, microsecond=0), (by, leaves, draft.template)
    if draft.fix_by is not None:
        assert draft.fix_by > leaves
    if draft.valid_until is not None:
        assert draft.valid_until >= leaves
    # every open point is named, once, by its place
    numbers = [one.number for one in draft.items]
    assert len(numbers) == len(set(numbers))
    if draft.template == "fix-request":
        asked = {field for one in draft.items for field in one.fields if not one.confirm}
        for one in outcome.verdict.open(Severity.FIX):
            assert set(one.fields) <= asked
            label = re.sub(r"\s", "", one.where.partition("（")[0])
            # The body's name is asked for once, wherever it is missing.
            assert label[:40] in flat or one.check in ("subject-name", "attachment-name"), one
    # only to who wrote, and no count of anything
    assert {one.key for one in draft.to} == {"kikaku@city.iida.lg.jp"}


@pytest.mark.parametrize("start", [0, 40, 80, pytest.param(120, marks=pytest.mark.long), pytest.param(2000, marks=pytest.mark.long)])  # fmt: skip
def test_what_holds_of_every_letter(start: int) -> None:
    seen: set[str] = set()
    for seed in range(start, start + (40 if start < 1000 else 1000)):
        now, outcome = _judged(seed)
        for draft in outcome.drafts:
            seen.add(draft.template)
            try:
                _holds(draft, outcome, now)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}\n{draft.subject}\n{draft.text}") from error
    assert {"fix-request"} <= seen
