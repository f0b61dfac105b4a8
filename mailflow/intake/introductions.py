"""Who the writer of a mail says to be, in the new text or in the signature (DESIGN §4 "Organizations").

In: Mail, Directory. Out: the body that the words name, `resolved: none` where they name none; places that are only spoken of are not taken.
Pure; never raises on what a mail says.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.intake.organizations import Directory
from mailflow.intake.sentences import MAX_TEXT, sentences
from mailflow.model import NO_ORGANIZATION, PLACES, Mail, Organization, Party, Resolved

INTRODUCTION = 12  # sentences at the start in which people say who they are
SIGNATURE = 12  # lines at the end in which they write it

_LABELLED = re.compile(r"(?:応募)?(?:団体|自治体|市区?町村|法人|機関|組織)名?(?:称)?\s{0,3}[::]\s{0,3}(\S.{1,60})")
_SECTION = r"(?:課|部|局|室|係|班|担当|グル-プ|チ-ム)"
# Behind a place, folded: 「役場企画課の山口です」; no particle that makes the place a matter spoken of (ガ folds to ヶ).
_SPEAKER = re.compile(
    rf"(?:役所|役場|庁)?(?:[^ハヲニヘ]{{0,24}}{_SECTION})?(?:ノ?[^ノハヶヲニヘ]{{1,12}})?(?:デス|ト申シマス|デゴザイマス)[。.]?"
)
# Behind a place at the head of a signature's line, folded: its office or a section of it, and who sits there.
_OFFICE_LINE = re.compile(rf"(?:役所|役場|[^ハヲニヘ。、0-9]{{0,24}}{_SECTION})[^ハヲニヘ。、0-9]{{0,24}}")
_OF_OFFICE = re.compile(rf"(?:役所|役場|[^ハヲニヘ。、0-9]{{0,24}}{_SECTION})")
_RULED = " \t\u3000|*_-=#■●・"
_NOT_THE_OFFICE = re.compile(r"会社|法人|大学|支店|支社|[(]株[)]")
# Beside a place's name another body's, a firm's or a building: 「長野県飯田市社会福祉協議会総務課」「…様担当の見本商事営業部」.
_ANOTHER_BODY = re.compile(
    r"協議会|会議所|商工会|協会|組合|連合|連盟|病院|診療所|社協|公社|財団|社団|農協|法人|会社|[(]株[)]|商事|商店|工業|営業|販売|大学|学校|学園|保育|センター|ビル|丁目|番地|支店|支社|事務所|様|委託|受託|代理"
)
_QUOTED = re.compile(r"\s*(?:>|-{3,} ?(?:original|forwarded|元の|転送)|(?:from|差出人|送信者) ?[:：])", re.IGNORECASE)
_RESIDENT = re.compile(r"住民|[市町村県区]民|在住")
_GREETING = re.compile(
    r"^(?:(?:いつも)?(?:大変)?お世話になって(?:おり)?ます[。、]?|突然のメール.{0,12}失礼.{0,6}[。、]?|はじめまして[。、]?)"
)


def of_words(mail: Mail, party: Party | None, directory: Directory) -> tuple[Organization, bool]:
    """What the writer says of himself, else what he signs with; and whether that is an office in full, by prefecture, name and section.
    A resident names no section, and whoever speaks of a town no prefecture."""
    said, in_full = _of_text(mail.new_text, directory)
    return (
        (said, in_full) if said.resolved is not Resolved.NONE or party is not None else _of_signature(mail, directory)
    )


def _in_full(body: Organization, words: str, directory: Directory) -> bool:
    if body.kind not in PLACES or body.prefecture is None or _ANOTHER_BODY.search(words):
        return False
    return directory.fold(words).startswith(directory.fold(f"{body.prefecture}{body.name}"))


def _of_signature(mail: Mail, directory: Directory) -> tuple[Organization, bool]:
    """「福島県天栄村 総務課」 on a line of its own at the end of the new text, or below it. Where lines name two places (a firm's
    branches), none."""
    new = [line for line in mail.new_text[-MAX_TEXT:].split("\n") if line.strip()]
    lines = new[-SIGNATURE:]
    _, _, below = (mail.text or "")[:MAX_TEXT].replace("\r", "").partition(new[-1] if new else "\n")
    for line in [one for one in below.split("\n") if one.strip()][:SIGNATURE]:
        if _QUOTED.match(line):
            break
        lines.append(line)
    found: dict[str | None, tuple[Organization, bool]] = {}
    for line in lines:
        plain = normalize("NFKC", line).strip(_RULED)
        lead = directory.leading(plain)
        if lead is not None and _OFFICE_LINE.fullmatch(lead[1]) and not _NOT_THE_OFFICE.search(line):
            found[lead[0].code] = lead[0], _in_full(lead[0], plain, directory)
    return next(iter(found.values())) if len(found) == 1 else (NO_ORGANIZATION, False)


def _of_text(new_text: str, directory: Directory) -> tuple[Organization, bool]:
    """Who the writer says to be: 「団体名：…」, or 「…市企画課の山口です」 among the first sentences. Places that are only
    spoken of (「…町は応募しましたか」) are not taken."""
    for sentence in sentences(new_text)[:200]:
        if match := _LABELLED.match(sentence):
            found = directory.lookup(match[1].strip())
            if found.resolved is not Resolved.NONE:
                return found, False
    for sentence in sentences(new_text)[:INTRODUCTION]:
        plain = _GREETING.sub("", sentence).strip()
        lead = directory.leading(plain)
        if lead is not None and _SPEAKER.fullmatch(lead[1]) and not _RESIDENT.search(lead[1]):
            return lead[0], bool(_OF_OFFICE.match(lead[1])) and _in_full(lead[0], plain, directory)
    return NO_ORGANIZATION, False
