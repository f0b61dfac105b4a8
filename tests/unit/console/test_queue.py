"""承認待ち: what a person sees of a letter, what they decide, and what two people do at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from mailflow.codec import from_json, to_json
from mailflow.console.office import Office
from mailflow.console.why_look import TO_READ, gist
from mailflow.desk import Refused, reject
from mailflow.desk.mails import hide_mail
from mailflow.model import ANSWERING, Finding, Severity
from mailflow.store.letter_text import LetterText
from mailflow.store.moves import DRAFT, O, move_outgoing
from mailflow.store.outdated import NOTICE
from mailflow.store.overtaken import overtaken_by
from mailflow.store.people import Role
from tests.integration.round.office import Round, at
from tests.integration.round.test_sent_on import forward, settings
from tests.unit.console.conftest import Browser, letters

Browsers = Callable[..., Browser]


def state(office: Office, draft_id: int) -> str:
    view = office.store.draft(draft_id)
    assert view is not None
    return view.line.state


def sha(page: str) -> str:
    found = re.search(r'name="sha" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_the_list_and_one_letter_beside_its_mail(busy: Office, browser: Browsers) -> None:
    page = browser("佐藤").see(f"/queue/{letters(busy)['fix']}")
    for shown in (
        "長野県飯田市", "kikaku@city.iida.lg.jp", "様式・件名・ファイル名・差出人が一致", "差出人と同じ", "応募様式_修正箇所.xlsx",
        "元はこの団体の", "応募様式を提出します。", "（空欄）", "1人の承認で送信", "このまま送ります", "承認して次へ",
    ):  # fmt: skip
        assert shown in page, shown
    assert re.search(r'class="hit"><td>[A-Z]+\d+</td><th scope="row">電話番号', page)
    assert page.index('id="drawn"') > page.index("このまま送ります")  # keys wait for it


def test_first_in_the_list_is_what_becomes_useless_first(busy: Office, browser: Browsers) -> None:
    page = browser("佐藤").see("/queue")
    order = [page.index(f"<b>{name}") if f"<b>{name}" in page else page.index(name) for name in ("飯田市", "由布市")]
    assert order == sorted(order)
    assert "期限が近い" in page


def test_of_a_long_list_the_part_around_the_open_letter_is_shown(
    busy: Office, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, last = browser("佐藤"), list(letters(busy).values())
    ids = [
        int(found) for found in re.findall(r'<li class="row[^>]*><a href="/queue/(\d+)', one.see(f"/queue/{last[-1]}"))
    ]
    assert sorted(ids) == sorted(last)  # a short list is shown whole, whichever letter is open
    monkeypatch.setattr("mailflow.console.pages.queue_list.SHOWN", 2)
    monkeypatch.setattr("mailflow.console.pages.queue_list.BEFORE", 1)
    shown = re.findall(r'<li class="row[^>]*><a href="/queue/(\d+)', one.see(f"/queue/{ids[-1]}"))
    assert [int(found) for found in shown] == ids[-2:]


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        pytest.param("?f=fix", "飯田市", "由布市", id="kind"),
        pytest.param("?q=ゆふ&f=", "条件に合う案はありません", "飯田市", id="not-found"),
        pytest.param("?q=由布", "由布市", "飯田市", id="name"),
        pytest.param("?q=KIKAKU@city.iida", "飯田市", "由布市", id="address"),
        pytest.param("?f=two", "箱根町", "由布市", id="two-people"),
        pytest.param("?f=nonsense&q=", "飯田市", "条件に合う", id="unknown-filter"),
    ],
)
def test_filters_and_search(busy: Office, browser: Browsers, query: str, there: str, gone: str) -> None:
    page = browser("佐藤").see(f"/queue{query}&pane=list" if query else "/queue")
    rows = "".join(re.findall(r'<li class="row.*?</li>', page, re.S)) or page
    assert there in rows
    assert gone not in rows


def test_approve_and_next_then_undo(busy: Office, browser: Browsers) -> None:
    one, found = browser("佐藤"), letters(busy)
    page = one.see(f"/queue/{found['receipt']}")
    after = one.press(f"/queue/{found['receipt']}/approve", sha=sha(page), then="next")
    assert state(busy, found["receipt"]) == "approved"
    assert str(one.last.url) != f"/queue/{found['receipt']}"
    assert "受領を承認" in after
    assert "取り消す" in after
    one.press(f"/queue/{found['receipt']}/undo")
    assert state(busy, found["receipt"]) == "waiting"


def test_what_was_on_the_screen_is_what_is_approved(busy: Office, browser: Browsers) -> None:
    """Somebody edits while another reads: the other's yes to the old words is refused, and the new words are shown."""
    sato, suzuki, draft = browser("佐藤"), browser("鈴木"), letters(busy)["receipt"]
    old = sato.see(f"/queue/{draft}")
    suzuki.see(f"/queue/{draft}?act=edit")
    base = re.search(r'name="base" value="([0-9a-f]{64})"', suzuki.last.text)
    assert base
    suzuki.press(f"/queue/{draft}/edit", subject="受領しました", text="確かに受け取りました。", base=base[1])
    page = sato.press(f"/queue/{draft}/approve", 409, sha=sha(old), then="next")
    assert "画面に表示された内容から変わりました" in page
    assert "確かに受け取りました。" in page
    assert state(busy, draft) == "waiting"
    sato.press(f"/queue/{draft}/approve", sha=sha(page), then="next")
    assert state(busy, draft) == "approved"


