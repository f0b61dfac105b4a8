"""`mailflow read`: what a mail says, without any configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.app import OK, WRONG, app, told
from mailflow.cli.files import as_mail, each_file
from mailflow.cli.output import print_json, table

Files = Annotated[list[Path], typer.Argument(help="メールのファイル（.eml）。", metavar="FILE.eml…")]
Json = Annotated[bool, typer.Option("--json", help="1通を1行の JSON で出します。")]

MACHINES = {
    "auto-reply": "自動応答",
    "bounce": "不達の知らせ",
    "delay": "遅れの知らせ",
    "list": "メーリングリスト",
    "report": "開封などの報告",
    "self": "mailflow が送ったもの",
    "other": "そのほかの機械",
}


@app.command("read")
def read(files: Files, as_json: Json = False) -> None:
    """メールを読んで、差出人・件名・本文・添付を表示します。設定は要りません。

    例
      mailflow read sample.eml
      mailflow read --json *.eml
    """
    from mailflow.mail import mail_document, read_mail

    code = OK
    for name, content in each_file(files):
        if content is None:
            code = WRONG
            continue
        try:
            document = mail_document(read_mail(as_mail(content)), name)
        except Exception as error:  # the other files are still read
            code = told(error, name)
            continue
        if as_json:
            print_json(document)
            continue
        sender = document["from"] or {}
        rows = [
            ("差出人", f"{sender.get('name') or ''} <{sender.get('address', '')}>"),
            ("件名", document["subject"]),
            ("日時（差出人の時計）", document["date"]),
            ("機械のメール", MACHINES.get(document["machine"] or "", document["machine"])),
            *(
                (
                    "添付",
                    f"{' / '.join(a['path'] or [a['filename'] or ''])}（{a['content_type']}, {a['size']:,} バイト）",
                )
                for a in document["attachments"]
            ),
            ("気づいた点", "、".join(document["defects"])),
            ("本文", document["text"]),
        ]
        table(name, ("項目", "内容"), [row for row in rows if row[1]])
    raise typer.Exit(code)
