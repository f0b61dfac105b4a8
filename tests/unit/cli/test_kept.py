"""What a long command found, kept in a file and read back."""

from __future__ import annotations

from mailflow.cli.kept import Kept


def test_values_come_back_in_the_order_of_their_numbers_as_often_as_asked() -> None:
    kept: Kept[str]
    with Kept() as kept:
        for number, value in ((3, "三"), (1, "一"), (2, "二" * 10_000)):
            kept.add(number, value)
        assert list(kept) == list(kept) == ["一", "二" * 10_000, "三"]
        assert len(kept) == 3
        kept.add(0, "零")
        assert next(iter(kept)) == "零"


def test_nothing_kept_gives_nothing() -> None:
    kept: Kept[str]
    with Kept() as kept:
        assert list(kept) == []
