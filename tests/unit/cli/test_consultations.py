"""`bookings import|stats|done|no-show|bureau`, `slots`, `slots day`: what a person does beside the letters."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.store import Store, open_store
from tests.integration.round.office import Round, at
from tests.unit.cli.conftest import ROOT, Cli

HEADER = "団体名,部署名,氏名,メールアドレス,電話番号,第1希望,第2希望,相談方法,相談内容,回答日時"
IIDA = "長野県飯田市,企画課,山口 さくら,kikaku@city.iida.lg.jp,0265-22-4511,3月17日（火）10:00,,電話,様式の書き方,2026/03/12 18:19:52"
MATSUKAWA = (
    "長野県松川町,企画課,池田 一郎,kikaku@town.matsukawa.lg.jp,,3月17日（火）10:00,,オンライン,,2026/03/12 18:20:10"
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[Round]:
    """The shipped configuration in a folder of its own, and a store that the command line finds."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    monkeypatch.setenv("MAILFLOW_DATABASE", url)
    monkeypatch.setenv("MAILFLOW_NOW", "2026-03-13T09:00:00+09:00")
    store: Store = open_store(url)
    store.clock(at(13))
    yield Round(store)
    store.close()


def write(text: str, encoding: str = "utf-8-sig") -> Path:
    path = Path("回答一覧.csv")
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_table_becomes_bookings_under_the_slot_rule(cli: Cli, office: Round, encoding: str) -> None:
    path = write(f"{HEADER}\n{IIDA}\n{MATSUKAWA}\n", encoding)
    dry = cli("bookings", "import", path, "--dry-run")
    assert dry.code == 0, dry.err
    assert office.store.mails() == []
    assert cli("bookings", "import", path).out.count("取り込みました") == 2
    first, second = office.judge_rest(at(13))
    assert (first.templates, second.templates) == (["consultation-confirmed"], ["consultation-offer"])
    assert [one.address for one in first.drafts[0].to] == ["kikaku@city.iida.lg.jp"]
    (booked,) = cli("bookings", "--json").rows("bookings")
    assert (booked["start"], booked["method"], booked["phone"]) == (
        "2026-03-17T10:00:00+09:00",
        "phone",
        "0265-22-4511",
    )
    again = cli("bookings", "import", path)
    assert again.out.count("もうあります") == 2
    assert len(office.store.mails()) == 2


def test_a_row_that_came_by_mail_is_not_taken_in_twice(cli: Cli, office: Round) -> None:
    notice = "\n".join(f"{label}：{value}" for label, value in zip(HEADER.split(","), IIDA.split(","), strict=True))
    office.mail(
        notice,
        when=at(12, 18, 20),
        sender="フォーム <noreply@qemailserver.com>",
        subject="事前相談会申込みフォーム　回答通知",
    )
    assert "もうあります" in cli("bookings", "import", write(f"{HEADER}\n{IIDA}\n")).out


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(IIDA.replace("kikaku@city.iida.lg.jp", "kikaku"), "メールアドレスが読めません", id="address"),
        pytest.param(IIDA.replace("2026/03/12 18:19:52", "昨日"), "回答日時が読めません", id="time"),
        pytest.param(IIDA.replace("長野県飯田市", ""), "団体名がありません", id="body"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_go_on(cli: Cli, office: Round, row: str, words: str) -> None:
    quoted = IIDA.replace("様式の書き方", '"様式の\n書き方"')  # a cell of two lines
    ran = cli("bookings", "import", write(f"{HEADER}\n{quoted}\n{row}\n{MATSUKAWA}\n"))
    assert ran.code == 1
    assert f"回答一覧.csv:4: {words}" in ran.err
    assert len(office.store.mails()) == 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param("団体名,氏名\n飯田市,山口\n".encode(), id="columns-missing"),
        pytest.param(b"\x00\x01\x02", id="no-text"),
        pytest.param(b"\xff\xff\xff\xff", id="no-encoding"),
    ],
)
def test_what_is_no_table_is_refused(cli: Cli, office: Round, content: bytes) -> None:
    Path("x.csv").write_bytes(content)
    ran = cli("bookings", "import", "x.csv")
    assert ran.code == 2
    assert "x.csv" in ran.line


def test_headers_below_ids_as_survey_tools_write_them(cli: Cli, office: Round) -> None:
    ids = ",".join(f"QID{number}" for number in range(10))
    assert cli("bookings", "import", write(f"{ids}\n{HEADER}\n{IIDA}\n")).out.count("取り込みました") == 1


def booked(office: Round) -> int:
    office.mail("長野県飯田市です。3/18(水)14時から、オンラインで事前相談をお願いします。", when=at(13))
    return office.store.bookings()[0].booking.id


def test_the_week_shows_free_held_and_booked(cli: Cli, office: Round) -> None:
    booked(office)
    rows = cli("slots", "--week", "2026-03-18", "--json").rows()
    (one,) = [row for row in rows if row["start"] == "2026-03-18T14:00:00+09:00"]
    assert (one["free"], one["held"], one["booked"]) == (0, 1, 0)
    assert "待 長野県飯田市" in cli("slots", "--week", "2026-03-18").out
    office.send(at(13, 10))
    assert "確 長野県飯田市" in cli("slots", "--week", "2026-03-18").out


