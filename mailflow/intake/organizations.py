"""Bodies by name, code and domain (DESIGN §4 "Organizations").

`Directory` is built once from the reference tables. `lookup` takes what people write in a bracket, a cell or a file
name; `by_code` a 団体コード of 5 or 6 digits; `by_domain` a mail domain. All return `Organization`:

- `exact`: the official name, with or without prefecture and county (width and spaces don't count), or a body outside
  the code list, named as written, without a code;
- `variant`: another spelling that leaves no doubt (old characters, ヶ/ケ, kana, romaji, a prefecture without 県, a listed
  variant, a department or 役場 behind the name);
- `suggestion`: never taken. Code, prefecture and name are None, `suggestions` holds what may be meant, nearest first:
  homonyms, misspellings, a prefecture that contradicts the name, a former name without its prefecture;
- `none`: no body is named.

Pure; never raises on what anybody writes; texts above 200 characters name no body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from mailflow.intake.bodies import body_kind
from mailflow.intake.codes import readings_of_code
from mailflow.intake.domains import Domains
from mailflow.intake.folding import squeeze
from mailflow.intake.gazetteer import MAX_NEAR, Gazetteer, Hit
from mailflow.intake.name_shapes import (
    GENERIC,
    KANA,
    MISTYPED_ENDINGS,
    OFFICE,
    OFFICER,
    PLACE_ENDINGS,
    REGION,
    display,
    drop_lead,
)
from mailflow.intake.readings import Readings
from mailflow.model import NO_ORGANIZATION, BodyKind, Organization, Resolved
from mailflow.settings.reference import Reference
from mailflow.settings.settings import Settings

MAX_TEXT = 200

_HONORIFIC = re.compile(r"(?:様|御中|殿|さま)$")
_EDGES = " 　・,、。.:;_-~/■□●◆◇★☆※*#＊"
_WRAPPED = re.compile(r"[【\[〔(「『<]{1,3}([^【】\[\]〔〕()「」『』<>]{1,120})[】\]〕)」』>]{1,3}")
_BEHIND = re.compile(r"([^()]{1,80})\(([^()]{1,80})\)")
_DEPARTMENT = re.compile(r"[ 　][^ 　]{1,20}(?:課|部|局|室|係|班|担当|グループ|チーム)$")
_AND_OTHERS = re.compile(
    r"(?:ホカ|外|他)(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}|数)?(?:市町村|市町|町村|団体|[市町村])?(?:共同.{0,4})?"
)
_BETWEEN = re.compile(r"[\s・_/:、,~-]{1,3}")
# A number in front (「01_」「202053 」) and what says nothing of the body behind it, both as squeezed.
_NUMBER = re.compile(r"(?:no\.?)?([0-9]{1,6})[_.,)\s-]{0,2}(?=[^0-9_.,)-])", re.IGNORECASE)
_REMARK = re.compile(
    r"(?:(?<=[市区町村都道府県])分|[AB]コース|第?[0-9一二]次(?:公募|募集)?|(?:差し?替え?|修正|訂正|改訂|最終|完成|提出)版?|再送|提出用?|応募(?:様式|書類)?|写し?|案|[0-9]{1,8})$"
)


class Directory:
    """Everything that is known of Japan's public bodies by name. Immutable after construction."""

    def __init__(self, reference: Reference) -> None:
        self._gazetteer = Gazetteer(reference)
        self._bureaus = {row.prefecture: row.bureau for row in reference.bureaus}
        self._reference = reference

    @classmethod
    def from_reference(cls, reference: Reference) -> Directory:
        return cls(reference)

    # --- what others ask ----------------------------------------------------------------------------------------------

    def lookup(self, text: str, *, prefecture_hint: str | None = None) -> Organization:
        """The body that `text` names. `prefecture_hint`: what another cell says, as good as written before the name."""
        if not text or len(text) > MAX_TEXT:
            return NO_ORGANIZATION
        squeezed = self._bare(squeeze(text))
        if not squeezed:
            return NO_ORGANIZATION
        hint = self.prefecture_named(prefecture_hint) if prefecture_hint else None
        written = text.strip()
        if hint is None:
            return self._resolve(squeezed, written)
        if self._gazetteer.told(self._gazetteer.fold(squeezed))[0] is None:
            found = self._resolve(squeeze(hint) + squeezed, written)
            if found.name is not None:
                return found
            plain = self._resolve(squeezed, written)
            return plain if plain.prefecture == hint else found if found.suggestions else self._doubt(plain, written)
        found = self._resolve(squeezed, written)
        return found if found.prefecture in (hint, None) else self._doubt(found, written)

    def joint(self, text: str) -> tuple[str, ...]:
        """Full names of the bodies that `text` names together (「飯田市・阿智村」「飯田市ほか3町村」, where only the first is
        named); () for one body or none. A union's own name is one body."""
        if not text or len(text) > MAX_TEXT or body_kind(squeeze(text)) is not None:
            return ()
        groups, rest = self._gazetteer.together(self._gazetteer.fold(self._bare(squeeze(text))))
        if len(groups) < 2 and not (groups and _AND_OTHERS.fullmatch(rest)):
            return ()
        return tuple(dict.fromkeys(hit.full_name for hits in groups for hit in hits))[:MAX_NEAR]

    def prefecture_named(self, text: str | None) -> str | None:
        """「長野県」 for 「長野県」「長野」「ナガノケン」; None for anything else."""
        if not text or len(text) > MAX_TEXT:
            return None
        folded = self._gazetteer.fold(self._bare(squeeze(text)))
        named = self._gazetteer.prefectures.get(folded) or self._gazetteer.short.get(folded)
        if named is None and (KANA.fullmatch(folded) or text.isascii()):
            read = [p for p in self._readings.kana(folded) or self._readings.latin(text)[0] if p.kind == "prefecture"]
            named = read[0].name if len(read) == 1 else None
        return named

    def prefecture_before(self, text: str) -> str | None:
        """「長野県」 of 「長野県飯田市」: a prefecture in full at the front."""
        return self._gazetteer.told(self._gazetteer.fold(squeeze(text[:MAX_TEXT])))[0]

    def by_code(self, text: str) -> Organization:
        """The body with this 団体コード: 6 digits with the right check digit, 5 without it, or either with a leading zero
        that a spreadsheet dropped. A ward's code is its city's with `ward`. Two readings: a suggestion."""
        hits = tuple(self._gazetteer.coded[code] for code in readings_of_code(text) if code in self._gazetteer.coded)
        return self._answer(hits, Resolved.EXACT, text.strip())

    def by_domain(self, domain: str) -> Organization:
        """The body that mails from this domain: `exact` for one of the table or below it, `variant` for a sibling by
        the regular pattern, `suggestion` where that fits several."""
        codes, listed = self._domains.codes(domain)
        hits = tuple(Hit(self._gazetteer.by_code[code]) for code in sorted(codes) if code in self._gazetteer.by_code)
        return self._answer(hits, Resolved.EXACT if listed else Resolved.VARIANT, domain)

    def codes_of_domain(self, domain: str) -> frozenset[str]:
        """Codes of all bodies that may own this domain."""
        return self._domains.codes(domain)[0]

    def reserved_in(self, domain: str) -> str | None:
        """The prefecture of a domain that only local governments may have, though the table lists it for none."""
        return self._domains.reserved_in(domain)

    def leading(self, text: str) -> tuple[Organization, str] | None:
        """The place at the start of `text`, longest name first, and what stands behind it, folded. None: no place."""
        folded = self._gazetteer.fold(text[:MAX_TEXT])
        found = self._gazetteer.leading(folded)
        return None if found is None else (self._answer(found[0], Resolved.VARIANT, found[1]), found[2])

    def fold(self, text: str) -> str:
        """`text` for comparing, with the characters that names swap (龍・竜, ヶ・ケ) taken as one."""
        return self._gazetteer.fold(text)

    # --- the order of reading -----------------------------------------------------------------------------------------

    def _resolve(self, squeezed: str, written: str) -> Organization:
        if hits := self._gazetteer.exact.get(squeezed):
            return self._answer(hits, Resolved.EXACT, written)
        folded = self._gazetteer.fold(squeezed)
        hits = self._gazetteer.spelt(folded)
        if hits:
            return self._answer(hits, Resolved.VARIANT, written)
        if outside := self._outside(squeezed, folded, written):
            return outside
        return (
            self._tidied(squeezed, written)
            or self._several(folded, written)
            or self._parenthesis(squeezed, written)
            or self._officer(written)
            or self._beside(squeezed, folded, written)
            or self._read(squeezed, folded, written)
            or self._near(folded, written)
        )

    def _tidied(self, squeezed: str, written: str) -> Organization | None:
        """Without a number in front (a 団体コード must agree), 「分」「Aコース」「修正版」 behind, the prefecture said twice, or a
        mark between prefecture and name: 「長野・飯田市」「長野県_飯田市」「飯田市 長野県」."""
        if max(squeezed) < "ɐ":  # Latin letters are read otherwise
            return None
        plain = squeezed.strip(_EDGES)
        for _ in range(3):
            plain = _REMARK.sub("", plain).strip(_EDGES)
        number = _NUMBER.match(plain)
        plain = plain[number.end() :] if number else plain
        plain = self._without_mark([squeeze(part) for part in _BETWEEN.split(written.strip(_EDGES)) if part]) or plain
        prefecture, rest = self._gazetteer.told(self._gazetteer.fold(plain))
        if prefecture and self._gazetteer.told(rest)[0] == prefecture:
            plain = plain[len(prefecture) :]
        if not plain or plain == squeezed:
            return None
        found = self._resolve(plain, written)
        if found.resolved is Resolved.NONE:
            return None
        coded = self.by_code(number[1]) if number and len(number[1]) >= 5 else NO_ORGANIZATION
        if coded.code is not None and found.code is not None and coded.code != found.code:
            names = (found.full_name or "", coded.full_name or "")
            return Organization(resolved=Resolved.SUGGESTION, written=written, suggestions=names)
        return replace(found, resolved=Resolved.VARIANT) if found.code else found

    def _without_mark(self, parts: list[str]) -> str | None:
        """Prefecture and name without what stood between them; the prefecture may stand behind."""
        if len(parts) < 2:
            return None
        leads, rest = self.prefecture_named(parts[0]), "".join(parts[1:])
        if leads is not None:
            told = self._gazetteer.told(self._gazetteer.fold(rest))[0]
            return rest if told == leads else leads + rest if told is None else None
        behind = self.prefecture_named(parts[-1])
        name = "".join(parts[:-1])
        if behind is None or self._gazetteer.told(self._gazetteer.fold(name))[0] not in (None, behind):
            return None
        return name if name.startswith(behind) else behind + name

    def _officer(self, written: str) -> Organization | None:
        """A body with an officer's name behind its office: 「飯田市長　佐藤 太郎」「飯田市 企画課 山田」."""
        words = written.split()
        for end in range(len(words) - 1, max(len(words) - 4, 0), -1):
            if not all(OFFICER.fullmatch(self._gazetteer.fold(word)) for word in words[end:]):
                return None
            squeezed = self._bare(squeeze("".join(words[:end])))
            folded = self._gazetteer.fold(squeezed)
            hits = self._gazetteer.exact.get(squeezed) or self._gazetteer.spelt(folded)
            if hits and squeezed[-1:] in "市区町村":
                near = self._gazetteer.stems.get(self._gazetteer.fold("".join(words[end:])), ())  # 「飯田市 阿智」
                same = any(hit.place.prefecture == one.place.prefecture and hit != one for hit in hits for one in near)
                return None if same else self._answer(hits, Resolved.VARIANT, written)
            found = self._beside(squeezed, folded, written)
            if found is not None and found.resolved is Resolved.VARIANT:
                return found
        return None

    def _parenthesis(self, squeezed: str, written: str) -> Organization | None:
        """「府中市（広島県）」 says which; 「札幌市（中央区）」 its ward; any other remark changes nothing: 「飯田市（企画課）」."""
        match = _BEHIND.fullmatch(_REMARK.sub("", squeezed.replace("分)", ")")))
        if not match:
            return None
        if prefecture := self.prefecture_named(match[2]):
            found = self._resolve(prefecture + match[1], written)
        elif hits := self._gazetteer.exact.get(match[1] + match[2]):
            found = self._answer(hits, Resolved.VARIANT, written)
        else:
            found = self._resolve(match[1], written)
            in_remark = self._gazetteer.folded.get(self._gazetteer.fold(match[2]), ())
            if any(hit.place.code != found.code for hit in in_remark):  # another body
                return self._doubt(found, written)
        if found.resolved is Resolved.NONE:
            return None
        return replace(found, resolved=Resolved.VARIANT) if found.code else found

    def _beside(self, squeezed: str, folded: str, written: str) -> Organization | None:
        """A place with its office or department; anything else behind a municipality makes it a suggestion."""
        found = self._gazetteer.leading(folded)
        if found is None:
            return None
        hits, name, rest = found
        if len(hits) > 1 and len(folded) == len(squeezed):  # 「鹿嶋市役所」: folding alone makes 鹿島市 of it, too
            hits = self._gazetteer.exact.get(squeezed[: len(name)], hits)
        named = self._answer(hits, Resolved.VARIANT, written)
        if OFFICE.fullmatch(rest) and rest not in REGION:
            return named
        return None if named.kind is BodyKind.PREFECTURE else self._doubt(named, written)

    def _several(self, folded: str, written: str) -> Organization | None:
        """Two bodies in one bracket, or one and others: a person says who applies."""
        groups, rest = self._gazetteer.together(folded)
        if len(groups) > 1 or (groups and _AND_OTHERS.fullmatch(rest)):
            return self._suggest([hit for hits in groups for hit in hits], written)
        return self._answer(groups[0], Resolved.VARIANT, written) if groups and not rest else None  # said twice

    def _outside(self, squeezed: str, folded: str, written: str) -> Organization | None:
        """A body without a code, under its own name; a leading prefecture is split off."""
        kind = body_kind(squeezed)
        if kind is None:
            return None
        prefecture, rest = self._gazetteer.told(folded)
        name = _DEPARTMENT.sub("", display(written))
        if prefecture is not None:
            leads = self._gazetteer.told(self._gazetteer.fold(name))[0] == prefecture  # else only the hint says it
            if (
                leads
                and rest
                and (name[len(prefecture) :][:1] in " 　・/_" or not GENERIC.match(squeeze(name)[len(prefecture) :]))
            ):
                name = drop_lead(name, prefecture).strip(" ・/_")
        elif (place := self._gazetteer.leading(folded)) and len(place[0]) == 1:
            prefecture = place[0][0].place.prefecture
        if body_kind(squeeze(name)) is None or len(squeeze(name)) < 3:
            return None
        return Organization(
            resolved=Resolved.EXACT,
            prefecture=prefecture,
            name=name,
            kind=kind,
            bureau=self._bureaus.get(prefecture or ""),
            written=written,
        )

    def _read(self, squeezed: str, folded: str, written: str) -> Organization | None:
        """By kana or Latin letters."""
        if max(squeezed) < "ɐ":  # Latin letters, accents too
            places, sure = self._readings.latin(written)
        else:
            places, sure = self._readings.kana(folded) if KANA.fullmatch(folded) else (), True
        if not places:
            return None
        named = self._answer(tuple(Hit(place) for place in places), Resolved.VARIANT, written)
        return named if sure else self._doubt(named, written)

    def _near(self, folded: str, written: str) -> Organization:
        """What may be meant by a text that looks like a place."""
        prefecture, rest = self._gazetteer.told(folded)
        hits: list[Hit] = list(self._gazetteer.former.get(folded, ()))
        if prefecture is None:
            hits += self._gazetteer.stems.get(folded, ())
            if folded in self._gazetteer.short and hits:
                hits += self._gazetteer.folded[self._gazetteer.fold(self._gazetteer.short[folded])]
            hits += self._gazetteer.stems_behind_a_short_prefecture(folded)
            hits += self._gazetteer.county_elsewhere(folded)
            hits += self._gazetteer.lone_wards.get(folded, ())
            if folded[-1:] in MISTYPED_ENDINGS:
                hits += self._gazetteer.stems.get(folded[:-1], ())
            if not hits and folded[-1:] in PLACE_ENDINGS and len(folded) >= 2:
                hits += self._gazetteer.closest(
                    folded, self._gazetteer.full_names if len(folded) > 4 else self._gazetteer.names, 0.75
                )
        elif rest:
            hits += self._gazetteer.folded.get(rest, ())
            hits += [Hit(p) for p in self._readings.kana(rest)] if KANA.fullmatch(rest) else ()
            hits += self._gazetteer.closest(rest, self._gazetteer.names_in[prefecture], 0.7)
            hits += self._gazetteer.folded[self._gazetteer.fold(prefecture)]
        return self._suggest(hits, written) if hits else NO_ORGANIZATION

    # --- pieces -------------------------------------------------------------------------------------------------------

    @staticmethod
    def _bare(squeezed: str) -> str:
        """Without the brackets around it and what courtesy puts behind it."""
        if match := _WRAPPED.fullmatch(squeezed):
            squeezed = match[1]
        return _HONORIFIC.sub("", squeezed)

    def _answer(self, hits: Sequence[Hit], resolved: Resolved, written: str) -> Organization:
        if not hits:
            return NO_ORGANIZATION
        if len(hits) > 1:
            return self._suggest(hits, written)
        place, ward = hits[0]
        return Organization(
            resolved=resolved,
            code=place.code,
            prefecture=place.prefecture,
            name=place.name,
            kind=BodyKind(place.kind),
            bureau=self._bureaus.get(place.prefecture),
            ward=ward,
            written=written,
        )

    @staticmethod
    def _suggest(hits: Iterable[Hit], written: str) -> Organization:
        names = dict.fromkeys(hit.full_name for hit in hits)
        return Organization(resolved=Resolved.SUGGESTION, written=written, suggestions=tuple(names)[:MAX_NEAR])

    @staticmethod
    def _doubt(found: Organization, written: str) -> Organization:
        """The same, only suggested."""
        names = found.suggestions or ((found.full_name,) if found.full_name else ())
        if not names:
            return NO_ORGANIZATION
        return Organization(resolved=Resolved.SUGGESTION, written=written, suggestions=names)

    @cached_property
    def _domains(self) -> Domains:
        return Domains(self._reference.domains)

    @cached_property
    def _readings(self) -> Readings:
        return Readings(self._gazetteer.places, self._gazetteer.fold)


_directories: dict[str, Directory] = {}


def directory_of(settings: Settings) -> Directory:
    """The directory of a configuration, built once; a few are kept, for a reload and a replay side by side."""
    found = _directories.get(settings.hash)
    if found is None:
        while len(_directories) >= 4:
            _directories.pop(next(iter(_directories)), None)
        found = _directories[settings.hash] = Directory.from_reference(settings.reference)
    return found
