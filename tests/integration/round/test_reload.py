"""A change of the configuration while letters wait (DESIGN §3): whole or not at all; what nobody had in hand is composed
anew where it would differ, the rest is told of, approved letters are never touched."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.clock import Clock
from mailflow.desk.administration import add_operator
from mailflow.desk.editing import Edited, edit
from mailflow.desk.health import health
from mailflow.desk.renewing import Renewed, compose_anew, noticed
from mailflow.rehearsal.changes import change
from mailflow.settings.bundle import bundle_of
from mailflow.settings.load import build, load
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.outdated import NOTICE
from mailflow.store.queue import look_at
from mailflow.worker.configuration import Configuration
from mailflow.worker.recomposing import Recomposed, held_against, recompose_outdated
from tests.integration.round.office import SHIPPED, Round, at
from tests.integration.round.test_case import apply

ROOT = Path(__file__).parents[3]
SEEN_AT = datetime(2026, 11, 1, tzinfo=UTC)
QUESTION = "支援の期間は何か月でしょうか。教えてください。"
TOWNS = {
    "untouched": "a <a-sample@city.nagano.nagano.jp>",
    "opened": "b <b-sample@city.matsumoto.nagano.jp>",
    "approved": "c <c-sample@city.ueda.nagano.jp>",
}


def changed(path: str, old: str, new: str) -> Settings:
    files = dict(SHIPPED.bundle.files)
    text = files[path].decode()
    assert old in text
    files[path] = text.replace(old, new).encode()
    return build(bundle_of(files), {})


@pytest.fixture
def office(store: Store) -> Round:
    """Three questions; one letter was opened, one is approved and waits to be sent."""
    office = Round(store)
    for number, sender in enumerate(TOWNS.values()):
        office.mail(QUESTION, when=at(10, 9, number), subject="質問", sender=sender)
    _, opened, approved = sorted(store.drafts(states=["waiting"]), key=lambda one: one.id)
    add_operator(store, "operator", sys_now=SEEN_AT)
    look_at(store, opened.id, "operator", SEEN_AT)
    with store.write() as db:
        store.approve_in(db, approved.id, user="policy", now=at(10, 10), undo_until=at(10, 11))
    return office


def here(store: Store, settings: Settings) -> Recomposed:
    """As `recompose_outdated`, without a process of its own: one test has that."""
    return held_against(store, settings, lambda mail: change(mail, settings), at=at(10, 13))


def letters(store: Store) -> dict[str, list[tuple[str, str | None, str, bool]]]:
    """By the mail's number: (state, reason, hash, composed by the shipped configuration) of each letter, oldest first."""
    with store.read() as db:
        rows = db.exec_driver_sql(
            "SELECT mail_id, state, reason, content_sha256, config_hash FROM draft ORDER BY id"
        ).all()
    found: dict[str, list[tuple[str, str | None, str, bool]]] = {name: [] for name in TOWNS}
    for mail_id, *rest, config in rows:
        found[list(TOWNS)[mail_id - 1]].append((*rest, config == SHIPPED.hash))
    return found


def test_a_change_of_words(office: Round, store: Store) -> None:
    before = letters(store)
    new = changed("templates/inquiry-received.j2", "{% block text %}", "{% block text %}\n【事務局からのお願い】\n")
    assert recompose_outdated(store, new, at=at(10, 12)) == Recomposed(looked_at=2, anew=1, noticed=1)
    office.settings = new
    office.judge_rest(at(10, 12))
    after = letters(store)
    first, second = after["untouched"]
    assert first[:2] == ("superseded", "judged again"), "no newer mail came"
    assert second[0] == "waiting"
    assert not second[3]
    assert second[2] != first[2]
    ((state, reason, digest, _),) = after["opened"]
    assert (state, reason, digest) == ("waiting", NOTICE, before["opened"][0][2])
    assert after["approved"] == before["approved"]
    # nobody is answered twice, and doing it once more does nothing
    assert here(store, new) == Recomposed(looked_at=1, anew=0, noticed=1)
    assert letters(store) == after


def test_a_change_that_no_letter_says_anything_of(office: Round, store: Store) -> None:
    before = letters(store)
    new = changed("config/rules.yaml", "description: そのほかの質問", "description: ほかの質問")
    assert here(store, new) == Recomposed(looked_at=2)
    assert letters(store) == before


def test_a_notice_goes_when_the_change_is_taken_back(office: Round, store: Store) -> None:
    new = changed("templates/inquiry-received.j2", "{% block text %}", "{% block text %}\n【事務局からのお願い】\n")
    with store.write() as db:
        db.exec_driver_sql("UPDATE draft SET opened_at = '2026-11-01 00:00:00' WHERE state = 'waiting'")
    assert here(store, new).noticed == 2
    # what is in force now is the old one with another remark: another hash, the same letters
    old = changed("config/rules.yaml", "description: そのほかの質問", "description: ほかの質問")
    assert here(store, old) == Recomposed(looked_at=2)
    assert [one[1] for rows in letters(store).values() for one in rows if one[0] == "waiting"] == [None, None]


