"""What people decide on a case, and what waits because of it, on PostgreSQL too."""

from __future__ import annotations

import pytest

from mailflow.store import Store
from tests.integration.round.office import Round
from tests.integration.round.story import Step, tell
from tests.integration.round.test_stories import DECIDED_BY_PEOPLE, QUESTIONS_AND_ACCIDENTS

pytestmark = pytest.mark.long

CHOSEN = {
    **DECIDED_BY_PEOPLE,
    **{name: steps for name, steps in QUESTIONS_AND_ACCIDENTS.items() if name.startswith(("row-32-a-pdf", "row-37"))},
}


@pytest.fixture(autouse=True)
def _without_marked_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailflow.pipeline._marked", lambda view, _verdict: view)


@pytest.mark.parametrize("steps", [pytest.param(steps, id=name) for name, steps in CHOSEN.items()])
def test_story(store: Store, steps: list[Step]) -> None:
    tell(Round(store), steps)
