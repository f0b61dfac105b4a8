"""The tables that come with mailflow: all there, by the counts of their README; and what is said of a broken one."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from mailflow.model import BodyKind
from mailflow.settings.bundle import package_data
from mailflow.settings.problems import ConfigErrors
from mailflow.settings.reference import Reference, load_reference

FILES = {path.removeprefix("data/"): content for path, content in package_data().items()}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference(FILES)


def test_counts(reference: Reference) -> None:
    kinds = Counter(row.kind for row in reference.municipalities)
    assert kinds == {
        "prefecture": 47,
        "designated_city": 20,
        "city": 772,
        "special_ward": 23,
        "town": 743,
        "village": 183,
    }
    assert set(kinds) <= set(BodyKind)
    assert (len(reference.wards), len(reference.domains), len(reference.bureaus)) == (171, 1788, 47)
    assert (len(reference.variants), len(reference.folds), len(reference.homonyms)) == (890, 117, 57)
    assert (len(reference.fiscal), reference.fiscal_years()) == (1786, {2024})


def test_codes_have_their_check_digit(reference: Reference) -> None:
    for row in reference.municipalities:
        total = sum(int(digit) * weight for digit, weight in zip(row.code, (6, 5, 4, 3, 2), strict=False))
        assert int(row.code[5]) == (11 - total % 11) % 10, row


def test_exactly_one_is_one(reference: Reference) -> None:
    index = {row.code: row.index for row in reference.fiscal}
    assert index["132071"] == Decimal(1)  # 昭島市 1.00: 「1以上」 holds
    assert sum(value >= 1 for value in index.values()) == 79


@pytest.mark.parametrize(
    ("file", "content", "line", "message"),
    [
        pytest.param("bureaus.csv", b"prefecture,bureau\n", 1, "prefecture_code がありません", id="column-missing"),
        pytest.param("bureaus.csv", b"", 1, "見出し", id="empty"),
        pytest.param("bureaus.csv", b"prefecture,bureau,prefecture_code\na,b\n", 2, "列の数が 2", id="short-row"),
        pytest.param("bureaus.csv", b'prefecture,bureau,prefecture_code\n"a,b,c\n', 2, "CSV として", id="open-quote"),
        pytest.param(
            "char_folds.csv", "canonical,others,kind,used_in_names\nヶ,ケ,kana,多\n".encode(), 2, "数では", id="number"
        ),
        pytest.param("fiscal_index_2030.csv", b"code,index,year\n12345,0.5,2030\n", 2, "6桁", id="code"),
        pytest.param("fiscal_index_2030.csv", b"code,index,year\n011002,NaN,2030\n", 2, "範囲の外", id="not-a-number"),
        pytest.param("fiscal_index_2030.csv", b"code,index,year\n011002,0.5,R12\n", 2, "西暦", id="year"),
        pytest.param("wards.csv", "コード\n".encode("cp932"), 1, "UTF-8 ではありません", id="shift-jis"),
    ],
)
def test_broken(file: str, content: bytes, line: int, message: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_reference({**FILES, file: content}, own_files=frozenset({file}))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (f"config/data/{file}", line)
    assert message in problem.message


def test_a_missing_table_is_told_and_another_order_of_columns_is_fine() -> None:
    with pytest.raises(ConfigErrors, match=r"data/wards\.csv: 表がありません"):
        load_reference({name: content for name, content in FILES.items() if name != "wards.csv"})
    other = b"\xef\xbb\xbfyear,note,code,index\n2025,x,011002,1.00\n\n"
    rows = load_reference({**FILES, "fiscal_index_2025.csv": other}).fiscal
    assert [(row.code, row.index, row.year) for row in rows if row.year == 2025] == [("011002", Decimal(1), 2025)]
