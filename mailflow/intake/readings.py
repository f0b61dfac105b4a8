"""Places by how they are read: 「イイダシ」「いいだ市」「Iida City」「Achi-mura, Nagano」.

In: a name in kana, kana with 市区町村, or Latin letters. Out: the places it may mean and whether the text says enough to
take a single one. Pure. Romaji is simple Hepburn made from the code list's kana: long vowels, apostrophes, hyphens
and m/n before b, m, p don't count; other romanisations are not read.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache

import jaconv

from mailflow.settings.reference import Municipality

Places = tuple[Municipality, ...]

_ENDINGS = {
    "市": ("シ",),
    "区": ("ク",),
    "町": ("チョウ", "マチ"),
    "村": ("ムラ", "ソン"),
    "県": ("ケン",),
    "府": ("フ",),
    "都": ("ト",),
}
_ENGLISH = {
    "city": "市区",
    "town": "町",
    "village": "村",
    "ward": "区",
    "prefecture": "県府都道",
    "pref": "県府都道",
    "metropolitan": "都",
    "metropolis": "都",
}
_FILLERS = frozenset({"of", "the", "hall", "office", "government", "japan"})
_LATIN_WORD = re.compile(r"[a-z]{1,40}?(?=city|town|village|ward|pref|metropol)|[a-z]{1,40}")


def _stem(reading: str, name: str) -> str:
    for ending in _ENDINGS.get(name[-1], ()):
        if reading.endswith(ending):
            return reading[: -len(ending)]
    return reading


def _latin(text: str) -> str:
    """Letters only, folded so that usual ways to write one reading are the same."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in plain if "a" <= c <= "z")
    for long, short in (
        ("ou", "o"),
        ("oo", "o"),
        ("uu", "u"),
        ("tch", "cch"),
        ("mb", "nb"),
        ("mp", "np"),
        ("mm", "nm"),
    ):
        letters = letters.replace(long, short)
    return letters


def _hepburn(kana: str) -> str:
    return _latin(str(jaconv.kana2alphabet(jaconv.kata2hira(kana))))


@cache
def _prefecture_latin(kana: str, name: str) -> tuple[str, str]:
    return _hepburn(kana), _hepburn(_stem(kana, name))


class Readings:
    """Indexes by reading; made once per directory, when a name first needs it."""

    def __init__(self, places: Iterable[Municipality], fold: Callable[[str], str]) -> None:
        self._kana: dict[str, set[Municipality]] = defaultdict(set)
        self._latin: dict[str, set[Municipality]] = defaultdict(set)
        self._latin_stems: dict[str, set[Municipality]] = defaultdict(set)
        self._prefectures: dict[str, str] = {}
        self._fold = fold
        for place in places:
            self._add(place)

    def _add(self, place: Municipality) -> None:
        reading, prefecture = place.name_kana, place.prefecture_kana
        latin = _hepburn(reading)
        if place.kind == "prefecture":
            self._kana[self._fold(reading)].add(place)
            self._latin[latin].add(place)
            stem = _hepburn(_stem(reading, place.name))
            self._prefectures |= {latin: place.prefecture, stem: place.prefecture}
            self._latin_stems[stem].add(place)
            return
        mixed = _stem(reading, place.name) + place.name[-1]
        for lead in ("", prefecture, place.prefecture):
            self._kana[self._fold(lead + reading)].add(place)
            self._kana[self._fold(lead + mixed)].add(place)
        self._latin[latin].add(place)
        for lead in _prefecture_latin(prefecture, place.prefecture):
            self._latin[lead + latin].add(place)
        self._latin_stems[_hepburn(_stem(reading, place.name))].add(place)

    def kana(self, folded: str) -> Places:
        """Places read so, the prefecture before it or not, the office behind it or not. By code, as all here."""
        if folded not in self._kana:
            folded = folded.removesuffix("ヤクショ").removesuffix("ヤクバ")
        return tuple(sorted(self._kana.get(folded, ())))

    def latin(self, text: str) -> tuple[Places, bool]:
        """Places written so in Latin letters; True where a kind or a prefecture was said with it."""
        plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
        parts = [part for part in re.split(r"[,、/]", plain) if part.strip()][:4]
        words = [[w for w in _LATIN_WORD.findall(part) if w not in _FILLERS] for part in parts]
        keys = [_latin("".join(w for w in part if w not in _ENGLISH)) for part in words]
        kinds = "".join(_ENGLISH[w] for w in words[0] if w in _ENGLISH) if words else ""
        told = next((self._prefectures[key] for key in keys[1:] if key in self._prefectures), None)
        key = keys[0] if keys else ""
        whole, stem = self._latin.get(key, set()), self._latin_stems.get(key, set())
        found = (stem or whole) if kinds else whole | stem if told else whole or stem
        if told:
            found = {place for place in found if place.prefecture == told}
        if kinds:
            found = {place for place in found if place.name[-1] in kinds}
        return tuple(sorted(found)), bool(told or kinds or key in self._latin)