def test_a_double_click_is_one_approval(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["receipt"]
    content = sha(one.see(f"/queue/{draft}"))
    for _ in range(2):
        one.see("/me")
        one.press(f"/queue/{draft}/approve", sha=content, then="next")
    assert state(busy, draft) == "approved"


def test_going_back_and_approving_again_says_who_did(busy: Office, browser: Browsers) -> None:
    sato, suzuki, draft = browser("佐藤"), browser("鈴木"), letters(busy)["receipt"]
    content = sha(sato.see(f"/queue/{draft}"))
    suzuki.see(f"/queue/{draft}")
    suzuki.press(f"/queue/{draft}/approve", sha=content, then="next")
    page = sato.press(f"/queue/{draft}/approve", 409, sha=content, then="next")
    assert "すでに承認されています" in page
    assert "鈴木さんが承認" in page


def test_without_a_hash_nothing_is_approved(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["receipt"]
    one.see(f"/queue/{draft}")
    one.press(f"/queue/{draft}/approve", 409, then="next")
    assert state(busy, draft) == "waiting"


def test_two_people_and_the_ministry(busy: Office, browser: Browsers) -> None:
    sato, suzuki, draft = browser("佐藤"), browser("鈴木"), letters(busy)["refused"]
    page = sato.see(f"/queue/{draft}")
    assert "2人の承認が必要です" in page
    assert "総務省の了解の記録がまだのため承認できません" in page
    content = sha(page)
    sato.press(f"/queue/{draft}/approve", 409, sha=content, then="next")
    sato.press(f"/queue/{draft}/consent", 422, sha=content, given_by="○○様", how="電話", given_at="あした")
    assert "日時が読めません" in sato.last.text
    sato.press(f"/queue/{draft}/consent", sha=content, given_by="○○様", how="電話", given_at="")
    sato.press(f"/queue/{draft}/approve", sha=content, then="stay")
    assert "2人目は別の人です" in sato.last.text
    sato.see(f"/queue/{draft}")
    sato.press(f"/queue/{draft}/approve", 409, sha=content, then="stay")  # the same person again
    assert state(busy, draft) == "waiting"
    suzuki.see(f"/queue/{draft}")
    suzuki.press(f"/queue/{draft}/approve", sha=content, then="stay")
    assert state(busy, draft) == "approved"


@pytest.mark.parametrize(
    ("role", "edit", "approve"),
    [(Role.VIEWER, 403, 403), (Role.STAFF, 200, 403), (Role.APPROVER, 200, 200)],
)
def test_what_each_role_may_do(busy: Office, browser: Browsers, role: Role, edit: int, approve: int) -> None:
    one, draft = browser("佐藤", role), letters(busy)["receipt"]
    page = one.see(f"/queue/{draft}")
    assert ("act=edit" in page) is (edit == 200)
    content = busy.store.draft(draft).line.content_sha256  # type: ignore[union-attr]
    one.see("/me")
    one.press(f"/queue/{draft}/edit", edit, subject="件名", text="文面", base=content)
    one.see("/me")
    content = busy.store.draft(draft).line.content_sha256  # type: ignore[union-attr]
    one.press(f"/queue/{draft}/approve", approve, sha=content, then="stay")
    assert state(busy, draft) == ("approved" if approve == 200 else "waiting")


def test_reject_asks_why(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["fix"]
    assert "却下の理由" in one.see(f"/queue/{draft}?act=reject")
    assert "理由を選ぶか" in one.press(f"/queue/{draft}/reject", 422, why="", reason=" ")
    one.press(f"/queue/{draft}/reject", why="電話で伝えた", reason="山口さんと")
    assert state(busy, draft) == "rejected"
    assert "電話で伝えた 山口さんと" in one.see(f"/queue/{draft}")


def test_an_edit_keeps_the_composed_words_to_compare(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["receipt"]
    before = busy.store.draft(draft)
    assert before is not None
    one.see(f"/queue/{draft}?act=edit")
    text = before.draft.text.replace("お世話になっております", "いつもお世話になっております")
    one.press(
        f"/queue/{draft}/edit",
        subject=before.draft.subject,
        text=text.replace("\n", "\r\n"),
        base=before.line.content_sha256,
    )
    assert "1か所を変えました" in one.last.text
    assert "<ins>いつも</ins>" in one.see(f"/queue/{draft}?act=compare")
    after = busy.store.draft(draft)
    assert after is not None
    assert after.draft.text == text
    assert after.line.revision == 2
    one.see(f"/queue/{draft}?act=edit")
    one.press(f"/queue/{draft}/restore", base=after.line.content_sha256)
    restored = busy.store.draft(draft)
    assert restored is not None
    assert restored.draft.text == before.draft.text


def test_an_edit_voids_the_yes_of_the_first_of_two(busy: Office, browser: Browsers) -> None:
    sato, draft = browser("佐藤"), letters(busy)["refused"]
    content = sha(sato.see(f"/queue/{draft}"))
    sato.press(f"/queue/{draft}/consent", sha=content, given_by="○○様", how="電話", given_at="")
    sato.press(f"/queue/{draft}/approve", sha=content, then="stay")
    sato.see(f"/queue/{draft}?act=edit")
    sato.press(f"/queue/{draft}/edit", subject="別の件名", text="別の文面", base=content)
    view = busy.store.draft(draft)
    assert view is not None
    assert view.line.approvals == ()
    assert not view.line.consent_given


def test_nothing_typed_is_lost_when_the_letter_is_gone(busy: Office, browser: Browsers) -> None:
    sato, draft = browser("佐藤"), letters(busy)["receipt"]
    browser("鈴木")
    sato.see(f"/queue/{draft}?act=edit")
    csrf = sato.csrf
    base = busy.store.draft(draft).line.content_sha256  # type: ignore[union-attr]
    kept = sato.post(
        f"/queue/{draft}/keep", data={"_csrf": csrf, "subject": "件名", "text": "書きかけの文", "base": base}
    )
    assert "自動で保存しました" in kept.text
    reject(busy.store, draft, capacities={}, user="鈴木", reason="電話で伝えた", now=busy.now())
    page = sato.press(f"/queue/{draft}/edit", 409, subject="件名", text="書き終えた文", base=base)
    assert "もう承認を待っていません" in page
    unfinished = busy.store.unfinished(draft, "佐藤")
    assert unfinished is not None
    assert unfinished.text == "書き終えた文"


def test_a_half_written_text_is_its_writers_alone(busy: Office, browser: Browsers) -> None:
    sato, suzuki, draft = browser("佐藤"), browser("鈴木"), letters(busy)["receipt"]
    sato.see(f"/queue/{draft}?act=edit")
    sato.post(
        f"/queue/{draft}/keep", data={"_csrf": sato.csrf, "subject": "件名", "text": "秘密の書きかけ", "base": "x"}
    )
    assert "書きかけの文面があります" in sato.see(f"/queue/{draft}")
    assert "秘密の書きかけ" in sato.see(f"/queue/{draft}?act=edit")
    assert "書きかけ" not in suzuki.see(f"/queue/{draft}?act=edit")
    sato.see(f"/queue/{draft}?act=edit")
    sato.press(f"/queue/{draft}/leave")
    assert "書きかけ" not in sato.see(f"/queue/{draft}")


@pytest.mark.parametrize(
    ("subject", "text", "said"),
    [
        pytest.param("", "文面", "件名と文面を書いてください", id="no-subject"),
        pytest.param("件名", " \n ", "件名と文面を書いてください", id="no-text"),
        pytest.param("件" * 400, "文面", "300文字", id="long-subject"),
        pytest.param("件名", "お電話は dx@city.shiojiri.lg.jp まで", "ほかの案件のもの", id="another-towns-address"),
        pytest.param("R8-1-442135 について", "文面", "ほかの案件のもの", id="another-towns-number"),
    ],
)
def test_words_that_cannot_stand(busy: Office, browser: Browsers, subject: str, text: str, said: str) -> None:
    one, draft = browser("佐藤"), letters(busy)["fix"]
    one.see(f"/queue/{draft}?act=edit")
    base = busy.store.draft(draft).line.content_sha256  # type: ignore[union-attr]
    page = one.press(f"/queue/{draft}/edit", 422, subject=subject, text=text, base=base)
    assert said in page
    assert text.strip() in page  # what was typed is still there
    assert busy.store.draft(draft).line.content_sha256 == base  # type: ignore[union-attr]


def test_a_subject_is_one_line(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["receipt"]
    one.see(f"/queue/{draft}?act=edit")
    base = busy.store.draft(draft).line.content_sha256  # type: ignore[union-attr]
    one.press(f"/queue/{draft}/edit", subject="件名\r\nBcc: someone@evil.example", text="文面", base=base)
    view = busy.store.draft(draft)
    assert view is not None
    assert view.draft.subject == "件名 Bcc: someone@evil.example"


def test_others_who_have_it_open_are_told(busy: Office, browser: Browsers) -> None:
    sato, suzuki, draft = browser("佐藤"), browser("鈴木"), letters(busy)["receipt"]
    sato.see(f"/queue/{draft}")
    assert "佐藤さんも開いています" in suzuki.see(f"/queue/{draft}")
    assert "佐藤さんが確認中" in suzuki.last.text
    assert "佐藤さんも開いています" not in sato.see(f"/queue/{draft}")


def test_bulk_approves_what_is_ticked_and_unchanged(busy: Office, browser: Browsers) -> None:
    one, found = browser("佐藤"), letters(busy)
    page = one.see("/queue-bulk?t=receipt")
    ticked = re.findall(r'name="letter" value="(\d+:[0-9a-f]{64})"', page)
    assert {int(value.split(":")[0]) for value in ticked} == {found["receipt"], found["receipt2"]}
    assert "箱根町" not in page
    changed = [ticked[0], f"{found['receipt2']}:{'0' * 64}", f"{found['refused']}:{'0' * 64}", "x:y"]
    page = one.press("/queue-bulk", letter=changed)
    assert "1件を承認しました" in page
    assert "承認しなかったもの 2件" in page
    assert [state(busy, found[key]) for key in ("receipt", "receipt2", "refused")].count("approved") == 1


def test_files_are_saved_never_shown(busy: Office, browser: Browsers) -> None:
    answer = browser("佐藤").get(f"/queue/{letters(busy)['fix']}/files/0")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.content.startswith(b"PK")
    assert browser("鈴木").get(f"/queue/{letters(busy)['fix']}/files/7").status_code == 404


@pytest.mark.parametrize("path", ["/queue/0", "/queue/999999", "/queue/99999999999999999999", "/queue/x", "/queue/-1"])
def test_letters_that_are_none(busy: Office, browser: Browsers, path: str) -> None:
    assert "ありません" in browser("佐藤").see(path, 404)


def test_a_letter_that_was_refused_is_on_the_call_sheet_and_gets_another_address(
    busy: Office, browser: Browsers
) -> None:
    one, draft_id = browser("佐藤"), letters(busy)["fix"]
    view = busy.store.draft(draft_id)
    assert view is not None
    with busy.store.write() as db:
        outgoing_id = busy.store.approve_in(db, draft_id, user="佐藤", now=busy.now(), undo_until=busy.clock.sys_now())
        assert outgoing_id is not None
        answer = "550 5.1.1 no such user"
        move_outgoing(db, outgoing_id, O.APPROVED, O.FAILED, because="refused", actor="timer", answer=answer)
    page = one.see("/calls")
    for shown in ("送れませんでした", "550 5.1.1", "様式に番号がありません", "もう一度送る"):
        assert shown in page, shown
    fields = {"choice": "to", "address": "dx@city.iida.lg.jp", "name": "山口 様", "how": "代表電話で聞いた"}
    page = one.press(f"/outbox/{outgoing_id}/refused", **fields)
    assert "dx@city.iida.lg.jp" in page
    assert "電話する相手はいません" in one.see("/calls")


def test_letters_that_say_only_that_something_arrived_go_by_one_key(busy: Office, browser: Browsers) -> None:
    one, two = letters(busy)["receipt"], letters(busy)["receipt2"]
    with busy.store.write() as db:
        db.execute(sa.update(DRAFT).where(DRAFT.c.id.in_([one, two])).values(template="arrival"))
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == two).values(review=True))
    person = browser("佐藤")
    page = person.see("/queue?pane=list")
    (named,) = re.findall(r'name="letter" value="([^"]+)"', page)
    assert named.startswith(f"{one}:")  # not what a person should look at first
    assert 'data-key="p"' in page
    assert "1件を承認しました" in person.press("/queue-bulk", letter=named)
    assert 'data-key="p"' not in person.see("/queue?pane=list")
    assert 'data-key="p"' not in browser("田中", Role.STAFF).see("/queue?pane=list")


def test_a_letter_of_another_configuration_is_composed_anew(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["fix"]
    button = "いまの設定で作り直す"
    assert button not in one.see(f"/queue/{draft}")
    with busy.store.write() as db:
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft).values(reason=NOTICE))
    other = browser("見る人", Role.VIEWER)
    assert button not in other.see(f"/queue/{draft}")
    other.press(f"/queue/{draft}/anew", 403)
    assert button in one.see(f"/queue/{draft}")
    assert "作り直しています" in one.press(f"/queue/{draft}/anew")
    (again,) = Round(busy.store).judge_rest(at(26, 10, 1))
    assert again.templates == ["fix-request"]
    assert state(busy, draft) == "superseded"
    assert "承認を待っている手紙ではありません" in one.press(f"/queue/{draft}/anew", 409)


def test_a_letter_that_somebody_wrote_in_is_not_composed_anew(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["fix"]
    with busy.store.write() as db:
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft).values(reason=NOTICE, edited_at=at(26, 9)))
    assert "いまの設定で作り直す" not in one.see(f"/queue/{draft}")
    assert "失われます" in one.press(f"/queue/{draft}/anew", 409)
    assert state(busy, draft) == "waiting"


def test_whom_a_forwarded_mail_names_is_not_shown_as_proven(busy: Office, browser: Browsers) -> None:
    busy.settings = settings()
    forwards = Round(busy.store, busy.settings, _uids=iter(range(700, 799)), _ids=iter(range(700, 799)))  # type: ignore[arg-type]
    judged = forward(forwards)
    (line,) = [one for one in busy.store.drafts(states=["waiting"]) if one.mail_id == judged.mail_id]
    page = browser("佐藤").see(f"/queue/{line.id}")
    assert "転送された元の差出人（未確認）" in page
    assert "転送した総合通信局" in page
    assert "差出人と同じ" not in page


def why(page: str) -> list[tuple[str, str]]:
    """(the reason, how many more) of each row that has one."""
    return re.findall(r'class="why"><span>(.*?)</span>(?:<span class="keep">(.*?)</span>)?</span>', page)


def under_review(office: Office, draft_id: int, *findings: Finding, **values: object) -> None:
    """The letter stands under 要確認, for these findings."""
    with office.store.write() as db:
        row = db.execute(sa.select(DRAFT.c.content).where(DRAFT.c.id == draft_id)).one()
        content = to_json(replace(from_json(LetterText, row.content), findings=findings))
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft_id).values(review=True, content=content, **values))


