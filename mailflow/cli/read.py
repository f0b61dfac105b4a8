"""`mailflow read`: what a mail says, without any configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.app import OK, WRONG, app
from mailflow.cli.files import each_file
from mailflow.cli.output import print_json, table

Files = Annotated[list[Path], typer.Argument(help="メールのファイル（.eml）。", metavar="FILE.eml…")]
Json = Annotated[bool, typer.Option("--json", help="1通を1行の JSON で出します。")]


@app.command("read")
def read(files: Files, as_json: Json = False) -> None:
    """メールを読んで、差出人・件名・本文・添付を表示します。設定は要りません。

    例
      mailflow read sample.eml
      mailflow read --json *.eml
    """
    from mailflow.mail import mail_document, read_mail

    missing = False
    for name, content in each_file(files):
        if content is None:
            missing = True
            continue
        document = mail_document(read_mail(content), name)
        if as_json:
            print_json(document)
            continue
        sender = document["from"] or {}
        rows = [
            ("差出人", f"{sender.get('name') or ''} <{sender.get('address', '')}>"),
            ("件名", document["subject"]),
            ("日時（差出人の時計）", document["date"]),
            ("機械のメール", document["machine"]),
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
    raise typer.Exit(WRONG if missing else OK)
