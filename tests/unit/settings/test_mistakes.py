"""Mistakes of the office, each in the shipped configuration: one cause is one error, at its place, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.settings.bundle import bundle_of, read_bundle
from mailflow.settings.load import build, check
from mailflow.settings.problems import ConfigErrors, Problem, width
from mailflow.settings.suite import suite_of

ROOT = Path(__file__).parents[3]
MAILFLOW, RULES, FORM, CONSULTATION, FAQ, PARTIES = (
    f"config/{name}.yaml" for name in ("mailflow", "rules", "form", "consultation", "faq", "parties")
)
LETTER = "templates/receipt.j2"
CLOSES = "closes: 2026-03-26 16:00"
HOURS = "hours: [10:00-12:00, 13:00-17:00]"
NAME = "{{ round.name }}へのご応募"


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    return dict(read_bundle(ROOT / "config").files)


def told(files: dict[str, bytes]) -> list[Problem]:
    try:
        build(bundle_of(files), {})
    except ConfigErrors as errors:
        return [one for one in errors.problems if one.severity == "error"]
    return []


@pytest.mark.parametrize(
    ("file", "was", "now", "marked", "hint"),
    [
        # days and times
        pytest.param(MAILFLOW, CLOSES, "closes: 2026-03-26 4:00 PM", "2026-03-26 4:00 PM", "", id="afternoon"),
        pytest.param(MAILFLOW, CLOSES, "closes: 2026–03–26 16:00", "2026–03–26 16:00", "", id="dashes-of-a-word-processor"),
        pytest.param(CONSULTATION, "remind_at: 10:00", "remind_at: 10時半", "10時半", "`10:30` と書いて", id="hour-in-words"),
        pytest.param(CONSULTATION, "  at: 16:00", "  at: 16：00", "16：00", "`16:00` と書いて", id="full-width-time"),
        pytest.param(CONSULTATION, "  at: 16:00", "  at: 24:00", "24:00", "23:59", id="hour-24"),
        pytest.param(CONSULTATION, HOURS, "hours: [9-12時]", "9-12時", "`9:00-12:00` と書いて", id="span-of-hours"),
        pytest.param(CONSULTATION, HOURS, "hours: [10:00-13:00, 12:00-17:00]", "12:00-17:00", "13:00 より後", id="overlap"),
        pytest.param(CONSULTATION, "# closed: [2026-03-13]", "closed: [3/13]", "3/13", "", id="day-without-year"),
        # lengths, numbers, yes and no
        pytest.param(MAILFLOW, "undo: 30s", "undo: 30秒", "30秒", "`30s` と書いて", id="seconds"),
        pytest.param(MAILFLOW, "undo: 30s", "undo: 30", "30", "30s（30秒）", id="no-unit"),
        pytest.param(MAILFLOW, "quiet_before: 4h", "quiet_before: 1時間30分", "1時間30分", "`90m` と書いて", id="hour-and-a-half"),
        pytest.param(MAILFLOW, "history: 14d", "history: 2週間", "2週間", "`14d` と書いて", id="weeks"),
        pytest.param(MAILFLOW, "reply_budget: 10 ", "reply_budget: 10通 ", "10通", "`10` と", id="number-with-a-word"),
        pytest.param(MAILFLOW, "sending: true", "sending: いいえ", "いいえ", "`false` と書いて", id="no-in-words"),
        pytest.param(CONSULTATION, "holidays: true", "holidays: 春分の日", "春分の日", "`true`", id="holiday-for-yes"),
        # lists and choices
        pytest.param(CONSULTATION, "weekdays: [月, 火, 水, 木, 金]", "weekdays: 月火水", "月火水", "`[月, 火, 水]`", id="weekdays-in-a-row"),
        pytest.param(CONSULTATION, "weekdays: [月, 火, 水, 木, 金]", "weekdays: [月-水]", "月-水", "`月, 火, 水` と", id="weekdays-from-to"),
        pytest.param(CONSULTATION, "weekdays: [月, 火, 水, 木, 金]", "weekdays: [月、火]", "月、火", "`月, 火` と", id="weekdays-by-a-japanese-comma"),
        pytest.param(CONSULTATION, "weekdays: [月, 火, 水, 木, 金]", "weekdays: [火曜と水曜]", "火曜と水曜", "`火, 水` と", id="weekdays-in-words"),
        pytest.param(CONSULTATION, "methods: [online, phone]", "methods: [オンラインと電話]", "オンラインと電話", "`online, phone` と", id="choices-in-words"),
        pytest.param(CONSULTATION, "methods: [online, phone]", "methods: [電話]", "電話", "`phone` と書いて", id="choice-in-japanese"),
        pytest.param(FORM, "labels: [都道府県, 県名, 所在都道府県]", "labels: ［都道府県, 県名］", "［都道府県, 県名］", "半角で `[都道府県, 県名]`", id="full-width-brackets"),
        pytest.param(RULES, "    - round-late\n", "    -round-late\n", "-", "空白を1つ", id="dash-without-space"),
        pytest.param(FORM, "- {value: 都道府県, accept: [県, 都, 道, 府]}", "- 都道府県", "都道府県", "`{value: 都道府県}`", id="word-for-a-part"),
        pytest.param(MAILFLOW, "receipt: {approval: one} ", "receipt: one ", "one", "`{approval: one}`", id="approval-alone"),
        # names
        pytest.param(RULES, "- id: question-on-files", "- id: a", "a", "1字では足りません", id="id-of-one-letter"),
        pytest.param(RULES, "- id: question-on-files", "- id: Question_on", "Q", "`question-on` と書けます", id="id-with-capitals"),
        pytest.param(MAILFLOW, "    closes: ", "    締切: ", "締切", "`closes` と書きます", id="key-in-japanese"),
        pytest.param(MAILFLOW, "receipt: {approval: one} ", "receipt: {approval:one} ", "approval:one", "`approval: one`", id="colon-without-space-in-braces"),
        pytest.param(RULES, "      reply: when-results", "      reply: なし", "なし", "`none` と書きます", id="no-reply"),
        pytest.param(RULES, "  - id: thanks\n", "  - id: promise\n", "promise", "別の名前", id="rule-twice"),
        pytest.param(RULES, "- check: duplicate", "- check: subject-name", "subject-name", "duplicate の設定のほう", id="check-named-as-another"),
        pytest.param(RULES, "- check: round-late", "- check: round-open", "round-open", "round-late の設定のほう", id="check-named-as-one-above"),
        pytest.param(RULES, "- check: subject-name", "- check: round-late", "round-late", "subject-name の設定のほう", id="check-named-as-one-below"),
        pytest.param(RULES, 'work_opens: "8:30"', "work_opens: 8時半", "8時半", "`8:30` と書いて", id="work-from-half-past"),
        pytest.param(PARTIES, "domains: [soumu.go.jp]", 'domains: ["*.soumu.go.jp"]', '"*.soumu.go.jp"', "`soumu.go.jp` とだけ", id="star-in-a-domain"),
        pytest.param(PARTIES, "domains: [soumu.go.jp]", "domains: [*.soumu.go.jp]", "*", "引用符", id="star-without-quotes"),
        pytest.param(PARTIES, "domains: [soumu.go.jp]", "domains: [soumu.-go.jp]", "soumu.-go.jp", "", id="hyphen-in-a-domain"),
        # YAML
        pytest.param(MAILFLOW, "  - id: R8-1 ", "- id: R8-1 ", "- id", "空白を 2 個", id="item-too-far-left"),
        pytest.param(MAILFLOW, "  url: smtp://localhost:25", "url: smtp://localhost:25", "url", "空白 2 個", id="key-too-far-left"),
        pytest.param(FAQ, "answer: |-\n      Aコース", "answer: |-\n    Aコース", None, "より深く", id="text-not-indented"),
        pytest.param(MAILFLOW, "result: 4月上旬頃", "result: [4月上旬]頃", "頃", "引用符", id="bracket-first"),
        pytest.param(MAILFLOW, "receipt: {approval: one} ", "receipt: ｛approval: one｝ ", "｛", "半角の `{ }`", id="full-width-braces"),
        pytest.param(RULES, "message: 前に届いた応募様式と同じ", "message: # 前に届いた応募様式と同じ", "message", "覚え書き", id="swallowed-by-a-hash"),
        pytest.param(MAILFLOW, "rounds:\n", "<<<<<<< mine\nrounds:\n", "<", "消して", id="two-versions-put-together"),
        pytest.param(MAILFLOW, "sending: true", "sending: true\nextra: &x [*x]", "*x", "`&x` の外", id="alias-in-its-own-anchor"),
        pytest.param(RULES, "then:\n      reply: when-results", "then:\n    reply: when-results", "reply", "空白を 6 個", id="keys-beside-their-part"),
        pytest.param(CONSULTATION, "pattern:\n", "", "weekdays", "消した行を戻して", id="heading-of-a-part-gone"),
        pytest.param(CONSULTATION, "hosts:\n", "", "- id", "消した行を戻して", id="heading-of-a-list-gone"),
        pytest.param(MAILFLOW, "  templates:\n", "", "receipt", "消した行を戻して", id="heading-inside-a-part-gone"),
        pytest.param(MAILFLOW, "approval:\n", "", "undo", "行の頭から `approval:`", id="heading-between-two-parts-gone"),
        pytest.param(RULES, "rules:\n", "", "id", "行の頭から `rules:`", id="heading-between-two-lists-gone"),
        pytest.param(FORM, "    sections:\n", "", "title", "空白を 4 個入れて `sections:`", id="heading-of-a-list-in-an-item-gone"),
        pytest.param(CONSULTATION, "  weekdays: [", "   weekdays: [", "weekdays", "空白を 2 個", id="first-key-a-space-too-deep"),
        pytest.param(CONSULTATION, "  weekdays: [", " weekdays: [", "weekdays", "空白を 2 個", id="first-key-a-space-short"),
        pytest.param(FAQ, "  - id: how-to-apply", " - id: how-to-apply", "-", "そこは 2 個", id="item-a-space-short"),
        pytest.param(RULES, "      and 'apply' not in intents and 'replace' not in", "    and 'apply' not in intents and 'replace' not in", None, "空白を 6 個", id="text-that-goes-on-less-deep"),
        pytest.param(CONSULTATION, "remind_at: 10:00  ", "remind_at: 10:00 :", ":", "消して", id="colon-behind-a-value"),
        pytest.param(CONSULTATION, "one_active: true", "one_active:　true", "　", "半角の空白", id="full-width-space-behind-a-colon-above-notes"),
        pytest.param(CONSULTATION, "  at: 16:00", "  at 16:00", None, "`名前: 値`", id="last-line-without-colon"),
        pytest.param(CONSULTATION, "opens_before: 10m", "[pens_before: 10m", "[", "消して", id="bracket-for-a-letter"),
        pytest.param(CONSULTATION, "火, 水", "火, , 水", ",", "余分な `,`", id="comma-twice"),
        # templates
        pytest.param(LETTER, "{% block text %}", "{% block subject %}x{% endblock %}{% block text %}", "block", "1つにまとめる", id="block-twice"),
        pytest.param(LETTER, NAME, "{ round.name }へのご応募", "{ round.name }", "`{{ round.name }}`", id="one-brace"),
        pytest.param(LETTER, NAME, "{{ round.name へのご応募", "{", "のように閉じます", id="not-closed"),
        pytest.param(LETTER, NAME, "{{ round name }}へのご応募", "n", "`round.name`", id="space-for-a-dot"),
        pytest.param(LETTER, "{% if confirms %}\n修正", "{% endif %}\n{% if confirms %}\n修正", "e", "消して", id="one-end-too-many"),
        pytest.param(LETTER, "{% if confirmed %}", "{% fi confirmed %}", "f", "`if` では", id="misspelt-statement"),
        pytest.param(LETTER, "{% else %}", "{% else if confirmed %}", "i", "elif", id="else-if"),
        pytest.param(LETTER, "confirms | length", "confirms ｜ length", "｜", "半角の `|`", id="full-width-bar"),
        pytest.param(LETTER, '{% include "_foot.j2" %}', "{% include _foot.j2 %}", "_foot.j2", 'include "_foot.j2"', id="include-without-quotes"),
    ],
)  # fmt: skip
def test_one_cause_is_one_error(
    file: str, was: str, now: str, marked: str | None, hint: str, whole: dict[str, bytes]
) -> None:
    text = whole[file].decode()
    assert was in text
    found = told({**whole, file: text.replace(was, now, 1).encode()})
    (one,) = found
    assert one.file == file
    assert hint in (one.hint or "")
    if marked is not None:
        assert one.source_line is not None
        assert one.column is not None
        assert one.source_line[one.column - 1 : one.column - 1 + one.length] == marked


@pytest.mark.parametrize(
    ("file", "was", "now", "marked", "hint"),
    [
        pytest.param(MAILFLOW, "watch: [INBOX]", "watch: [INBOX、応募]", "、", "引用符", id="names-by-a-japanese-comma"),
        pytest.param(MAILFLOW, "watch: [INBOX]", "watch: [\n INBOX，応募,\n ]", "，", "`, `", id="by-a-full-width-comma"),
        pytest.param(MAILFLOW, "name: 1次公募 ", "name: “1次公募” ", "“1次公募”", "`1次公募` と", id="quotes-of-a-word-processor"),
        pytest.param(MAILFLOW, "name: 1次公募 ", "name: 1次公募' ", "1次公募'", "`1次公募` か", id="one-quote"),
    ],
)  # fmt: skip
def test_what_may_be_meant_is_a_warning(
    file: str, was: str, now: str, marked: str, hint: str, whole: dict[str, bytes]
) -> None:
    changed = build(bundle_of({**whole, file: whole[file].decode().replace(was, now, 1).encode()}), {})
    (one,) = changed.warnings
    assert one.startswith(f"{file}:")
    assert hint in one
    line, caret = one.split("\n")[1:3]
    start = next(place for place in range(len(line)) if width(line[:place]) == len(caret) - len(caret.lstrip()))
    assert line[start : start + len(marked)] == marked


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        pytest.param(MAILFLOW, "watch: [INBOX]", "watch: [INBOX, '応募、質問']", id="in-quotes"),
        pytest.param(FAQ, "asks:\n", "asks:\n      - 締切、いつ\n", id="in-a-block"),
        pytest.param(FORM, "accept: [県, 都, 道, 府]", "accept: [自治体内での予算要求や資金計画、マネタイズの仕組みの検討]", id="a-sentence"),
        pytest.param(MAILFLOW, "name: 1次公募 ", "name: “1次”と“公募” ", id="quotes-that-only-begin-and-end-it"),
        pytest.param(MAILFLOW, "name: 1次公募 ", "name: '“1次公募”' ", id="quotes-in-quotes"),
        pytest.param(MAILFLOW, "    watch: [INBOX]", "    watch: &x [INBOX]\n    junk: &x [Junk]\n    #", id="anchor-twice"),
    ],
)  # fmt: skip
def test_what_is_meant_is_not_told(file: str, was: str, now: str, whole: dict[str, bytes]) -> None:
    text = whole[file].decode()
    if "junk: &x" in now:
        text = text.replace("    junk: [Junk]", "    # ", 1)
    assert was in text
    assert build(bundle_of({**whole, file: text.replace(was, now, 1).encode()}), {}).warnings == ()


@pytest.mark.parametrize(
    ("gone", "hint"),
    [
        pytest.param(("receipt",), "ほかに 4 か所", id="a-letter-that-much-needs"),
        pytest.param(("extension",), "templates/extension.j2 を置くか", id="a-letter-that-one-rule-names"),
        pytest.param(("_foot",), "templates/_foot.j2 を戻して", id="a-part"),
        pytest.param(None, "mailflow init", id="all"),
    ],
)
def test_templates_that_are_not_there(gone: tuple[str, ...] | None, hint: str, whole: dict[str, bytes]) -> None:
    left = {
        path: content
        for path, content in whole.items()
        if not path.startswith("templates/")
        or (gone is not None and path not in {f"templates/{one}.j2" for one in gone})
    }
    (one,) = told(left)
    assert hint in (one.hint or "")


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        pytest.param("consultation-reminder", "前の営業日の確認の手紙は作りません", id="of-the-timer"),
        pytest.param("consultation-bureau", "総合通信局へのお願いの手紙を作れません", id="by-hand"),
        pytest.param("staff-digest", "日報は送りません", id="of-the-digest"),
        pytest.param("reminder", "お知らせは作りません", id="of-fix-requests"),
        pytest.param("deadline-moved", None, id="told-when-it-is-asked-for"),
        pytest.param("letter", None, id="told-when-somebody-writes"),
    ],
)
def test_a_letter_that_no_rule_names_is_missed_without_stopping_the_rest(
    gone: str, said: str | None, whole: dict[str, bytes]
) -> None:
    digest = b"# digest:\n#   to: [mic.dx.tantou@jp.ey.com]"
    assert digest in whole[MAILFLOW]
    files = {
        **whole,
        MAILFLOW: whole[MAILFLOW].replace(digest, b"digest:\n  to: [mic.dx.tantou@jp.ey.com]"),
        RULES: whole[RULES].replace(b"password-request, reminder, part", b"password-request, part"),
    }
    del files[f"templates/{gone}.j2"]
    warnings = build(bundle_of(files), {}).warnings
    assert [f"templates/{gone}.j2 がない" in one and said in one for one in warnings] == ([True] if said else [])


def test_a_letter_named_by_a_rule_and_the_timer_is_missed_once(whole: dict[str, bytes]) -> None:
    left = {path: content for path, content in whole.items() if path != "templates/reminder.j2"}
    with pytest.raises(ConfigErrors) as caught:
        build(bundle_of(left), {})
    assert len(caught.value.problems) == 1


def test_a_file_in_the_place_of_the_templates_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailflow.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "templates").write_text("x", encoding="utf-8")
    _, (one,) = check(tmp_path / "config", {})
    assert one.message == "フォルダーではありません"


def test_templates_that_may_not_be_read_are_not_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A superuser, as tests may be run by, reads every folder: the refusal is made."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailflow.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "templates").mkdir()

    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("mailflow.settings.bundle.os.scandir", refused)
    _, (one,) = check(tmp_path / "config", {})
    assert one.message == "フォルダーを読めません（読む権限がありません）"
    assert "権限を直して" in (one.hint or "")


@pytest.mark.parametrize("name", ["rules.yml", "Rules.yaml", "rules.yaml.txt"])
def test_a_file_of_another_name_is_told_once(name: str, whole: dict[str, bytes]) -> None:
    files = dict(whole)
    files[f"config/{name}"] = files.pop(RULES)
    with pytest.raises(ConfigErrors) as caught:
        build(bundle_of(files), {})
    (one,) = caught.value.problems
    assert one.hint == f"config/{name} の名前を rules.yaml に変えてください"


def test_what_follows_from_a_wrong_default_is_not_told() -> None:
    text = "defaults:\n  at: 3月10日\n  from: a@b.jp\ncases:\n  - test: x\n    text: y\n    expect: {kind: inquiry}\n"
    (one,) = suite_of({"a.yaml": text.encode()}, None).problems
    assert (one.line, one.column) == (2, 7)