def test_the_week_as_seen_at_another_time(cli: Cli, office: Round) -> None:
    booked(office)
    past = {row["start"]: row["past"] for row in cli("slots", "--at", "2026-03-18T14:00", "--json").rows()}
    assert past["2026-03-18T14:00:00+09:00"]  # what begins at this moment is over for whoever wants it
    assert not past["2026-03-18T14:30:00+09:00"]
    assert {start[:10] for start in past} <= {f"2026-03-{day}" for day in range(16, 21)}
    assert not any(row["past"] for row in cli("slots", "--at", "2026-03-16 08:00", "--json").rows())
    assert cli("slots", "list", "--at", "2026-03-18T14:00").out == cli("slots", "--at", "2026-03-18T14:00").out
    assert "待 長野県飯田市\n" not in cli("slots", "--at", "2026-03-20T18:00").out
    other = cli("slots", "--at", "2026-03-20T18:00", "--week", "2026-03-09", "--json").rows()
    assert {row["start"][:7] for row in other} == {"2026-03"}
    assert all(row["past"] for row in other)
    wrong = cli("slots", "--at", "昼ごろ")
    assert wrong.code == 2
    assert "--at：" in wrong.line


def test_the_day_sheet_escapes_what_an_applicant_wrote(cli: Cli, office: Round) -> None:
    row = IIDA.replace("様式の書き方", "<script>alert(1)</script>")
    cli("bookings", "import", write(f"{HEADER}\n{row}\n"))
    office.judge_rest(at(13))
    sheet = cli("slots", "day", "2026-03-17").out
    assert "10時00分〜10時30分　長野県飯田市" in sheet
    assert "0265-22-4511" in sheet
    assert "山口 さくら" in sheet
    cli("slots", "day", "2026-03-17", "--print", "day.html")
    page = Path("day.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_done_no_show_and_counts(cli: Cli, office: Round) -> None:
    number = booked(office)
    assert cli("bookings", "no-show", number).code == 1  # it hasn't begun
    assert cli("bookings", "stats", "--json").rows()[0]["states"] == {"held": 1}
    office.send(at(13, 10))
    stats = cli("bookings", "stats", "--json").rows()[0]
    assert (stats["states"], stats["methods"], stats["days"]) == ({"confirmed": 1}, {"online": 1}, {"2026-03-18": 1})


def test_afterwards_it_took_place_or_nobody_came(office: Round) -> None:
    from mailflow.desk import Refused, add_operator, consultation

    number = booked(office)
    add_operator(office.store, "係", sys_now=at(13))
    early = consultation.close(office.store, number, came=False, user="係", now=at(18, 13))
    assert isinstance(early, Refused)
    for came, state in ((False, "no-show"), (True, "done")):  # a slip is mended by saying it again
        said = consultation.close(office.store, number, came=came, user="係", now=at(18, 15), minutes="10分待った")
        assert not isinstance(said, Refused)
        (line,) = office.store.bookings()
        assert (line.booking.state, line.note) == (state, "10分待った")


def test_the_bureaus_answer_is_entered_by_a_person(cli: Cli, office: Round) -> None:
    booked(office)
    assert "信越総合通信局" in cli("bookings", "ask-bureau", "1", "--note", "対面を希望").out
    (asked,) = cli("bookings", "bureaus", "--json").rows()
    assert (asked["state"], asked["start"]) == ("asked-bureau", None)
    assert cli("bookings", "bureau-answer", "1").code == 2
    cli("bookings", "bureau-answer", "1", "--at", "2026-03-19 13:00")
    (agreed,) = cli("bookings", "bureaus", "--json").rows()
    assert (agreed["state"], agreed["start"]) == ("agreed", "2026-03-19T13:00:00+09:00")
    assert cli("bookings", "bureau-answer", "7", "--declined").code == 1


def test_reminders_after_downtime(office: Round) -> None:
    from mailflow.worker.appointments import due_at, remind_appointments

    consultation = office.settings.consultation
    office.mail("長野県飯田市です。3/23(月)14時から、オンラインで事前相談をお願いします。", when=at(13))
    office.send(at(13, 10))
    start = office.store.bookings()[0].booking.start
    assert due_at(start, consultation) == at(19, 10)  # Friday 3/20 is a holiday
    assert remind_appointments(office.store, consultation, at(19, 9, 59)) == 0
    assert remind_appointments(office.store, consultation, at(23, 12)) == 1  # late, and still of use
    assert remind_appointments(office.store, consultation, at(23, 12, 5)) == 0
    (judged,) = office.judge_rest(at(23, 12))
    assert judged.templates == ["consultation-reminder"]


def test_a_reminder_that_comes_too_late_never_comes(office: Round) -> None:
    from mailflow.worker.appointments import remind_appointments

    consultation = office.settings.consultation
    office.mail("長野県飯田市です。3/23(月)14時から、オンラインで事前相談をお願いします。", when=at(13))
    office.send(at(13, 10))
    start = office.store.bookings()[0].booking.start
    assert remind_appointments(office.store, consultation, start - timedelta(minutes=30)) == 0
    assert office.judge_rest(at(23, 13, 30)) == []


def test_a_held_slot_that_nobody_was_told_of_is_a_problem(cli: Cli, office: Round) -> None:
    from mailflow.desk.health import health

    booked(office)
    clock = office.store.clock(None)
    before = " ".join(health(office.store, office.settings, clock).problems)
    assert "確定の手紙がまだ出ていません" not in before
    with office.store.write() as db:
        from mailflow.store.seats import BOOKING

        db.execute(BOOKING.update().values(changed_at=at(12)))
    assert "確定の手紙がまだ出ていません" in " ".join(health(office.store, office.settings, clock).problems)
    office.send(at(13, 10))
    assert "確定の手紙" not in " ".join(health(office.store, office.settings, clock).problems)
