"""設定: what is in force, what is wrong with what was saved last, and earlier versions. Nothing is edited here."""

from __future__ import annotations

import difflib
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.visit import Visit, not_found, visit
from mailflow.settings.load import check
from mailflow.settings.problems import Problem as Fault
from mailflow.settings.show import effective_yaml
from mailflow.store.people import Role

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
MOST_LINES = 2000


@router.get("/config")
def configuration(here: Here) -> Response:
    here.need(Role.STAFF)
    office = here.office
    faults: tuple[Fault, ...] = ()
    if office.config_error or office.standing()[0].config.error:
        _, faults = check(office.config_dir, office.env)
    return here.page(
        "config.html",
        faults=faults,
        shown=effective_yaml(office.settings, office.env),
        versions=office.store.config_versions(),
        folder=office.config_dir.name,
    )


@router.get("/config/versions/{first}/{second}")
def versions(here: Here, first: str, second: str) -> Response:
    """What changed from one version to another, file by file."""
    here.need(Role.STAFF)
    old, new = (here.office.store.config_files(one[:64]) for one in (first, second))
    if old is None or new is None:
        raise not_found("この設定の版")
    changes = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, b""), new.get(name, b"")
        if before != after:
            changes.append((name, _difference(before, after)))
    return here.page("config_versions.html", changes=changes, first=first, second=second)


def _difference(before: bytes, after: bytes) -> list[tuple[str, str]] | None:
    """Lines with what became of them (` `, `-`, `+`, `@`); None for what isn't text."""
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return None
    if len(old) + len(new) > 20 * MOST_LINES:
        return None
    lines = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    return [(line[:1], line[1:] if line[:1] in " -+" else line) for line in lines[:MOST_LINES]]
