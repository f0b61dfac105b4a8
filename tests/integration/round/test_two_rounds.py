"""A second round is a copy of one block of mailflow.yaml (DESIGN §3): the same town in both, and mail before and between."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from mailflow.clock import TOKYO
from mailflow.settings.load import load
from mailflow.settings.settings import Settings
from mailflow.store import Store
from tests.integration.round.office import Round, at
from tests.integration.round.story import NAME, M, Send, Step, Then, tell

ROOT = Path(__file__).parents[3]
SECOND = NAME.replace("1次", "2次")


def on(month: int, day: int, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=TOKYO)


@pytest.fixture(scope="module")
def two_rounds(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The starter's configuration with its commented second block switched on, and the form of that round."""
    folder = tmp_path_factory.mktemp("two")
    shutil.copytree(ROOT / "config", folder / "config")
    shutil.copytree(ROOT / "templates", folder / "templates")
    path = folder / "config" / "mailflow.yaml"
    head, mark, tail = path.read_text(encoding="utf-8").partition("  # - id: R8-2\n")
    assert mark
    block, blank, rest = tail.partition("\n\n")
    lines = ["  - id: R8-2", *(line.replace("  # ", "  ", 1) for line in block.split("\n"))]
    path.write_text(head + "\n".join(lines) + blank + rest, encoding="utf-8")
    return load(folder / "config", {})


@pytest.fixture(autouse=True)
def _without_marked_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailflow.pipeline._marked", lambda view, _verdict: view)


@pytest.fixture(autouse=True)
def _forms_of_the_second_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ministry's form of the second round: the same but for the words 2次公募."""
    import tests.integration.round.story as story
    from mailflow.forms.fill import fill_form
    from tests.integration.round.forms import GOOD
    from tests.integration.round.office import SHIPPED

    spec = SHIPPED.form.forms[0]
    second = spec.model_copy(update={"round": "２次公募", "file": spec.file.replace("1次", "2次")})

    def form(**changes: object) -> bytes:
        chosen = spec if changes.pop("first_rounds_form", False) else second
        return fill_form(chosen, {**GOOD, **changes})

    monkeypatch.setattr(story, "form", form)


OLD: dict[str, object] = {"first_rounds_form": True}
NOT_THE_FIRST = ["1次公募", "4月上旬", "3月26日", "4月1日付け"]

STORIES = {
    "in-the-second-round": [
        M(
            at=on(9, 2), name=SECOND,
            then=Then(templates=["receipt"], says=["2次公募へのご応募", "R8-2-202053", "令和8年9月25日（金）16時00分", "10月上旬頃"], silent=NOT_THE_FIRST),
        ),
    ],
    "the-second-close-to-the-second": [
        M(at=on(9, 25, 16), name=SECOND, then=Then(templates=["receipt"])),
        M(at=on(9, 25, 16, 0, 1), name=SECOND, text="差し替えます", filled={"theme": "別"}, then=Then(checks=["round-late"], counts=1)),
    ],
    "both-rounds-are-two-cases": [
        M(at=at(16), filled=OLD),
        Send(at=at(16, 10)),
        M(at=on(9, 2), name=SECOND, then=Then(templates=["receipt"], cases=2, silent=["第2版", *NOT_THE_FIRST])),
    ],
    "a-reply-to-the-first-rounds-letter-with-the-new-form": [
        M(at=at(16), filled=OLD),
        Send(at=at(16, 10)),
        M(at=on(9, 2), name=SECOND, re=0, text="2次公募に応募します。", then=Then(cases=2, templates=["receipt"], says=["R8-2-"])),
    ],
    "a-word-of-thanks-for-the-first-round": [
        M(at=at(16), filled=OLD),
        Send(at=at(16, 10)),
        M(at=on(9, 2), re=0, text="1次公募ではお世話になりました。ありがとうございました。", filled=None, then=Then(templates=[], waiting=[])),
    ],
    "the-first-rounds-form-in-the-second": [
        M(at=on(9, 2), filled=OLD, then=Then(templates=["fix-request"], checks=["form-version"], says=["2次公募の応募様式"])),
    ],
    "only-the-name-says-the-first": [M(at=on(9, 2), then=Then(templates=["receipt"], without=["form-version"]))],
    "before-the-first-opens": [M(at=on(3, 3, 23, 59, 59), filled=OLD, then=Then(checks=["round-open"], review=True))],
    "the-first-second-of-the-first": [M(at=on(3, 4, 0), filled=OLD, then=Then(without=["round-open"], state="complete"))],
    "between-the-rounds": [
        M(at=on(6, 2), name=SECOND, then=Then(checks=["round-open"], review=True, templates=["arrival"], state="incomplete")),
    ],
    "a-gap-in-the-second-round": [
        M(
            at=on(9, 2), name=SECOND, filled={"contact_phone": None},
            then=Then(templates=["fix-request"], says=["令和8年9月24日（木）17時00分", "R8-2-202053"], silent=NOT_THE_FIRST),
        ),
    ],
}  # fmt: skip


@pytest.mark.parametrize("steps", [pytest.param(steps, id=name) for name, steps in STORIES.items()])
def test_two_rounds(store: Store, two_rounds: Settings, steps: list[Step]) -> None:
    assert [one.name for one in two_rounds.rounds] == ["1次公募", "2次公募"]
    tell(Round(store, two_rounds), steps)
