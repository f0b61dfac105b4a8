"""The pages that hints point to exist and say what the code admits."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.settings.names_page import pages

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("file", list(pages()))
def test_page_is_up_to_date(file: str) -> None:
    written = (DOCS / file).read_text(encoding="utf-8")
    assert written == pages()[file], "run: python -m mailflow.settings.names_page docs"
