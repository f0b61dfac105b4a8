"""All the texts of one configuration, read at one moment: YAML, templates, public files, data (DESIGN §3).

`read_bundle` is the only I/O here. Paths inside a bundle don't depend on where the folder lies: `config/rules.yaml`,
`config/data/….csv` (the operator's), `data/….csv` (ours, unless the operator has one of that name), `templates/receipt.j2`,
`templates/files/…`. `config/tests/` is no part of it. Raises ConfigErrors for a folder or file that can't be read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from unicodedata import normalize

from mailflow.settings.problems import ConfigErrors, Problem
from mailflow.settings.settings import Bundle

MAX_FILES = 2_000
MAX_TOTAL = 60_000_000


def digest(files: Mapping[str, bytes]) -> str:
    """One hash over paths and contents, whatever the order."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{path}\0{hashlib.sha256(files[path]).hexdigest()}\n".encode())
    return whole.hexdigest()


def bundle_of(files: Mapping[str, bytes]) -> Bundle:
    """A bundle of texts kept elsewhere (the database)."""
    return Bundle(dict(sorted(files.items())), digest(files))


def package_data() -> dict[str, bytes]:
    """The data that comes with mailflow, as `data/<name>.csv`."""
    folder = resources.files("mailflow") / "data"
    return {f"data/{file.name}": file.read_bytes() for file in folder.iterdir() if file.name.endswith(".csv")}


def read_bundle(config_dir: Path) -> Bundle:
    """The bundle of a folder that holds mailflow.yaml; `templates/` stands beside it."""
    if not config_dir.is_dir():
        raise ConfigErrors([Problem(str(config_dir), None, None, "設定のフォルダーがありません", _INIT)])
    if not (config_dir / "mailflow.yaml").is_file():
        other = next((one for one in ("mailflow.yml", "mailflow.yaml.txt") if (config_dir / one).is_file()), None)
        hint = f"{config_dir / other} の名前を mailflow.yaml に変えてください" if other else _INIT
        raise ConfigErrors([Problem(str(config_dir / "mailflow.yaml"), None, None, "ファイルがありません", hint)])
    if problem := _no_folder(config_dir.parent / "templates"):
        raise ConfigErrors([problem])
    problems: list[Problem] = []
    files: dict[str, bytes] = {}
    total = 0
    for path, place in _wanted(config_dir):
        try:
            files[path] = place.read_bytes()
        except OSError as error:
            hint = "mailflow を動かす利用者が読めるように、ファイルの権限を直してください"
            problems.append(Problem(path, None, None, f"読めません（{_reason(error)}）", hint))
            continue
        total += len(files[path])
        if total > MAX_TOTAL or len(files) > MAX_FILES:
            problems.append(
                Problem(path, None, None, f"設定が大きすぎます（{MAX_FILES} 個、{MAX_TOTAL // 1_000_000}MB まで）")
            )
            break
    if problems:
        raise ConfigErrors(problems)
    own = {path.rpartition("/")[2] for path in files if path.startswith("config/data/")}
    files |= {path: content for path, content in package_data().items() if path.removeprefix("data/") not in own}
    return bundle_of(files)


def _no_folder(templates: Path) -> Problem | None:
    """`templates/` that is there and can't be looked into: it must not count as an empty one."""
    if not templates.exists() and not templates.is_symlink():
        return None
    if not templates.is_dir():
        hint = "手紙のひな形（….j2）を入れるフォルダーです。この名前のファイルを別の所へ移してください"
        return Problem("templates", None, None, "フォルダーではありません", hint)
    try:
        next(os.scandir(templates), None)
    except OSError as error:
        hint = "mailflow を動かす利用者が読めるように、フォルダーの権限を直してください"
        return Problem("templates", None, None, f"フォルダーを読めません（{_reason(error)}）", hint)
    return None


def folder_stamp(config_dir: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of all that a configuration is made of: unequal when somebody has saved a file."""
    found = []
    for root in (config_dir, config_dir.parent / "templates"):
        for path in sorted(root.rglob("*")):
            try:
                stat = path.stat()
            except OSError:
                continue  # an editor's temporary file that is gone again
            if path.is_file():
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


_INIT = "`mailflow init フォルダー` でひな形を作れます。別の場所にあるときは --config か MAILFLOW_CONFIG で示します"


def _wanted(config_dir: Path) -> Iterator[tuple[str, Path]]:
    templates = config_dir.parent / "templates"
    yield from _in(config_dir, "config", "*.yaml")
    yield from _in(config_dir, "config", "*.yml")  # not read, but said so
    yield from _in(config_dir, "config", "*.yaml.txt")  # an editor's own idea of the name, likewise
    yield from _in(config_dir / "data", "config/data", "*.csv")
    yield from _in(templates, "templates", "**/*.j2", skip="files/")
    yield from _in(templates / "files", "templates/files", "**/*")


def _in(folder: Path, prefix: str, pattern: str, skip: str | None = None) -> Iterator[tuple[str, Path]]:
    """Files in the order of their names, without those of editors and systems (`.DS_Store`, `~$…`, `….swp`)."""
    for place in sorted(folder.glob(pattern)):
        relative = normalize("NFC", place.relative_to(folder).as_posix())
        if skip and relative.startswith(skip):
            continue
        hidden = any(part.startswith((".", "~$")) or part.endswith("~") for part in relative.split("/"))
        if not hidden and place.is_file():
            yield f"{prefix}/{relative}", place


def _reason(error: OSError) -> str:
    return "読む権限がありません" if isinstance(error, PermissionError) else "入出力の誤り"
