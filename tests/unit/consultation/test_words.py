"""Tables of words put together into patterns: a kind joined of several words stays one kind among others."""

from __future__ import annotations

import re

from mailflow.consultation.reading.words import any_of, either


def test_a_part_of_a_pattern_binds_its_words_together() -> None:
    pattern = re.compile(r"予約" + any_of(r"を|の", r"は") + r"変更")
    assert pattern.fullmatch("予約を変更")
    assert pattern.fullmatch("予約は変更")
    assert not pattern.search("予約")


def test_the_first_that_fits_wins() -> None:
    found = re.match(either(r"でしたら|で", r"でしょう"), "でしょうか")
    assert found is not None
    assert found[0] == "で"
