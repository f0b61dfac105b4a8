"""Who a letter is addressed to, as a public office writes it (letters.md §5). Pure; never raises.

In: the mail, its verdict, the Cc of the letter. Out: 団体名 / 部署 / 氏名 様, spelled as the form spells it. Without a name 「ご担当者 様」, a
department alone 御中, never both, never 殿, never 様 after an address. What isn't a name is not repeated: an address line is
the first thing read, and a form is filled in by anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailflow.model import NO_ORGANIZATION, Address, FormData, Mail, Organization, Verdict
from mailflow.recipients import correspondent, in_place_of, sent_by_prefecture
from mailflow.replies.quoting import calling, said

NOBODY = "ご担当者 様"
_SECTIONS = ("課", "係", "室", "部", "局", "班", "担当", "センター", "グループ", "チーム")
_TITLES = ("町長", "市長", "村長", "区長", "知事", "課長", "室長", "部長", "局長", "係長", "理事長", "管理者")
# 「企画課主査」: a section, and the post that its holder has there.
_POST = re.compile(
    r"\S+(?:課|係|室|部|局|班|担当)(?:次長|課?長補佐|補佐|主任|主査|主事|主幹|参事|技師|専門員|係?員|付)"
)
_RANKS = ("次長", "補佐", "主任", "主査", "主事", "主幹", "参事", "技師", "専門員", "係員")
_HONORIFICS = re.compile(r"[ \u3000]*(?:様|さま|殿|御中|宛)$")
_PERSON = re.compile(r"[^\s\u3000\d０-９()（）]{1,5}[\s\u3000]{1,3}[^\s\u3000\d０-９()（）]{1,5}")
_FAMILY = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々ヶ]{1,3}")
_PLACE = re.compile(r".{2,}[市町村区県府道都]")
_ASIDE = re.compile(r"[(（【［\[〔]([^()（）【】［］\[\]〔〕]*)(?:[)）】］\]〔〕]|$)")
_MARKS = re.compile(r"[\"'「」()（）【】［］\[\]〔〕／/｜|＿_]+")
_HALL = re.compile(r"(?:役場|役所|庁舎|庁(?!内))?[ \u3000・]*")
_HEAD = ("長", "知事")  # of a body: 「川原町長」 is a title, no section
_BLANK = " \u3000"
# A display name with one of these is an office's, whatever else it looks like.
_OFFICES = (
    "役場",
    "役所",
    "県庁",
    "道庁",
    "府庁",
    "都庁",
    "事務局",
    "株式会社",
    "有限会社",
    "法人",
    "企画",
    "総務",
    "政策",
    "情報",
    "財政",
    "地域",
    "推進",
    "組合",
)
# And one of these, standing alone, is no family name.
_NO_FAMILY = frozenset(
    "窓口 受付 代表 担当 担当者 広報 観光 秘書 庶務 人事 行政 管理 経営 戦略 産業 農林 商工 建設 防災 福祉 住民 議会 教育 水道 税務"  # noqa: SIM905
    " 会計 監査 環境 交通 都市 振興 調整 改革 未来 創生 事務 本部 支部 公室 支所 東部 西部 北部 中部 職員 共有 全員 各位".split()
)

# Family names of three characters and more that end as a department does (部).
_FAMILIES = frozenset(
    "日下部 長谷部 小長谷部 矢田部 谷田部 八田部 小田部 宇田部 曽我部 曾我部 長曽我部 長宗我部 春日部 伊福部 額田部 鳥谷部 久米部 土師部"  # noqa: SIM905
    " 阿曽部 阿蘇部 宇都部 五十部 三田部 壬生部 佐伯部 可児部 小野部 大矢部 小久部".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """「朝日県川原町」 / 「企画課　山口 さくら 様」; without a name 「ご担当者 様」. Spelled as the form spells it."""

    organization: str | None
    person: str
    carbon: str | None = None


def addressee(mail: Mail, verdict: Verdict, cc: tuple[Address, ...], bureau: tuple[Address, ...] = ()) -> Addressee:
    """The sender is addressed; by the form's name where the form's contact is the sender, by address or by name: whoever writes from
    two addresses is one reader. `cc`: who reads along of the case, `bureau`: of the bureau in charge.

    A prefecture that sends for one of its towns is addressed as itself (situations.md row 15); where somebody sends by order of the
    body, the body is (row 16)."""
    form, body = verdict.understood.form, verdict.understood.organization
    sender = correspondent(mail, verdict)
    shown = (sender.name if sender else None) or ""
    contact_mail = form.text("contact_email").strip().casefold() if form else ""
    for_town = sent_by_prefecture(verdict)
    same = for_town is None and (
        in_place_of(mail, verdict) is not None
        or not sender
        or not contact_mail
        or contact_mail == sender.key
        or _same_person(shown, form, body)
    )
    of_form = _of_form(form, body) if form is not None else None
    carbon = [
        of_form if cc and not (same and of_form) else None,
        *(f"{one.name} 御中" for one in bureau if one.name),
    ]
    if for_town is not None and cc and carbon[0]:
        carbon[0] = "　".join(filter(None, (body_name(body), carbon[0])))
    return Addressee(
        organization=body_name(for_town or body),
        person=(of_form if same else None)
        or (NOBODY if in_place_of(mail, verdict) else called(shown, for_town or body)),
        carbon="、".join(dict.fromkeys(filter(None, carbon))) or None,
    )


def _same_person(shown: str, form: FormData | None, body: Organization) -> bool:
    """The form's contact is who wrote, by the whole name: 「佐藤 健一」 and 「佐藤健一（企画課）」. A family name alone may be a colleague's."""
    name = _without_posts(_split(_name_of(form, body)), (*_RANKS, *_TITLES)) if form is not None else []
    known = "".join(name)
    if len(known) < 2 or (not name[1:] and _family_name(known, body)):
        return False
    return any("".join(_without_posts(_split(word), _RANKS)) == known for word in _words(shown, body))


def _without_posts(words: list[str], posts: tuple[str, ...]) -> list[str]:
    """「企画課　主任　佐藤 健一」: 佐藤, 健一. A sender's own title (「川原町長」) is kept: he is addressed by it."""
    at = next((at for at, word in enumerate(words) if not _is_section(word) and not word.endswith(posts)), 0)
    return words[at:]


