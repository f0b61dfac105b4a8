"""`mailflow config test`: the tests of config/tests, one after the other, in a process that can be killed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import NO, OK, WRONG, Failed, say, session
from mailflow.cli.config import config
from mailflow.cli.output import plain_line, print_json

if TYPE_CHECKING:
    from mailflow.rehearsal.cases import Result
    from mailflow.settings.problems import Problem
    from mailflow.settings.settings import Settings
    from mailflow.settings.suite import Suite, TestFileRead

INDENT = "    "


@config.command("test")
def run_tests(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME…", help="名前にこの語を含むテストだけ（ファイルの名前でも）。")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="通ったテストも表示します。")] = False,
    propose: Annotated[
        bool, typer.Option("--propose", help="人が直した判定から、テストの下書き（YAML）を作って表示します。")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")] = False,
) -> None:
    """config/tests/*.yaml のテストを行います。1つでも通らなければ終了コード 1。

    テストは、数行で書いたメール（または .eml）と、期待すること（種類・規則・団体・指摘・手紙など）の組です。
    通らないときは、違いと、代わりにどの規則が当てはまったかを表示します。
    書き方は docs/operators.md と mailflow config schema tests にあります。

    例
      mailflow config test
      mailflow config test 締切 --verbose
      mailflow config test --propose > 下書き.yaml
    """
    from mailflow.settings.suite import FOLDER

    if propose:
        from mailflow.cli.judging import proposed_tests

        print(proposed_tests(), end="")
        raise typer.Exit(OK)
    settings = session.settings()
    suite = loaded(session.config_dir, settings)
    for problem in suite.problems:
        print_json(problem_document(problem)) if as_json else print(problem.render(), end="\n\n")
    wanted = [
        (file, index)
        for file, index, case in suite
        if not names or any(name in case.test or name in file.path for name in names)
    ]
    failed = 0
    for (file, index), result in zip(wanted, tried(wanted, settings), strict=True):
        failed += not result.ok
        report(file, index, result, verbose=verbose, as_json=as_json)
    ran = len(wanted)
    errors = sum(one.severity == "error" for one in suite.problems)
    if not ran and not errors:
        where = session.config_dir / FOLDER
        raise Failed(
            f"{where} に、名前に {'、'.join(names)} を含むテストがありません。"
            if names
            else f"{where} にテストがありません。",
            WRONG if names else NO,
        )
    line = f"テスト {ran} 件：通った {ran - failed}、通らなかった {failed}"
    line += f"、読めなかった誤り {errors} か所" if errors else ""
    say(line) if as_json else print(line)
    raise typer.Exit(NO if failed or errors else OK)


def loaded(config_dir: Path, settings: Settings | None) -> Suite:
    """The tests of a folder, their paths as the person gave them."""
    from mailflow.settings.suite import FOLDER, read_tests, suite_of

    return suite_of(read_tests(config_dir), settings, str(config_dir / FOLDER))


def tried(wanted: Sequence[tuple[TestFileRead, int]], settings: Settings) -> Iterator[Result]:
    """Each test's result, from a process of its own: a mail and a letter may be of any manners."""
    from mailflow.rehearsal.cases import Failure, Result, run_case
    from mailflow.worker.apart import each
    from mailflow.worker.sandbox import Spoiled

    limits = settings.file.limits
    acts = [
        partial(run_case, file.cases.cases[index], file.cases.defaults, settings, file.beside) for file, index in wanted
    ]
    answers = each(acts, time_limit=limits.read_time, memory=limits.memory, what="テスト")
    for (file, index), answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Spoiled):
            failure = Failure((), "処理", "終わること", answer.reason)
            yield Result(file.cases.cases[index].test, (failure,))
        else:
            yield answer


def report(file: TestFileRead, index: int, result: Result, *, verbose: bool, as_json: bool) -> None:
    """For people: what failed, where it is written, what came instead. As JSON: every test."""
    place = file.place(index, ("test",)).place
    if as_json:
        print_json(document(file, index, result))
        return
    if result.ok:
        if verbose:
            print(f"○ {place}: {plain_line(result.test)}")
        return
    print(f"× {place}: {plain_line(result.test)}")
    for one in result.failures:
        at = file.place(index, one.path).place
        print(f"{INDENT}{at}: {one.what}")
        print(f"{INDENT}  期待 {plain_line(one.expected)}")
        print(f"{INDENT}  実際 {plain_line(one.found)}")
        for line in one.details:
            print(f"{INDENT}    {plain_line(line)}")
    print()


def document(file: TestFileRead, index: int, result: Result) -> dict[str, Any]:
    place = file.place(index, ("test",))
    return {
        "file": place.file,
        "line": place.line,
        "test": result.test,
        "ok": result.ok,
        "rule": result.rule,
        "failures": [
            {
                "file": place.file,
                "line": at.line,
                "column": at.column,
                "what": one.what,
                "expected": one.expected,
                "found": one.found,
                "details": list(one.details),
            }
            for one in result.failures
            for at in [file.place(index, one.path)]
        ],
    }


def problem_document(one: Problem) -> dict[str, Any]:
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "severity": one.severity,
        "message": one.message,
        "hint": one.hint,
    }