def finding(check: str, message: str, severity: Severity = Severity.REVIEW) -> Finding:
    return Finding(
        check=check, severity=severity, where="本文", found=None, expected=None, message=message, clause=None
    )


SCOPE = finding("scope", "庁舎内のネットワーク整備を含む取組です。対象になるか確かめてください。")


def test_the_row_says_why_a_person_looks_first(busy: Office, browser: Browsers) -> None:
    one, found = browser("佐藤"), letters(busy)
    assert why(one.see("/queue?pane=list")) == []
    under_review(
        busy, found["receipt"], SCOPE, finding("look", "<b>ほか</b>の用件です。"), finding("domain", "参考です。", Severity.NOTE)
    )  # fmt: skip
    under_review(
        busy, found["receipt2"], finding("round-late", "時計が合いません（3月27日（金）9時20分）。確かめてください。")
    )
    page = one.see("/queue?pane=list")
    assert sorted(why(page)) == [
        ("庁舎内のネットワーク整備を含む取組です", "ほか1件"), ("時計が合いません", ""),
    ]  # fmt: skip
    assert "<b>ほか</b>" not in one.see(f"/queue/{found['receipt']}")
    with busy.store.write() as db:  # what is old is no longer looked at for this
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == found["receipt"]).values(state="stale", live=False))
    assert why(one.see("/queue?pane=list")) == [("時計が合いません", "")]


