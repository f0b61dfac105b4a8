"""The one starter set of config/ and templates/: where it lies, and a copy of it in a new folder (DESIGN §2, §9 `init`).

A checkout's top-level folders come first: what a wheel carries (`mailflow/starter`) may be an older copy beside an
editable install. `copy_starter` never overwrites a file. Raises FileExistsError where the folder has a config/ already.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("config", "templates")


@dataclass(frozen=True, slots=True)
class Copied:
    """Paths below the new folder: written now, and left as they were."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def starter() -> Path:
    """The folder that holds the starter's config/ and templates/. Raises FileNotFoundError in a broken installation."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parent, package / "starter"):
        checkout = folder != package.parent or (folder / "pyproject.toml").is_file()
        if checkout and (folder / "config" / "mailflow.yaml").is_file() and (folder / "templates").is_dir():
            return folder
    raise FileNotFoundError(f"{package / 'starter'} に設定のひな形がありません。mailflow を入れ直してください。")


def starter_files() -> dict[str, bytes]:
    """Every file of the starter by its path (`config/rules.yaml`), without those of editors and systems."""
    root = starter()
    found: dict[str, bytes] = {}
    for name in FOLDERS:
        for path in sorted((root / name).rglob("*")):
            relative = path.relative_to(root)
            if path.is_file() and not any(
                part.startswith((".", "~$")) or part.endswith("~") for part in relative.parts
            ):
                found[relative.as_posix()] = path.read_bytes()
    return found


def copy_starter(target: Path, files: dict[str, bytes]) -> Copied:
    """Write `files` below `target`, which may exist, in the order that leaves no half configuration: config/ last."""
    if (target / "config").exists():
        raise FileExistsError(f"{target / 'config'}")
    written: list[str] = []
    kept: list[str] = []
    for relative, content in sorted(files.items(), key=lambda item: (item[0].startswith("config/"), item[0])):
        path = target / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            kept.append(relative)
        else:
            written.append(relative)
    return Copied(tuple(written), tuple(kept))
