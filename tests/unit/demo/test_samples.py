"""The sample mails: complete, the same every time, really what they say they are, and about nobody who exists."""

import csv
import io
import re
import subprocess
import sys
import unicodedata
import zipfile
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import pytest
import pyzipper
from python_calamine import load_workbook
from ruamel.yaml import YAML

from mailflow.clock import TOKYO
from mailflow.demo.samples import Sort, boundary_host, files, officers, sample_mails
from mailflow.demo.samples.tables import proposal_xlsx, roster_xlsx, status_xlsx
from mailflow.forms.read import read_form
from mailflow.model import Kind
from mailflow.settings.form import FormFile
from tests.samples import SAMPLE_IDS, demo_mails

ROOT = Path(__file__).parents[3]
MAILBOX = "jimukyoku@demo.example"
OPENS, CLOSES = datetime(2026, 3, 4, tzinfo=TOKYO), datetime(2026, 3, 26, 16, tzinfo=TOKYO)
XLSX = b"PK\x03\x04"

# sorts that are told by the time of arrival or by what stands in the text: the story is asked
OUTSIDE_THE_ROUND = {Sort.LAST_YEAR, Sort.BEFORE_OPENING, Sort.LATE, Sort.RELEASED}


def form_file():
    return FormFile.model_validate(YAML(typ="safe").load(ROOT / "config" / "form.yaml"))


@pytest.fixture(scope="module")
def mails():
    return demo_mails()


@pytest.fixture(scope="module")
def by_id(mails):
    return {mail.id: mail for mail in mails}


def test_the_suite_knows_them_by_name(mails):
    assert tuple(mail.id for mail in mails) == SAMPLE_IDS


def parsed(mail):
    return message_from_bytes(mail.raw, policy=policy.compat32)


def text_of(mail):
    for part in parsed(mail).walk():
        if part.get_content_type() == "text/plain":
            charset = {"shift_jis": "cp932"}.get(part.get_content_charset(), part.get_content_charset())
            return part.get_payload(decode=True).decode(charset)
    return ""


def attached(mail):
    return [
        part.get_payload(decode=True)
        for part in parsed(mail).walk()
        if part.get_content_disposition() == "attachment" and not part.is_multipart()
    ]


def test_the_round_is_told_by_at_least_forty_mails(mails):
    assert len(mails) >= 40
    assert [mail.received_at for mail in mails] == sorted(mail.received_at for mail in mails)


def test_ids_are_unique(mails):
    assert len({mail.id for mail in mails}) == len(mails)


def test_every_sort_has_a_mail(mails):
    assert {sort for mail in mails for sort in mail.sorts} == set(Sort)