@pytest.mark.parametrize(
    ("findings", "values", "shown"),
    [
        pytest.param((), {"reason": overtaken_by(7)}, ("この団体から別のメールも届いています", ""), id="another-mail"),
        pytest.param((SCOPE,), {"reason": NOTICE}, ("庁舎内のネットワーク整備を含む取組です", ""), id="a-notice-is-no-reason"),
        pytest.param((finding("attachment-link", "お送りください。", Severity.FIX),), {}, ("リンクに替わった添付", ""), id="look-first"),
        pytest.param((), {"template": ANSWERING}, (TO_READ, ""), id="answers"),
        pytest.param((SCOPE, SCOPE), {}, ("庁舎内のネットワーク整備を含む取組です", ""), id="said-twice"),
    ],
)  # fmt: skip
def test_every_cause_to_look_first(
    busy: Office, browser: Browsers, findings: tuple[Finding, ...], values: dict[str, object], shown: tuple[str, str]
) -> None:
    under_review(busy, letters(busy)["receipt"], *findings, **values)
    assert why(browser("佐藤").see("/queue?pane=list")) == [shown]


def test_a_reason_from_a_mail_that_was_sent_by_mistake_is_not_shown(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["receipt"]
    under_review(busy, draft, SCOPE)
    view = busy.store.draft(draft)
    assert view is not None
    assert view.line.mail_id is not None
    hidden = hide_mail(busy.store, view.line.mail_id, why="誤送信", user="佐藤", now=busy.now())
    assert not isinstance(hidden, Refused)
    with busy.store.write() as db:
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft).values(state="waiting", live=True))
    page = one.see("/queue?pane=list")
    assert "要確認" in page
    assert why(page) == []


