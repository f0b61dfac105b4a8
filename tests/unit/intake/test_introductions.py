"""Who a mail's writer says to be: an office in full is its body's; another body, a firm or a building beside the town's name is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.intake.introductions import of_words
from mailflow.intake.organizations import directory_of
from mailflow.settings.load import load
from tests.unit.judging.build import mail

DIRECTORY = directory_of(load(Path(__file__).parents[3] / "config", {}))


@pytest.mark.parametrize(
    ("text", "in_full"),
    [
        ("岩手県紫波町企画課の高橋です。", True),
        ("栃木県那珂川町企画財政課の井上です。", True),
        ("長野県飯田市役所 総務課の山口です。", True),
        ("長野県飯田市の山口です。", False),
        ("長野県飯田市社会福祉協議会総務課の山口です。", False),
        ("長野県飯田市立病院総務課の山口です。", False),
        ("長野県飯田市観光協会事務局の山口です。", False),
        ("長野県飯田市の株式会社見本営業部の山口です。", False),
        ("長野県飯田市様担当の見本商事営業部の山口です。", False),
        ("よろしくお願いします。\n長野県飯田市農業協同組合 企画課", False),
        ("よろしくお願いします。\n長野県飯田市追手町二丁目 見本ビル 営業部 山口", False),
        ("よろしくお願いします。\n福島県天栄村 総務課", True),
    ],
)
def test_an_office_in_full(text: str, in_full: bool) -> None:
    assert of_words(mail(text=text), None, DIRECTORY)[1] is in_full
