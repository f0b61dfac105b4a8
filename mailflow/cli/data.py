"""`mailflow data`: the tables that judging reads, from the files that others publish."""

from __future__ import annotations

import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import NO, Failed, app, say, session
from mailflow.cli.help import Family
from mailflow.cli.output import print_json, table
from mailflow.cli.wrong_use import reason

if TYPE_CHECKING:
    from mailflow.intake.fiscal_workbook import FiscalTable
    from mailflow.settings.reference import Reference

data = Family(
    help="""判定に使う表を、公表されたファイルから取り込む。

    例
      mailflow data import-fiscal 001044529.xlsx
    """
)
app.add_typer(data, name="data")

LISTED = 20  # lines of one kind that are shown; --json has them all
LIMIT = Decimal(1)


@data.command("import-fiscal")
def import_fiscal(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="総務省の「主要財政指標一覧」のファイル。")],
    year: Annotated[
        int | None,
        typer.Option("--year", min=2000, max=2100, help="何年度の表か（西暦。既定 ファイルの表題）。", metavar="YEAR"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="読むだけで、表を書きません。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="結果を1行の JSON で出します。")] = False,
) -> None:
    """総務省の「主要財政指標一覧」から、財政力指数の表を作ります。

    見出し（財政力指数、団体コード、都道府県名、団体名）で読み、団体コードで突き合わせます。書く先は
    config/data/fiscal_index_年度.csv で、同じ年度の内蔵の表より先に使われます。市区町村と都道府県は別の
    ファイルなので、2回取り込みます（もう一方の行は残ります）。どの年度の表で判定するかは
    mailflow.yaml の fiscal_year_of_index です。書いたあとは、ほかの設定と同じく数秒で読み直されます。

    突き合わせられなかった行、表にない団体、前の表と違う値を出します。値の食い違う行があるとき、
    1件も取り込めないときは、何も書かず、終了コードは 1 です。

    例
      mailflow data import-fiscal 001044529.xlsx --dry-run
      mailflow data import-fiscal 都道府県.xlsx --year 2024 --json
    """
    from mailflow.intake.fiscal_workbook import NotATable, read_fiscal_workbook
    from mailflow.intake.organizations import Directory

    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failed(f"{file}: {reason(error)}") from error
    reference = _reference()
    try:
        found = read_fiscal_workbook(content, reference.municipalities, Directory.from_reference(reference), year)
    except NotATable as error:
        raise Failed(f"{file}: {error}", code=NO) from error
    good = bool(found.figures) and not found.conflicts
    path = session.config_dir / "data" / f"fiscal_index_{found.year}.csv"
    written = good and not dry_run
    if written:
        _write(path, found, reference, file.name)
    before = {row.code: row.index for row in reference.fiscal if row.year == found.year}
    in_use = _year_in_use()
    document = _document(file, found, before, path if written else None, in_use)
    if as_json:
        print_json(document)
    else:
        _shown(document)
    if not good:
        why = "値の食い違う団体があります" if found.conflicts else "取り込める行がありません"
        raise Failed(f"{file}: {why}。表は書いていません。", code=NO)
    if found.of_municipalities and not found.of_prefectures and not any(code[2:5] == "000" for code in before):
        say(f"{found.year} 年度の都道府県の表はありません。全都道府県の主要財政指標のファイルも取り込んでください。")
    if in_use is not None and in_use != found.year:
        say(
            f"判定に使う年度は {in_use} です（mailflow.yaml の fiscal_year_of_index）。"
            f"{found.year} 年度の表は、そこを直すまで使われません。"
        )


def _reference() -> Reference:
    """The tables in force. What else is broken in the configuration doesn't matter here: a missing table may be why."""
    from mailflow.settings.bundle import read_bundle
    from mailflow.settings.load import reference_of
    from mailflow.settings.problems import ConfigErrors

    session.need_config_dir()
    try:
        return reference_of(read_bundle(session.config_dir).files)
    except ConfigErrors as error:
        from mailflow.cli.wrong_use import problems_line

        raise Failed(problems_line(error), details=str(error)) from error


def _year_in_use() -> int | None:
    """None where the configuration can't be loaded."""
    from mailflow.settings.load import load
    from mailflow.settings.problems import ConfigErrors

    try:
        return load(session.config_dir, session.environment).programme.fiscal_year_of_index
    except ConfigErrors:
        return None


def _write(path: Path, found: FiscalTable, reference: Reference, source: str) -> None:
    """Whole or not at all: a worker reloads the folder while we write."""
    from mailflow.intake.fiscal_workbook import kept_lines, table_csv

    before = [(row.code, row.index) for row in reference.fiscal if row.year == found.year]
    kept = kept_lines(before, found, reference.municipalities, "前の表")
    name = source.translate(dict.fromkeys(map(ord, ',"\r\n'), "_"))[:80]
    text = table_csv(found, kept, f"総務省 主要財政指標一覧 {name}")
    try:
        path.parent.mkdir(exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".fiscal-", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
                out.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from error


def _document(
    file: Path, found: FiscalTable, before: dict[str, Decimal], written: Path | None, in_use: int | None
) -> dict[str, Any]:
    changed = [one for one in found.figures if one.place.code in before and before[one.place.code] != one.index]
    return {
        "file": str(file),
        "sheet": found.sheet,
        "year": found.year,
        "year_in_use": in_use,
        "written": str(written) if written else None,
        "municipalities": sum(one.place.kind != "prefecture" for one in found.figures),
        "prefectures": sum(one.place.kind == "prefecture" for one in found.figures),
        "over": [_name(one.place) for one in found.figures if one.index >= LIMIT],
        "unmatched": [{"row": one.row, "name": one.written, "why": one.why} for one in found.unmatched],
        "conflicts": [{"row": one.row, "name": one.written, "why": one.why} for one in found.conflicts],
        "repeated": [{"row": one.row, "name": _name(one.place)} for one in found.repeated],
        "spelt": [{"row": one.row, "name": _name(one.place), "written": one.written} for one in found.spelt],
        "renamed": [{"row": one.row, "name": _name(one.place), "written": one.written} for one in found.renamed],
        "missing": [{"code": one.code, "name": _name(one)} for one in found.missing],
        "summaries": found.summaries,
        "changed": [
            {
                "code": one.place.code,
                "name": _name(one.place),
                "before": float(before[one.place.code]),
                "after": float(one.index),
                "crosses": (before[one.place.code] >= LIMIT) != (one.index >= LIMIT),
            }
            for one in changed
        ],
    }


def _name(place: Any) -> str:
    return str(place.name if place.kind == "prefecture" else place.prefecture + place.name)


def _shown(document: dict[str, Any]) -> None:
    print(
        f"{document['file']}: シート「{document['sheet']}」　{document['year']} 年度　"
        f"市区町村 {document['municipalities']}、都道府県 {document['prefectures']}　"
        f"（1以上 {len(document['over'])}、平均などの行 {document['summaries']}）"
    )
    rows = [
        *(("読めない行", f"{one['row']}行　{one['name']}　{one['why']}") for one in document["unmatched"]),
        *(("食い違い", f"{one['name']}　{one['why']}") for one in document["conflicts"]),
        *(("重複", f"{one['row']}行　{one['name']}") for one in document["repeated"]),
        *(("名前が違う", f"{one['row']}行　{one['written']} → {one['name']}") for one in document["renamed"]),
        *(("字体が違う", f"{one['row']}行　{one['written']} → {one['name']}") for one in document["spelt"]),
        *(("表にない団体", f"{one['name']}（{one['code']}）") for one in document["missing"]),
        *(
            ("1をまたぐ変更", f"{one['name']}　{one['before']:.2f} → {one['after']:.2f}")
            for one in document["changed"]
            if one["crosses"]
        ),
    ]
    kinds = list(dict.fromkeys(kind for kind, _ in rows))
    shown = [row for kind in kinds for row in [r for r in rows if r[0] == kind][:LISTED]]
    if shown:
        table(None, ("何が", "どこ"), shown)
    for kind in kinds:
        count = sum(r[0] == kind for r in rows)
        if count > LISTED:
            print(f"{kind}：ほかに {count - LISTED} 件（--json ですべて出ます）")
    if document["changed"]:
        print(f"前の表と値の違う団体：{len(document['changed'])}")
    print(f"書きました：{document['written']}" if document["written"] else "表は書いていません。")