@pytest.mark.parametrize("seed", ["0", pytest.param("1", marks=pytest.mark.long)])
def test_the_bytes_are_the_same_in_another_process(mails, seed):
    """Whatever the hash seed and the zone of the machine."""
    ours = sha256(b"".join(mail.raw for mail in mails)).hexdigest()
    code = (
        "import hashlib; from ruamel.yaml import YAML; from pathlib import Path\n"
        "from mailflow.settings.form import FormFile; from mailflow.demo.samples import sample_mails\n"
        "form = FormFile.model_validate(YAML(typ='safe').load(Path('config/form.yaml')))\n"
        f"mails = sample_mails(form, {MAILBOX!r})\n"
        "print(hashlib.sha256(b''.join(m.raw for m in mails)).hexdigest())"
    )
    env = {"PYTHONHASHSEED": seed, "TZ": "America/New_York", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ours


def test_each_mail_is_well_formed(mails):
    for mail in mails:
        message = parsed(mail)
        assert b"\n" not in mail.raw.replace(b"\r\n", b""), mail.id
        assert b"\r" not in mail.raw.replace(b"\r\n", b""), mail.id
        assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998, mail.id  # RFC 5322 §2.1.1
        assert not [defect for part in message.walk() for defect in part.defects], mail.id
        for name in ("From", "To", "Date", "Message-ID", "Received", "MIME-Version"):
            assert message[name], (mail.id, name)


def test_message_ids_are_unique_but_for_the_mail_that_came_twice(mails):
    ids = [parsed(mail)["Message-ID"] for mail in mails if mail.id != "cover-letter-again"]
    assert len(set(ids)) == len(ids)


def test_times_are_tokyos_and_the_way_leads_up_to_them(mails):
    for mail in mails:
        received = parsed(mail).get_all("Received")
        assert mail.received_at.utcoffset() == timedelta(hours=9), mail.id
        assert parsedate_to_datetime(received[0].rpartition(";")[2]) == mail.received_at, mail.id
        assert parsedate_to_datetime(parsed(mail)["Date"]) <= mail.received_at, mail.id
        assert f"by {boundary_host(MAILBOX)} " in " ".join(" ".join(received).split()), mail.id


def test_mails_outside_the_round_are_the_ones_that_say_so(mails):
    outside = {mail.id for mail in mails if not OPENS <= mail.received_at <= CLOSES}
    assert outside == {mail.id for mail in mails if mail.sorts & OUTSIDE_THE_ROUND}


def test_the_last_morning_leaves_mails_to_come(mails):
    now = datetime(2026, 3, 26, 10, tzinfo=TOKYO)
    assert sum(mail.received_at <= now for mail in mails) >= 40
    assert any(mail.received_at > now for mail in mails)


def test_mails_go_to_the_mailbox_that_was_given():
    for mail in sample_mails(form_file(), "madoguchi@other.example"):
        assert b"madoguchi@other.example" in mail.raw
        assert MAILBOX.encode() not in mail.raw, mail.id


class TestNobodyReal:
    def test_every_persons_address_says_that_it_is_a_sample(self, mails):
        for mail in mails:
            if mail.expect.kind is Kind.MACHINE or mail.sorts & {Sort.WEB_FORM, Sort.QUARANTINE}:
                continue
            ((_, address),) = getaddresses([str(parsed(mail)["From"])])
            assert address.partition("@")[0].endswith("-sample"), mail.id

    def test_addresses_in_texts_and_forms_too(self, mails):
        allowed = re.compile(
            r"(?:^|[-.])samp(?:le|el)@|@.*\.example$|^MAILER-DAEMON@|^noreply@|^quarantine@|^CA[0-9A-F]+_"
        )
        spec = form_file().forms[0]
        for mail in mails:
            found = set(re.findall(r"[\w.+-]+@[A-Za-z][\w-]*(?:\.[\w-]+)+", text_of(mail)))
            for content in attached(mail):
                form = read_form(content, [spec]) if content.startswith(XLSX) and b"xl/" in content else None
                found |= {form.text("contact_email")} - {"", "mirai-sample"} if form else set()
            assert [one for one in found if not allowed.search(one)] == [], mail.id

    def test_telephone_numbers_are_zeros(self, mails):
        for mail in mails:
            numbers = re.findall(r"\d{2,4}-\d{2,4}-\d{3,4}", text_of(mail))
            assert [number for number in numbers if set(number) > {"0", "-"}] == [], mail.id

    def test_domains_are_those_of_the_bodies(self):
        with (ROOT / "mailflow" / "data" / "domains.csv").open(encoding="utf-8") as file:
            rows = {row["code"]: row for row in csv.DictReader(file)}
        for officer in (one for one in vars(officers).values() if isinstance(one, officers.Officer) and one.code):
            row = rows[officer.code]
            assert (row["domain"], row["prefecture"]) == (officer.domain, officer.prefecture), officer.body
            assert row["name"] == (officer.municipality or officer.prefecture)


class TestWhatTheyAre:
    def test_iso_2022_jp_is_seven_bits_and_ends_each_line_in_ascii(self, mails):
        some = [mail for mail in mails if Sort.ISO_2022_JP in mail.sorts]
        assert len(some) >= 3
        for mail in some:
            (part,) = [p for p in parsed(mail).walk() if p.get_content_charset() == "iso-2022-jp"]
            body = part.get_payload(decode=True)
            assert max(body) < 0x80
            for line in body.split(b"\r\n"):
                assert b"\x1b$B" in line or line.isascii()
                assert line.rfind(b"\x1b(B") >= line.rfind(b"\x1b$B"), mail.id

    def test_a_name_in_bare_cp932(self, by_id):
        head = next(line for line in by_id["takasaki-cp932"].raw.split(b"\r\n") if b"filename=" in line)
        with pytest.raises(UnicodeDecodeError):
            head.decode("utf-8")
        assert "（髙﨑）.xlsx" in head.decode("cp932")

    def test_names_come_in_each_style_of_the_wild(self, mails):
        raws = b"\n".join(mail.raw for mail in mails)
        assert b"filename*0*=utf-8''" in raws
        assert re.search(rb'filename="=\?(?:ISO-2022-JP|UTF-8)\?B\?', raws)

    def test_the_zip_is_locked_and_its_password_comes_after(self, by_id):
        (content,) = attached(by_id["locked-zip"])
        password = re.search(r"パスワード：(\S+)", text_of(by_id["password"]))[1].encode()
        with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
            (entry,) = archive.infolist()
            assert entry.flag_bits & 1
            with pytest.raises(RuntimeError):
                archive.read(entry)
            assert archive.read(entry, pwd=password).startswith(XLSX)
        with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="cp932") as archive:
            assert archive.namelist() == ["【島根県海士町】1次公募応募様式.xlsx"]
        assert by_id["password"].received_at > by_id["locked-zip"].received_at

    def test_other_formats_are_those_formats(self, by_id):
        (old,) = attached(by_id["xls"])
        assert old.startswith(bytes.fromhex("d0cf11e0a1b11ae1"))
        rows = load_workbook(io.BytesIO(old)).get_sheet_by_index(0).to_python()
        assert ["団体名", "岡山県西粟倉村"] in [row[:2] for row in rows]
        (scan,) = attached(by_id["pdf"])
        assert scan.startswith(b"%PDF-")
        assert scan.endswith(b"%%EOF\n")
        (word,) = attached(by_id["docx"])
        with zipfile.ZipFile(io.BytesIO(word)) as archive:
            assert "智頭町" in archive.read("word/document.xml").decode()

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(status_xlsx(), id="ministry"),
            pytest.param(roster_xlsx(), id="missent"),
            pytest.param(proposal_xlsx("愛媛県内子町", "総務課"), id="other-programme"),
        ],
    )
    def test_a_workbook_that_is_no_form_is_none(self, other):
        assert read_form(other, [form_file().forms[0]]) is None

    def test_forms_are_read_back_as_filled_in(self, by_id):
        (content,) = attached(by_id["iida-replacement"])
        form = read_form(content, [form_file().forms[0]])
        assert form.text("organization_name") == "長野県飯田市"
        assert form.value("weekly_hours") == 6
        assert form.value("course") == "B"
        assert not [field for field in form.fields.values() if field.problem]

    @pytest.mark.parametrize(
        ("mail_id", "empty"),
        [
            pytest.param("gaps", {"contact_phone", "goal", "team_size"}, id="gaps"),
            pytest.param("kamiyama", set(), id="complete"),
        ],
    )
    def test_gaps_are_where_the_story_says(self, by_id, mail_id, empty):
        (content,) = attached(by_id[mail_id])
        form = read_form(content, [form_file().forms[0]])
        assert {key for key in form.fields if form.fields[key].empty} - {"remarks"} == empty

    def test_last_years_form_says_so(self, by_id):
        (content,) = attached(by_id["last-years-form"])
        sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        assert any("令和７年度" in str(cell) for row in sheet[:5] for cell in row)

    def test_the_mail_that_came_twice_differs_only_on_its_way(self, by_id):
        first, again = by_id["cover-letter"].raw, by_id["cover-letter-again"].raw
        assert first != again
        assert first[first.index(b"From: ") :] == again[again.index(b"From: ") :]

    def test_the_late_one_was_sent_in_time(self, by_id):
        late = by_id["late"]
        assert late.received_at == CLOSES + timedelta(seconds=41)
        assert parsedate_to_datetime(parsed(late)["Date"]) < CLOSES

    def test_the_released_one_reached_our_side_in_time(self, by_id):
        released = by_id["released"]
        times = [parsedate_to_datetime(line.rpartition(";")[2]) for line in parsed(released).get_all("Received")]
        assert times[0] == released.received_at > CLOSES > times[1]

    def test_robots_name_themselves(self, by_id):
        assert parsed(by_id["bounce"]).get_content_type() == "multipart/report"
        assert parsed(by_id["bounce"]).get_param("report-type") == "delivery-status"
        assert parsed(by_id["read-receipt"]).get_param("report-type") == "disposition-notification"
        assert parsed(by_id["out-of-office"])["Auto-Submitted"] == "auto-replied"


def test_lines_are_no_wider_than_a_letters(mails):
    """36 full-width columns, as people wrap them; quotes and machines' lines are longer."""
    for mail in mails:
        if mail.expect.kind is Kind.MACHINE:
            continue
        own = text_of(mail).split("-----Original")[0]
        for line in own.splitlines():
            assert sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in line) <= 72, (mail.id, line)


def test_subjects_can_be_read(mails, by_id):
    for mail in mails:
        assert str(make_header(decode_header(parsed(mail)["Subject"])))
    assert str(make_header(decode_header(parsed(by_id["gateway"])["Subject"]))).startswith("[EXTERNAL]")


def test_a_salt_of_another_length_is_refused():
    with pytest.raises(ValueError, match="11 bytes"):
        files.locked_zip("a.txt", b"x", b"p", b"short")
