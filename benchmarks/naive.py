"""The script a user would write instead, with the same libraries: what `pipeline.py` is held against.

One FETCH a mail, mail-parser for everything, openpyxl's normal load, three ORM commits, one SMTP connection a mail. It
is honest work: it stores the raw mail, reads the form by its labels, notes what is empty and answers at once.

    python -m benchmarks.naive imap://user:password@host:port smtp://host:port FOLDER
"""

from __future__ import annotations

import io
import smtplib
import sys
import time
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import imapclient
import mailparser
import openpyxl
from sqlmodel import Field, Session, SQLModel, create_engine


class NaiveMail(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    message_id: str
    received_at: datetime
    raw: bytes
    state: str = "new"


class NaiveApplication(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int
    organization: str
    missing: str


class NaiveReply(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int
    text: str


LABELS = (
    "都道府県",
    "市区町村",
    "団体名",
    "氏名",
    "電話",
    "メール",
    "コース",
    "テーマ",
    "地域課題",
    "目標",
    "作業時間",
)


def read_labels(content: bytes) -> dict[str, str]:
    """The cell right of (or after) each label."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found: dict[str, str] = {}
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for i, cell in enumerate(row):
                for label in LABELS:
                    if isinstance(cell.value, str) and label in cell.value and label not in found:
                        value = next((right.value for right in row[i + 1 :] if right.value is not None), None)
                        found[label] = "" if value is None else str(value)
    return found


def run(imap_url: str, smtp_url: str, folder: Path) -> tuple[int, float]:
    """Process the whole INBOX. Returns (mails, seconds)."""
    engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
    SQLModel.metadata.create_all(engine, tables=[t.__table__ for t in (NaiveMail, NaiveApplication, NaiveReply)])
    at, to = urlsplit(imap_url), urlsplit(smtp_url)
    began, done = time.perf_counter(), 0
    with imapclient.IMAPClient(at.hostname, port=at.port, ssl=False) as client:
        client.login(unquote(at.username or ""), unquote(at.password or ""))
        client.select_folder("INBOX")
        for uid in client.search():
            data = client.fetch([uid], ["RFC822", "INTERNALDATE"])[uid]
            mail = mailparser.parse_from_bytes(data[b"RFC822"])
            with Session(engine) as session:
                row = NaiveMail(
                    message_id=mail.message_id, received_at=data[b"INTERNALDATE"].astimezone(), raw=data[b"RFC822"]
                )
                session.add(row)
                session.commit()
                session.refresh(row)
                form: dict[str, str] = {}
                for attachment in mail.attachments:
                    if attachment["filename"].endswith(".xlsx"):
                        import base64

                        form = read_labels(base64.b64decode(attachment["payload"]))
                missing = [label for label in LABELS if not form.get(label)]
                session.add(
                    NaiveApplication(mail_id=row.id, organization=form.get("市区町村", ""), missing="、".join(missing))
                )
                session.commit()
                text = "受け取りました。" if not missing else "次をご記入ください。" + "、".join(missing)
                reply = EmailMessage()
                reply["From"], reply["To"] = "office@secretariat.example", mail.from_[0][1]
                reply["Subject"], reply["In-Reply-To"] = f"Re: {mail.subject}", mail.message_id
                reply.set_content(text)
                with smtplib.SMTP(to.hostname or "", to.port or 25) as smtp:
                    smtp.send_message(reply)
                session.add(NaiveReply(mail_id=row.id, text=text))
                row.state = "answered"
                session.add(row)
                session.commit()
            client.add_flags([uid], [imapclient.SEEN])
            done += 1
    return done, time.perf_counter() - began


if __name__ == "__main__":
    mails, seconds = run(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    print(f"{mails} mails, {seconds:.1f} s, {mails / seconds:.1f} mails/s")
