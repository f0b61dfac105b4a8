"""The console on PostgreSQL: every page with letters waiting, the acts that write its own tables, log-in and its limits."""

from __future__ import annotations

import re
from collections.abc import Callable

from mailflow.console.office import Office
from mailflow.store.people import Role
from tests.integration.round.forms import form
from tests.integration.round.office import Round, at
from tests.unit.console.conftest import Browser, HereReader, browser, letters, office, quick_hashes
from tests.unit.console.test_access import (
    test_a_session_can_be_ended_from_elsewhere,
    test_after_five_wrong_passwords_the_right_one_waits_too,
    test_disabled_means_out_at_once_but_never_the_last_admin,
    test_the_first_start_gives_one_link_until_somebody_has_a_password,
)

__all__ = [
    "browser",
    "office",
    "quick_hashes",
    "test_a_session_can_be_ended_from_elsewhere",
    "test_after_five_wrong_passwords_the_right_one_waits_too",
    "test_disabled_means_out_at_once_but_never_the_last_admin",
    "test_the_first_start_gives_one_link_until_somebody_has_a_password",
]


def test_pages_and_acts(office: Office, browser: Callable[..., Browser]) -> None:
    office.reader = HereReader()  # type: ignore[assignment]
    name = "【長野県飯田市】1次公募応募様式.xlsx"
    round_ = Round(office.store)
    round_.mail(
        "応募します。", when=at(25), subject="【長野県飯田市】計画策定支援", files=[(name, form(contact_phone=None))]
    )
    round_.mail(
        "差し替えます。",
        when=at(26, 9),
        subject="【長野県飯田市】計画策定支援（差し替え）",
        files=[(name, form(theme="観光"))],
    )
    one = browser("佐藤", Role.ADMIN)
    for path in (
        "/", "/mails", "/mails?q=観光", "/mails?q=IIDA&f=application", "/mails/1", "/queue", "/queue?q=飯田", "/queue-bulk", "/cases",
        "/cases?q=kikaku", "/cases/1", "/consultation", "/outbox", "/outbox?q=iida", "/calls", "/regions", "/config", "/audit", "/people", "/me",
    ):  # fmt: skip
        one.see(path)
    for path in (
        "/outbox?b=2147483648",
        "/mails?b=2026-03-01T00:00:00%2B09:00~2147483648",
        "/queue?n=2147483648&done=approved",
    ):
        one.see(path)
    for path in ("/cases/2147483648", "/queue/2147483648", "/mails/2147483648"):  # more than INTEGER holds
        one.see(path, 404)
    assert "計画策定支援" in one.see("/mails?q=応募します")
    assert "条件に合うメールはありません" in one.see("/mails?q=どこにもない語")
    (draft,) = letters(office).values()
    one.see(f"/queue/{draft}")
    one.press(f"/queue/{draft}/assign", to="")
    one.see("/queue?f=free&pane=list")
    one.press("/queue-take", f="free")
    one.see("/cases/1")
    one.press("/cases/1/owner", to="佐藤", was="", word="あとをお願いします")
    assert "飯田市" in one.see("/queue?f=mine&pane=list")
    one.see("/incidents")
    one.press("/incidents", title="見出し", what="何か", about="だれか")
    assert "対応中" in one.see("/incidents")
    stranger = round_.mail(
        "届いていますか。", when=at(26, 9, 40), sender="x@freemail.example", subject="長野県飯田市の応募について"
    )
    one.see(f"/mails/{stranger.mail_id}/write")
    one.press(f"/mails/{stranger.mail_id}/write", subject="件名", text="お答えできません。", act="make")
    one.press("/letters/keep", subject="お知らせ", text="途中", template="letter")
    assert "途中" in one.see("/letters")
    one.press("/letters", subject="お知らせ", text="本文", act="look", case="1")
    _together_and_apart(office, round_, one)
    one.see(f"/queue/{draft}?act=edit")
    base = re.search(r'name="base" value="([0-9a-f]{64})"', one.last.text)
    assert base
    kept = one.post(
        f"/queue/{draft}/keep", data={"_csrf": one.csrf, "subject": "件名", "text": "途中", "base": base[1]}
    )
    again = one.post(
        f"/queue/{draft}/keep", data={"_csrf": one.csrf, "subject": "件名", "text": "途中2", "base": base[1]}
    )
    assert (kept.status_code, again.status_code) == (200, 200)
    one.press(f"/queue/{draft}/edit", subject="件名", text="文面", base=base[1])
    content = re.search(r'name="sha" value="([0-9a-f]{64})"', one.last.text)
    assert content
    one.press(f"/queue/{draft}/approve", sha=content[1], then="next")
    view = office.store.draft(draft)
    assert view is not None
    assert (view.line.state, view.draft.text) == ("approved", "文面")


def _together_and_apart(office: Office, round_: Round, one: Browser) -> None:
    """A question of nobody's joins a body's case, and goes back."""

    def where() -> int | None:
        return next(line.case_id for line in office.store.mails() if line.id == asked)

    asked = round_.mail("質問です。", when=at(26, 9, 45), sender="y@freemail.example", subject="記入のしかた").mail_id
    apart = where()
    one.see(f"/cases/{apart}")
    one.press(f"/cases/{apart}/merge", into="R8-1-202053", why="電話", act="make")
    round_.judge_rest(at(26, 10))
    assert where() == 1
    move = re.search(r'name="move" value="(\d+)"', one.see("/cases/1"))
    assert move
    one.press("/cases/1/undo-move", move=move[1], why="別の団体")
    round_.judge_rest(at(26, 10))
    assert where() == apart
