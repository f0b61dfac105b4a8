"""What went wrong in other help desks' trackers is guarded here by a test each, whose docstring names the story."""

from __future__ import annotations

from pathlib import Path

import pytest

STORIES = (
    "freescout#5457",  # timed out after the body was accepted: the same letter went out hourly
    "freescout#4293",  # one mail exhausted memory: two days of silence
    "zammad#2754",  # one bad answer to a FETCH blocked all
    "zammad#243",  # a failed set-up emptied the mailbox
    "frappe/helpdesk#1974",  # all old mail was answered
    "paperless-ngx#8944",  # UIDs began again: new mail was skipped
    "osTicket#6455",  # the token expired: ten days unnoticed
    "zammad#2444",  # a stranger's mail was joined to a case
)
TESTS = {
    path: path.read_text(encoding="utf-8")
    for path in Path(__file__).parents[1].rglob("test_*.py")
    if path.name != "test_stories.py"
}


@pytest.mark.parametrize("story", STORIES)
def test_a_test_names_it(story: str) -> None:
    assert [path.name for path, text in TESTS.items() if f"{story}:" in text]