def test_rows_with_reasons_cost_no_questions_to_the_database(busy: Office, browser: Browsers) -> None:
    one, asked = browser("佐藤"), []

    def count() -> int:
        asked.clear()
        one.see("/queue?pane=list")
        return len(asked)

    sa.event.listen(busy.store.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    count()  # what is kept for some seconds is made once
    before = count()
    for draft in letters(busy).values():
        under_review(busy, draft, SCOPE)
    assert len(why(one.see("/queue?pane=list"))) == 4
    assert count() == before


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("公募期間（令和8年3月4日（水）0時00分から）の外に届きました。", "公募期間の外に届きました"),
        ("「終わりました。次へ」と書かれています。確かめてください。", "「終わりました。次へ」と書かれています"),
        ("（全部が括弧の中）", "（全部が括弧の中）"),
        ("閉じない（括弧", "閉じない"),
        ("句点なし", "句点なし"),
        ("", ""),
    ],
)
def test_the_gist_of_a_message(message: str, said: str) -> None:
    assert gist(message) == said


def test_in_a_group_by_its_deadline_each_row_says_on_which_day_its_mail_came(busy: Office, browser: Browsers) -> None:
    rows = re.findall(r"</b><small>(.*?)</small>", browser("佐藤").see("/queue?pane=list"))
    assert "3月25日" in rows
    assert "9:00" in rows or "9:30" in rows