def test_a_letter_for_another_approval_is_composed_anew(office: Round, store: Store) -> None:
    new = changed("config/mailflow.yaml", "default: {approval: one}", "default: {approval: two}")
    assert here(store, new) == Recomposed(looked_at=2, anew=1, noticed=1)


def test_a_broken_edit_keeps_the_last_good_version(store: Store, tmp_path: Path) -> None:
    for name in ("config", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    folder = tmp_path / "config"
    rules = folder / "rules.yaml"
    whole = rules.read_text(encoding="utf-8")
    good = load(folder, {})
    configuration = Configuration(good, folder, {}, store)
    assert not configuration.look()
    rules.write_text(
        whole.replace("when: sender.kind == 'web-form'", "when: sendr.kind == 'web-form'"), encoding="utf-8"
    )
    assert not configuration.look()
    assert configuration.settings.hash == good.hash
    assert configuration.error is not None
    assert "`sendr`" in configuration.error
    ill = health(store, good, Clock())
    assert not ill.ok
    assert any("最後に読めた設定で動いています" in one and "rules.yaml" in one for one in ill.problems)
    assert ill.config.hash == good.hash
    assert ill.config.error is not None
    rules.write_text(whole.replace("minimum: 3\n", "minimum: 4\n"), encoding="utf-8")
    assert configuration.look()
    assert configuration.error is None
    assert configuration.settings.hash != good.hash
    assert health(store, configuration.settings, Clock()).config.error is None
    assert store.config_files(configuration.settings.hash) is not None


def test_at_a_persons_word_a_letter_that_was_only_looked_at_is_composed_anew(office: Round) -> None:
    store = office.store
    untouched, opened, approved = sorted(store.drafts(), key=lambda one: one.id)
    office.settings = changed("templates/inquiry-received.j2", "お問い合わせ", "ご質問")
    here(store, office.settings)
    office.judge_rest(at(10, 13))
    assert noticed(store) == [opened.id]
    result = compose_anew(store, [opened.id, approved.id, untouched.id, 999], user="operator", now=at(10, 14))
    assert isinstance(result, Renewed)
    assert result.drafts == (opened.id,)
    assert set(result.left_out) == {approved.id, untouched.id, 999}
    office.judge_rest(at(10, 14))
    assert noticed(store) == []
    states = {one.id: one.state for one in store.drafts()}
    assert states[opened.id] == "superseded"
    (anew,) = [one for one in store.drafts(states=["waiting"]) if one.to[0].address.endswith("matsumoto.nagano.jp")]
    view = store.draft(anew.id)
    assert view is not None
    assert "ご質問" in view.draft.text


def test_words_that_a_person_wrote_are_never_composed_away(office: Round) -> None:
    store = office.store
    _, opened, _ = sorted(store.drafts(), key=lambda one: one.id)
    view = store.draft(opened.id)
    assert view is not None
    edited = edit(
        store, opened.id, user="operator", subject=view.draft.subject, text="自分で書いた文です。",
        base_sha256=opened.content_sha256, now=at(10, 12),
    )  # fmt: skip
    assert isinstance(edited, Edited)
    result = compose_anew(store, [opened.id], user="operator", now=at(10, 14))
    assert isinstance(result, Renewed)
    assert "書き直した" in result.left_out[opened.id]
    assert office.judge_rest(at(10, 14)) == []


def test_a_consultations_letter_is_composed_anew_and_its_slot_stays(store: Store) -> None:
    office = Round(store)
    add_operator(store, "operator", sys_now=SEEN_AT)
    office.mail("3月17日（火）10時から相談をお願いします。長野県飯田市の山口です。", when=at(10))
    (line,) = store.drafts(states=["waiting"])
    assert line.template == "consultation-confirmed"
    office.settings = changed("templates/consultation-confirmed.j2", "決まりました", "決定しました")
    assert here(store, office.settings) == Recomposed(looked_at=1, anew=0, noticed=1)
    result = compose_anew(store, [line.id], user="operator", now=at(10, 14))
    assert isinstance(result, Renewed)
    assert result.drafts == (line.id,)
    office.judge_rest(at(10, 14))
    (anew,) = store.drafts(states=["waiting"])
    view = store.draft(anew.id)
    assert view is not None
    assert "決定しました" in view.draft.text
    assert len(store.bookings()) == 1


def test_a_close_moved_for_an_area_makes_a_late_application_one_in_time(store: Store) -> None:
    """Situations row 33: what had come after the usual close, before anybody wrote the extension down."""
    office = Round(store)
    add_operator(store, "operator", sys_now=SEEN_AT)
    late = apply(office, at(27, 10))
    assert late.templates == ["late"]
    close = "    closes: 2026-03-26 16:00"
    extension = "\n    extensions: [{areas: [長野県], until: 2026-03-30 16:00, why: 大雪, consent: 電話}]"
    files = dict(SHIPPED.bundle.files)
    text = files["config/mailflow.yaml"].decode()
    files["config/mailflow.yaml"] = text.replace(close, close + extension + "\n   ", 1).encode()
    office.settings = build(bundle_of(files), {})
    assert here(store, office.settings) == Recomposed(looked_at=1, anew=1, noticed=0)
    office.judge_rest(at(27, 11))
    (anew,) = store.drafts(states=["waiting"])
    assert anew.template == "receipt"