def body_name(organization: Organization) -> str | None:
    """「長野県飯田市」 for a line of a letter. A body outside the code list is called as the applicant wrote it."""
    if organization.code is not None or organization.full_name is None:
        return organization.full_name
    return said(organization.full_name, 60) or None


def called(display_name: str, body: Organization = NO_ORGANIZATION) -> str:
    """A display name as a person is addressed: 「山口 さくら 様」, 「企画課　山口 さくら 様」 for 「山口 さくら（企画課）」, 「川原町長
    山口 太郎 様」, a section 「企画課 御中」, anything else nobody by name.

    `body` has a line of its own above and is not said again. What a gateway spoilt (? or 〓) is not repeated."""
    if not calling(_MARKS.sub(" ", display_name), 60):
        return NOBODY
    words = list(_words(display_name, body))
    person = next((word for word in words if _names_somebody(word, body)), None)
    others = [word for word in words if word != person]
    section = next((word for word in others if _is_section(word) or (person and _POST.fullmatch(word))), None)
    if person is None:
        return f"{section} 御中" if section else NOBODY
    return f"{section}　{person} 様" if section and not _led(person) else f"{person} 様"


def _words(display_name: str, body: Organization) -> Iterator[str]:
    """What stands between brackets and strokes, each without the body's name: first what is outside of brackets."""
    asides = _ASIDE.findall(display_name)
    for part in (*_MARKS.split(_ASIDE.sub("／", display_name)), *asides):
        if word := _without(body, _bare(part.strip(_BLANK))):
            *before, last = _split(word)
            name = " ".join(before)
            if before and _is_section(last) and (_is_person(name) or _family_name(name, body)):
                yield from (name, last)  # 「佐々木 企画課」
            else:
                yield word


def _without(body: Organization, word: str) -> str:
    """「智頭町企画課」 of 鳥取県智頭町: 「企画課」. The mayor keeps the town of his title."""
    for name in (body.full_name, body.prefecture, body.name):
        if name and word.startswith(name):
            rest = _HALL.sub("", word[len(name) :], count=1)
            word = word if rest.startswith(_HEAD) else rest
    return word


def _names_somebody(word: str, body: Organization) -> bool:
    """「山口 さくら」, 「企画課 山口 さくら」, 「企画課 山口」, 「山口」, 「川原町長」."""
    *before, last = _split(word)
    if word.endswith(_TITLES):
        return True
    if before and _is_person(f"{before[-1]} {last}") and _leads(before[:-1]):
        return True
    return _leads(before) and _family_name(last, body)


def _split(words: str) -> list[str]:
    return re.split(r"[ \u3000]+", words)


def _leads(words: list[str]) -> bool:
    return all(one.endswith(_SECTIONS + _TITLES) for one in words)


def _led(person: str) -> bool:
    """Already with the section or the title in front."""
    *before, _ = _split(person)
    return person.endswith(_TITLES) or len(before) > 1 or (bool(before) and not _is_person(person))


def _is_person(name: str) -> bool:
    return _PERSON.fullmatch(name) is not None and not any(word in name for word in _OFFICES)


def _is_section(word: str) -> bool:
    """阿部, 小室 are people: no section is called by two characters. So are 日下部, 長谷部."""
    if _split(word)[-1] in _FAMILIES:
        return False
    return word.endswith(_SECTIONS) and (len(word) > 2 or word in _NO_FAMILY or word[-1] not in "部室")


def _family_name(word: str, body: Organization) -> bool:
    if _FAMILY.fullmatch(word) is None or _is_section(word) or _PLACE.fullmatch(word) or word in _NO_FAMILY:
        return False
    return word not in (body.full_name or "") and not any(one in word for one in _OFFICES)


def _of_form(form: FormData, body: Organization) -> str | None:
    """「企画課　山口 さくら 様」, 「企画課 御中」, 「山口 さくら 様」; None where the form names nobody. What the name's box holds in
    brackets, mostly the section once more, isn't part of the name."""
    department = _without(body, _bare(form.text("department")))
    alone = _without(body, _bare(_ASIDE.sub(" ", form.text("department")).strip(_BLANK)))
    contact = _name_of(form, body)
    if contact in ("", department) and _family_name(department, body):  # a name in the section's box, or in both
        return f"{department} 様"
    if not contact:
        return f"{department} 御中" if _is_section(department) else None
    if _split(alone)[1:] and alone.endswith(contact) and not _is_section(contact):
        return f"{alone} 様"  # 「企画課 佐々木」 in the section's box, or both boxes made one
    if _is_section(contact):
        return f"{contact if contact.startswith(department) else f'{department}　{contact}'} 御中"
    contact = contact.removeprefix(department).lstrip(_BLANK) or contact
    return f"{department}　{contact} 様" if department else f"{contact} 様"


def _name_of(form: FormData, body: Organization) -> str:
    """The contact's name without what its box holds in brackets."""
    contact = form.text("contact_name")
    return _without(body, _bare(_ASIDE.sub(" ", contact).strip(_BLANK) or contact))


def _bare(text: str) -> str:
    """A name without the honorific that its owner typed, "" where it is none."""
    name = calling(text)
    for _ in range(3):
        name = _HONORIFICS.sub("", name)
    return name
