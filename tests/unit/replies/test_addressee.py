"""Who a letter is addressed to, from a display name alone (letters.md §5)."""

from __future__ import annotations

import pytest

from mailflow.replies.addressee import called


@pytest.mark.parametrize(
    ("display_name", "expected"),
    [
        pytest.param("山口 さくら", "山口 さくら 様", id="person"),
        pytest.param("村上 町子", "村上 町子 様", id="a-surname-that-could-be-a-village"),
        pytest.param("髙﨑　𠮷郎", "髙﨑　𠮷郎 様", id="full-width-space-kept"),
        pytest.param("山口 さくら 様", "山口 さくら 様", id="already-sama"),
        pytest.param("企画課", "企画課 御中", id="section"),
        pytest.param("川原町企画課", "川原町企画課 御中", id="town-and-section"),
        pytest.param("川原町役場", "ご担当者 様", id="office"),
        pytest.param("川原町 企画", "ご担当者 様", id="not-a-person"),
        pytest.param("kikaku@town.kawara.example", "ご担当者 様", id="address"),
        pytest.param("山口", "ご担当者 様", id="one-word-may-be-anything"),
        pytest.param("?山 太郎", "ご担当者 様", id="spoilt-by-a-gateway"),
        pytest.param("〓﨑 太郎", "ご担当者 様", id="geta"),
        pytest.param("", "ご担当者 様", id="none"),
        pytest.param("山口 さくら\r\nBcc: a@b.example", "ご担当者 様", id="header-injection"),
    ],
)
def test_called(display_name: str, expected: str) -> None:
    assert called(display_name) == expected
