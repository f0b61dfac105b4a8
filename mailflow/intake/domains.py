"""Which body a mail domain belongs to (`domains.csv`, DESIGN §4 `sender-domain`).

The table holds the domain of each body's *site*; mail often comes from a sibling of it: a town at `town.X.PREF.jp` may
mail from `town.X.lg.jp`. Subdomains count as the domain itself. In: a domain. Out: places; `listed` tells a domain of the
table from one that follows its pattern. Pure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from mailflow.settings.reference import Domain

# A label of the kind, the body's own label, then `lg.jp`, `PREF.jp` or `PREF.lg.jp`.
_REGULAR = re.compile(r"(city|town|vill|village)\.([a-z0-9-]{1,40})\.(?:([a-z]{3,12})\.)?(?:lg\.)?jp")
_PREFECTURAL = re.compile(r"(?:pref|metro)\.([a-z]{3,12})\.(?:lg\.)?jp")
MAX_DOMAIN = 253  # RFC 1035 §2.3.4, less the root


class Domains:
    def __init__(self, rows: Iterable[Domain]) -> None:
        rows = tuple(rows)
        self._listed = {row.domain.casefold(): row.code for row in rows}
        self._siblings: dict[str, set[str]] = defaultdict(set)
        self._labels = self._prefecture_labels(rows)
        self._shared = {name for name, count in Counter(row.name for row in rows).items() if count > 1}
        for row in rows:
            for sibling in self._siblings_of(row):
                if sibling not in self._listed:
                    self._siblings[sibling].add(row.code)

    @staticmethod
    def _prefecture_labels(rows: Iterable[Domain]) -> dict[str, str]:
        """「長野県」 → `nagano`, as its own domain says it."""
        found = {"東京都": "tokyo"}
        for row in rows:
            match = _PREFECTURAL.fullmatch(row.domain) if row.prefecture == row.name else None
            if match:
                found[row.prefecture] = match[1]
        return found

    def _siblings_of(self, row: Domain) -> list[str]:
        prefecture = self._labels.get(row.prefecture)
        if row.prefecture == row.name:
            return [f"pref.{prefecture}.lg.jp", f"pref.{prefecture}.jp"] if prefecture else []
        match = _REGULAR.fullmatch(row.domain)
        if not match:
            return []
        kinds = ("vill", "village") if match[1].startswith("vill") else (match[1],)
        ends = [f"{prefecture}.jp", f"{prefecture}.lg.jp"] if prefecture else []
        if row.name not in self._shared:  # `city.fuchu.lg.jp` would not say which 府中市
            ends.append("lg.jp")
        return [f"{kind}.{match[2]}.{end}" for kind in kinds for end in ends]

    def reserved_in(self, domain: str) -> str | None:
        """The prefecture under whose label the domain stands as only a local government's may (`city.X.PREF.jp`, JPRS
        地方公共団体ドメイン名), listed or not: the one that a town had under its former name stays in use for years."""
        labels = domain.strip().strip(".").casefold().split(".")
        match = _REGULAR.fullmatch(".".join(labels[-4:])) if len(domain) <= MAX_DOMAIN else None
        label = match[3] if match else None
        return next((name for name, one in self._labels.items() if one == label), None) if label else None

    def codes(self, domain: str) -> tuple[frozenset[str], bool]:
        """The codes of the bodies that the domain may belong to, and whether the table lists it."""
        host = domain.strip().strip(".").casefold()
        if not host or len(host) > MAX_DOMAIN:
            return frozenset(), False
        labels = host.split(".")
        for start in range(len(labels) - 1):
            parent = ".".join(labels[start:])
            if parent in self._listed:
                return frozenset({self._listed[parent]}), True
            if parent in self._siblings:
                return frozenset(self._siblings[parent]), False
        return frozenset(), False
