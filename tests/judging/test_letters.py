"""What a letter says of the points it asks for: mails of the tables' language, through the pipeline, as their reader sees them."""

from __future__ import annotations

import re

from mailflow.model import Draft
from tests.judging.table_language import Case, written
from tests.judging.test_tables import judged


def letter(name: str, *lines: str) -> Draft:
    (draft,) = judged(Case("letters", 0, written(name, list(lines)), None, None)).drafts
    return draft


def test_a_blank_choice_is_told_what_may_be_chosen() -> None:
    text = letter("blank-choice", "set scope_internal=")
    assert "「含む、含まない」の中から選んでください" in text.text
    assert "記入例" not in text.text  # an example would be advice


def test_several_blanks_of_a_section_keep_their_cells_and_examples() -> None:
    text = letter("three-blanks", "set issues=", "set goal=", "set scope_internal=").text
    point = text[text.index("「４　取組の内容」の欄（3か所）") : text.index("■ 受け取ったファイル")]
    places = re.findall(r"・(\S+)（(?:シート「[^」]+」|同 )([A-Z]+\d+)）", point)
    assert [label for label, _ in places] == ["解決したい地域課題", "目指す姿", "庁舎内ネットワーク整備の有無"]
    assert point.count("記入例　") == 2
    assert "含む、含まない" in point
    assert point.count("ご記入ください") == 1  # said once for all


def test_the_points_follow_the_form() -> None:
    text = letter(
        "all-over", "set team_size=若干名", "set contact_phone=", "set course=A・B", "set visit_ok=要相談", "set theme="
    ).text
    rows = [int(row) for row in re.findall(r"(?m)^\d+ .*?[A-Z]+(\d+)）", text)]
    assert len(rows) == 5
    assert rows == sorted(rows)
