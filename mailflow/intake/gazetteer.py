"""The places of the code list under every spelling that means them (DESIGN §4 "Organizations").

`Gazetteer` holds the indexes that `organizations.Directory` reads by; all its keys but those of `exact` are folded.
Nothing here decides how sure a name is. Pure, immutable once built; the seldom used indexes are made at first need.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from mailflow.intake.folding import fold, fold_table
from mailflow.settings.reference import Municipality, Reference

MAX_NEAR = 5
LONGEST_NAME = 24

_COUNTY = re.compile(r"([^郡]{1,7}郡)([^郡].{1,20})")
# Between two bodies of one bracket, folded. A prefecture is also followed by a mere dot: 「長野県・飯田市」.
_AND = re.compile(r"及ビ|オヨビ|並ビニ|ナラビニ|[・、,/&+ト]")
_MARKS = frozenset("・、,/")
_ELSEWHERE = "also the official name"  # in a variant's note


class Hit(NamedTuple):
    """A place, and the ward of it that was named."""

    place: Municipality
    ward: str | None = None

    @property
    def full_name(self) -> str:
        place = self.place
        return place.name if place.kind == "prefecture" else place.prefecture + place.name


Hits = tuple[Hit, ...]


class Gazetteer:
    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._table = fold_table(reference.folds)
        self.places = reference.municipalities
        self.by_code = {place.code: place for place in self.places}
        self.prefectures = {self.fold(p.name): p.name for p in self.places if p.kind == "prefecture"}
        self.short = {short[:-1]: name for short, name in self.prefectures.items() if name != "北海道"}
        self.exact: dict[str, Hits] = {}
        self.folded: dict[str, Hits] = {}
        self.former: dict[str, Hits] = {}
        self._index()
        self._index_variants()

    def fold(self, text: str) -> str:
        return fold(text, self._table)

    # --- reading ------------------------------------------------------------------------------------------------------

    def told(self, folded: str) -> tuple[str | None, str]:
        """The prefecture that leads, and the rest."""
        for length in (3, 4):
            if named := self.prefectures.get(folded[:length]):
                return named, folded[length:]
        return None, folded

    def shortened(self, folded: str) -> tuple[str | None, str]:
        """「長野飯田市」: a prefecture without its last character, before a name of that prefecture or alone."""
        for length in (2, 3):
            named = self.short.get(folded[:length])
            if named is None:
                continue
            rest = folded[length:]
            if not rest or self.within(self.folded.get(rest, ()), named):
                return named, rest
        return None, folded

    def leading(self, folded: str) -> tuple[Hits, str, str] | None:
        """The longest place at the start, as it stands there, and the rest."""
        for end in range(min(len(folded) - 1, LONGEST_NAME), 1, -1):
            if hits := self.folded.get(folded[:end]):
                return hits, folded[:end], folded[end:]
        return None

    @staticmethod
    def within(hits: Hits, prefecture: str) -> Hits:
        return tuple(hit for hit in hits if hit.place.prefecture == prefecture)

    def closest(self, folded: str, choices: dict[str, Hits], cutoff: float) -> list[Hit]:
        near = process.extract(
            folded, choices.keys(), scorer=JaroWinkler.normalized_similarity, limit=MAX_NEAR, score_cutoff=cutoff
        )
        return [hit for name, _, _ in near for hit in choices[name]]

    def spelt(self, folded: str) -> Hits:
        """Without doubt, though not as the code list writes it."""
        if hits := self.folded.get(folded):
            return hits
        prefecture, rest = self.told(folded)
        if prefecture is None:
            prefecture, rest = self.shortened(folded)
            if prefecture is None:
                return self.without_county(folded, None)
            if not rest:  # 「東京」; 「長野」 may be the city too
                return () if (folded in self.stems) else self.folded[self.fold(prefecture)]
        hits = self.within(self.folded.get(self.fold(prefecture) + rest, ()), prefecture)
        if not hits:
            hits = self.without_county(rest, prefecture)
        if not hits:
            hits = self.within(self.stems.get(rest, ()), prefecture)
        if not hits:
            hits = self.within(self.lone_wards.get(rest, ()), prefecture)
        return hits

    def without_county(self, folded: str, prefecture: str | None) -> Hits:
        """A wrong county before a name that needs none: 「上伊那郡阿智村」."""
        match = _COUNTY.fullmatch(folded)
        if not match:
            return ()
        hits = self.folded.get(match[2], ())
        if prefecture:
            return self.within(self.folded.get(self.fold(prefecture) + match[2], hits), prefecture)
        return tuple(hit for hit in hits if (hit.place.prefecture, match[1]) in self.counties)

    def county_elsewhere(self, folded: str) -> Hits:
        """What 「筑紫郡那珂川町」 may be: a county that is no part of the prefecture where there is such a name now."""
        match = _COUNTY.fullmatch(folded)
        return (*self.former.get(match[2], ()), *self.folded.get(match[2], ())) if match else ()

    def together(self, folded: str) -> tuple[list[Hits], str]:
        """The bodies that stand side by side from the start, and what follows them. A prefecture beside one of its
        municipalities, with no more than a mark between, only says where that is; without even a mark two bodies stand
        together only within one prefecture."""
        groups: list[Hits] = []
        prefecture, mark, rest = None, "・", folded
        while len(groups) < MAX_NEAR and (found := self.leading(f"{rest}$")):
            hits, _, behind = found
            if prefecture:
                hits = self.within(hits, prefecture) or (hits if mark else ())
            if not hits:
                break
            place, behind = hits[0].place, behind.removesuffix("$")
            match = _AND.match(behind)
            after = behind[match.end() :] if match else behind
            where = place.kind == "prefecture" and (
                (prefecture == place.prefecture and mark in ("", *_MARKS))
                or ((match is None or match[0] in _MARKS) and self._leads(after, place.prefecture))
            )
            if not where and hits not in groups:
                groups.append(hits)
            prefecture, mark, rest = place.prefecture, match[0] if match else "", after
        return groups, rest.strip("【】・、,")

    def _leads(self, folded: str, prefecture: str) -> bool:
        found = self.leading(f"{folded}$")
        return found is not None and bool(self.within(found[0], prefecture))

    def stems_behind_a_short_prefecture(self, folded: str) -> Hits:
        """「福島伊達」: both without their last character."""
        for length in (2, 3):
            named = self.short.get(folded[:length])
            if named and (hits := self.within(self.stems.get(folded[length:], ()), named)):
                return hits
        return ()

    # --- indexes ------------------------------------------------------------------------------------------------------

    def _index(self) -> None:
        exact: dict[str, list[Hit]] = defaultdict(list)
        folded: dict[str, list[Hit]] = defaultdict(list)
        for place in self.places:
            hit = Hit(place)
            if place.kind == "prefecture":
                exact[place.name].append(hit)
                folded[self.fold(place.name)].append(hit)
                continue
            for spelt, index in (
                ((place.prefecture, place.county, place.name), exact),
                (self._fold_all(place), folded),
            ):
                prefecture, county, name = spelt
                index[name].append(hit)
                index[prefecture + name].append(hit)
                if county:
                    index[county + name].append(hit)
                    index[prefecture + county + name].append(hit)
        for ward in self._reference.wards:
            city = self.by_code.get(ward.parent)
            if city is None:
                continue
            hit, name = Hit(city, ward.name), ward.city + ward.name
            for lead in ("", ward.prefecture):
                exact[lead + name].append(hit)
                folded[self.fold(lead + name)].append(hit)
        self.exact = {key: tuple(hits) for key, hits in exact.items()}
        self.folded = {key: tuple(hits) for key, hits in folded.items()}

    def _fold_all(self, place: Municipality) -> tuple[str, str, str]:
        return self.fold(place.prefecture), self.fold(place.county) if place.county else "", self.fold(place.name)

    def _index_variants(self) -> None:
        """Listed spellings that folding alone doesn't reach. One that is official elsewhere, or a former name, counts
        only with its prefecture; `confusion` never: that name is another body's."""
        for row in self._reference.variants:
            place = self.by_code.get(row.code)
            if place is None or row.kind == "confusion":
                continue
            name, hit = self.fold(row.variant), Hit(place)
            if hit in self.folded.get(name, ()):
                continue
            whole = self.fold(place.prefecture) + name
            self.folded.setdefault(whole, (hit,))
            if row.kind == "former":
                self.former[name] = (*self.former.get(name, ()), hit)
            elif row.kind != "former" and _ELSEWHERE not in row.note and name not in self.folded:
                self.folded[name] = (hit,)

    @cached_property
    def stems(self) -> dict[str, Hits]:
        """Names without 市区町村: 「飯田」."""
        return _grouped((self.fold(p.name)[:-1], Hit(p)) for p in self.places if p.kind != "prefecture")

    @cached_property
    def counties(self) -> frozenset[tuple[str, str]]:
        """(prefecture, 郡), the latter folded."""
        return frozenset((p.prefecture, self.fold(p.county)) for p in self.places if p.county)

    @cached_property
    def lone_wards(self) -> dict[str, Hits]:
        """Wards of designated cities by their own name; read only where the prefecture is told."""
        rows = self._reference.wards
        return _grouped(
            (self.fold(row.name), Hit(self.by_code[row.parent], row.name)) for row in rows if row.parent in self.by_code
        )

    @cached_property
    def coded(self) -> dict[str, Hit]:
        wards = {row.code: Hit(self.by_code[row.parent], row.name) for row in self._reference.wards}
        return {**wards, **{code: Hit(place) for code, place in self.by_code.items()}}

    @cached_property
    def names(self) -> dict[str, Hits]:
        return _grouped((self.fold(p.name), Hit(p)) for p in self.places)

    @cached_property
    def full_names(self) -> dict[str, Hits]:
        return _grouped((self.fold(Hit(p).full_name), Hit(p)) for p in self.places)

    @cached_property
    def names_in(self) -> dict[str, dict[str, Hits]]:
        by_prefecture: dict[str, list[tuple[str, Hit]]] = defaultdict(list)
        for p in self.places:
            by_prefecture[p.prefecture].append((self.fold(p.name), Hit(p)))
        return {prefecture: _grouped(rows) for prefecture, rows in by_prefecture.items()}


def _grouped(rows: Iterable[tuple[str, Hit]]) -> dict[str, Hits]:
    groups: dict[str, list[Hit]] = defaultdict(list)
    for key, hit in rows:
        groups[key].append(hit)
    return {key: tuple(hits) for key, hits in groups.items()}
