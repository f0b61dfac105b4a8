"""Names that people give to mails and files (募集要領 2(2), DESIGN §4 "Naming").

The call asks for the subject 「【長野県飯田市】計画策定支援」 and the file 「【長野県飯田市】1次公募応募様式」. `read_subject` and
`read_filename` find the body in whatever was typed; `expected_*` say what the call asks for; `is_expected_*` whether a
name is that, where width, spaces, kind of bracket, Re: and the tags of gateways, downloads and resent mails don't
count. A county, a missing prefecture or another spelling of the name do count: that is a note, never more.

Pure; never raises on what was typed; names are read up to 500 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

from rapidfuzz import fuzz

from mailflow.intake.folding import fold, plain_brackets, squeeze
from mailflow.intake.organizations import Directory, directory_of
from mailflow.intake.subject_numbers import MAX_NAME, case_number, round_ids
from mailflow.model import NO_ORGANIZATION, BodyKind, Organization, Resolved
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings

MAX_PREFIXES = 20
MAX_GROUPS = 10
ALIKE = 80  # per cent: one character of 計画策定支援 mistyped
ODDMENT = 6  # characters that may stand beside the programme's name without making it another matter
FORM_TITLE = "応募様式"  # 募集要領 2(2)
NAMELESS = "団体名"

_GROUP = re.compile(r"【([^【】]{0,100})】")
_LATIN_GROUP = re.compile(r"[\[(]([^\[\]()【】]{1,40})[\])]")
_ANY_GROUP = re.compile(r"[\[(【〔「『<{《]([^\[\]()【】〔〕「」『』<>{}《》]{1,40})[\])】〕」』>}》]")
_TAG_EDGES = "[]()【】<> :*"
_REPLY = re.compile(r"(?:re|fwd?|aw|sv|tr|antw|返信|転送)\s?(?:[\[(]\d{1,3}[\])]|\^\d{1,3})?\s?[:;]\s?", re.IGNORECASE)
_MARK = re.compile(
    r"(?:再送|再々送|差し?替え?版?|修正版?|修正済み?|訂正版?|改訂版?|最終版?|至急|重要|確認|案|再提出|追加|完成版|取消|\d{8}"
    r"|\d{1,2}/\d{1,2}|その\d{1,2}|rev\.?\d{0,3}|ver?\.?\d{0,3}(?:\.\d{1,3})?|v\d{1,3}|final|fix|copy|コピー|のコピー|コピー\d{0,2})",
    re.IGNORECASE,
)
_TRAILING_MARK = re.compile(
    rf"[\s_-]{{1,3}}{_MARK.pattern}$|(?:のコピー|修正版?|訂正版?|差し?替え?版?|最終版|再送)$|\s?【\d{{1,3}}】$",
    re.IGNORECASE,
)
_LEADING_COPY = re.compile(r"^(?:コピー\s?[~～-]\s?|copy of )", re.IGNORECASE)
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,5})$")
_ROUND = re.compile(r"第?\s?(\d{1,2}|[一二三四五六七八九十])\s?次\s?(?:公募|募集)?")
_ERA_YEAR = re.compile(r"(?:令和|(?<![A-Za-z])R)\s?(\d{1,2}|元)\s?(?:年度|(?=[^\d.-]|$))")
_KANJI_DIGITS = {kanji: str(n) for n, kanji in enumerate("一二三四五六七八九十", start=1)}
# What a subject about something else says, though it names the programme.
_OTHER_MATTER = re.compile(
    r"質問|問い?合わ?せ|照会|相談|取り?下げ|取り?消|辞退|撤回|パスワード|キャンセル|提案|案内|情報提供|周知|紹介|セミナー|サービス|取材|請求|委託|プロポーザル"
    r"|入札|異動|変更|延長|誤送信|届い|受信確認|受領確認|見込み|採否|結果|お知らせ|お礼|御礼|教えて|ください|アンケート|補助金|開封済"
)
_PROGRAMME_WORDS = re.compile(
    r"地域社会DX推進パッケージ事業|総務省|令和\d{1,2}年度?|R\d{1,2}|第?\d次(?:公募|募集)?|公募|支援事業|事業|応募様式|応募書類|応募申込書?|申請書類?|ご?応募"
    r"|申請|申込み?|提出|送付|送信|一式|書類|様式|分|[AB]コース|について|における|に係る|に関する|への|の件|いたします|します"
    r"|[のをにへはで・:;,、。_/|~+-]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectName:
    """What a subject says.

    `programme`: some spelling of the call's subject, written by an applicant about an application. `bracket`: the words
    that stand for the body; `organization`: what they resolve to. `exact`: just as the call asks. `prefixes`: Re:, Fw:
    and tags of gateways, in their order. `marks`: 再送, 差し替え, 1/2 … `ours`: it quotes one of our letters.
    """

    programme: bool = False
    bracket: str | None = None
    organization: Organization = NO_ORGANIZATION
    exact: bool = False
    prefixes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """What a file name says. `round_name`: 「1次公募」, `year`: 「令和7年度」, where it names them. `like_form`: it calls
    itself the 応募様式. `extension`: lower case, the last one."""

    stem: str = ""
    extension: str = ""
    bracket: str | None = None
    organization: Organization = NO_ORGANIZATION
    round_name: str | None = None
    year: str | None = None
    like_form: bool = False
    exact: bool = False
    marks: tuple[str, ...] = ()


# --- what the call asks for -------------------------------------------------------------------------------------------


def expected_subject(organization: Organization, settings: Settings) -> str:
    return f"【{organization.full_name or NAMELESS}】{settings.programme.subject}"


def expected_filename(organization: Organization, round_: Round, settings: Settings) -> str:  # noqa: ARG001  # called like expected_subject
    return f"【{organization.full_name or NAMELESS}】{round_.name}{FORM_TITLE}.xlsx"


def is_expected_subject(subject: str | None, organization: Organization, settings: Settings) -> bool:
    """Nothing in the subject is worth a note."""
    text, _ = _without_prefixes(subject, settings)
    core, _ = _without_marks(text)
    return organization.full_name is not None and _same(core, expected_subject(organization, settings))


def is_expected_filename(name: str | None, organization: Organization, round_: Round, settings: Settings) -> bool:
    """Nothing in the file name is worth a note."""
    stem, extension, _ = _split(_plain(name))
    wanted = expected_filename(organization, round_, settings).removesuffix(".xlsx")
    return organization.full_name is not None and extension == "xlsx" and _same(_digits(stem), _digits(wanted))


# --- what was typed ---------------------------------------------------------------------------------------------------


def read_subject(subject: str | None, settings: Settings) -> SubjectName:
    """The body and the matter that a subject names. A reply to one of our letters (it carries a case number) names its
    body, but is no application's subject."""
    directory = directory_of(settings)
    text, prefixes = _without_prefixes(subject, settings)
    ours = case_number(text, round_ids(settings)) is not None
    core, marks = _without_marks(text)
    title = plain_brackets(settings.programme.subject)
    key = fold(title)
    groups = [content.strip() for content in _GROUP.findall(core) if fold(content) != key]
    outside = " ".join(_GROUP.sub(lambda m: m[1] if fold(m[1]) == key else " ", core).split())
    named = key in fold(core)
    bracket, organization = _choose(groups, directory, sure=not named)
    if named and bracket is None:
        bracket, organization = _loose(_unbracketed(outside, title), directory)
    if not named and organization.code is not None:
        named = fuzz.ratio(_residue(outside, ""), squeeze(title)) >= ALIKE
    programme = named and not ours and not _OTHER_MATTER.search(core)
    if organization.resolved is Resolved.NONE:
        programme = programme and len(_residue(outside, title)) <= ODDMENT
    return SubjectName(
        programme=programme,
        bracket=bracket or (groups[0] if named and groups else None),
        organization=organization,
        exact=organization.resolved is Resolved.EXACT and is_expected_subject(subject, organization, settings),
        prefixes=prefixes,
        marks=marks,
        ours=ours,
    )


def read_filename(name: str | None, settings: Settings) -> FileName:
    """The body, round and year that a file name names."""
    directory = directory_of(settings)
    core, extension, marks = _split(_plain(name))
    like_form = FORM_TITLE in squeeze(core)
    groups = [content.strip() for content in _GROUP.findall(core)]
    bracket, organization = _choose(groups, directory, sure=not like_form)
    if like_form and bracket is None:
        outside = _ROUND.sub(" ", _GROUP.sub(" ", core).replace("_", " "))
        bracket, organization = _loose(_unbracketed(outside, FORM_TITLE), directory)
    year = _ERA_YEAR.search(core)
    return FileName(
        stem=core,
        extension=extension,
        bracket=bracket or (groups[0] if like_form and groups else None),
        organization=organization,
        round_name=round_named(core),
        year=f"令和{year[1]}年度" if year else None,
        like_form=like_form,
        exact=organization.resolved is Resolved.EXACT
        and any(is_expected_filename(name, organization, one, settings) for one in settings.rounds),
        marks=marks,
    )


def bodies_named(name: str | None, settings: Settings) -> tuple[str, ...]:
    """Full names of the bodies that the brackets of a subject or file name name together: 「【飯田市・阿智村】」
    「【飯田市】【阿智村】」「【飯田市ほか3町村】」. () where they name one or none."""
    directory = directory_of(settings)
    groups = [content.strip() for content in _GROUP.findall(_plain(name))[:MAX_GROUPS]]
    found: dict[str, None] = {}
    for group in groups:
        found |= dict.fromkeys(directory.joint(group))
    bodies = [body for group in groups if (body := directory.lookup(group)).code is not None]
    places = [body for body in bodies if body.kind is not BodyKind.PREFECTURE]
    alone = [
        one for one in bodies if one not in places and not any(one.prefecture == place.prefecture for place in places)
    ]
    named = {body.code: body.full_name or "" for body in (*places, *alone)}
    if len(named) > 1:
        found |= dict.fromkeys(named.values())
    return tuple(found)


def round_named(text: str) -> str | None:
    """「1次公募」 for 「１次公募」「一次公募」「第1次」."""
    match = _ROUND.search(normalize("NFKC", text[:MAX_NAME]))
    return f"{_KANJI_DIGITS.get(match[1], match[1])}次公募" if match else None


# --- pieces -----------------------------------------------------------------------------------------------------------


def _plain(text: str | None) -> str:
    return _nested(plain_brackets((text or "")[:MAX_NAME]))


def _nested(plain: str) -> str:
    """Brackets inside brackets as (): 「【府中市（広島県）】」 is one group, not a group of 広島県. What stands in brackets as a
    whole, 「「【飯田市】計画策定支援」」, loses them; brackets that don't match stay as they are."""
    spans: list[tuple[int, int, int]] = []  # where each pair opens and closes, and how deep it lies
    open_at: list[int] = []
    for at, character in enumerate(plain):
        if character == "【":
            open_at.append(at)
        elif character == "】":
            if not open_at:
                return plain
            spans.append((open_at.pop(), at, len(open_at)))
    if open_at or all(depth == 0 for _, _, depth in spans):
        return plain
    if (0, len(plain) - 1, 0) in spans:
        return _nested(plain[1:-1].strip())
    characters = list(plain)
    for start, end, depth in spans:
        if depth:
            characters[start], characters[end] = "(", ")"
    return "".join(characters)


def _without_prefixes(subject: str | None, settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The subject with plain brackets, without Re:, Fw: and the tags of gateways at its front."""
    text = " ".join(normalize("NFKC", (subject or "")[:MAX_NAME]).split())
    tags = [normalize("NFKC", tag).casefold() for tag in settings.file.mailbox.gateway_prefixes if tag.strip()]
    words = tuple(word for tag in tags if (word := tag.strip(_TAG_EDGES)))
    found: list[str] = []
    while len(found) < MAX_PREFIXES:
        match = _REPLY.match(text)
        length = match.end() if match else next((len(tag) for tag in tags if text.casefold().startswith(tag)), 0)
        length = length or _gateway_tag(text, words) or _tag_length(text, settings)
        if not length:
            break
        found.append(text[:length].strip())
        text = text[length:].lstrip()
    return _nested(plain_brackets(text)), tuple(found)


def _gateway_tag(text: str, words: tuple[str, ...]) -> int:
    """Length of a tag that says what a listed one says, in whatever brackets and with more words: 「【外部メール】」."""
    match = _ANY_GROUP.match(text)
    return match.end() if match and match[1].strip().casefold().startswith(words) else 0


def _tag_length(text: str, settings: Settings) -> int:
    """Of an unlisted tag: in Latin brackets, no body, and before something that has a bracket of its own."""
    match = _LATIN_GROUP.match(text)
    if not match or "【" not in plain_brackets(text[match.end() :]):
        return 0
    content = match[1].strip()
    if _MARK.fullmatch(content) or case_number(content) or fold(content) == fold(settings.programme.subject):
        return 0
    return match.end() if directory_of(settings).lookup(content).resolved is Resolved.NONE else 0


def _without_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """Without 【再送】, （差し替え）, （1/2） and the like; a case number in brackets too."""
    marks: list[str] = []

    def drop(match: re.Match[str]) -> str:
        content = match[1].strip()
        if _MARK.fullmatch(content) or case_number(content) is not None:
            marks.append(content)
            return " "
        return match[0]

    core = _GROUP.sub(drop, text)
    while len(marks) < 20 and (match := _TRAILING_MARK.search(core)):
        marks.append(match[0].strip(" _-"))
        core = core[: match.start()]
    return " ".join(core.split()), tuple(marks)


def _split(plain: str) -> tuple[str, str, tuple[str, ...]]:
    """A file name's stem without marks of copies, its extension, those marks. 「.xlsx.pdf」 is a pdf."""
    extension = ""
    for _ in range(2):
        match = _EXTENSION.search(plain)
        if not match:
            break
        extension = extension or match[1].lower()
        plain = plain[: match.start()].rstrip()
    stem = _LEADING_COPY.sub("", plain)
    stem, marks = _without_marks(stem)
    return stem, extension, marks


def _unbracketed(outside: str, title: str) -> list[str]:
    """Where a body may stand without brackets: before the title, behind it, between separators."""
    before, _, after = outside.partition(title)
    found = [before.strip(" _-:・/"), after.strip(" _-:・/")]
    found += [token for token in re.split(r"[\s_/:・-]{1,3}", f"{before} {after}") if token]
    return [re.sub(r"(?:の|における|より|から|です)$", "", one) for one in found if 2 <= len(one) <= 40][:12]


def _choose(groups: Iterable[str], directory: Directory, *, sure: bool) -> tuple[str | None, Organization]:
    """The group that names a body: of the code list, then outside it, then one that is only like a name. A prefecture in
    a group of its own says which 府中市. `sure`: none outside the code list, nothing that is only like a name."""
    found = [(group, directory.lookup(group)) for group in list(groups)[:MAX_GROUPS]]
    prefectures = {body.name for _, body in found if body.kind is BodyKind.PREFECTURE}
    if len(prefectures) == 1:
        hint = next(iter(prefectures))
        found = [
            (group, directory.lookup(group, prefecture_hint=hint) if body.suggestions else body)
            for group, body in found
        ]
    found.sort(key=lambda one: _rank(one[1]))  # stable: the first of equals stays first
    if not found or found[0][1].resolved is Resolved.NONE:
        return None, NO_ORGANIZATION
    bracket, body = found[0]
    if sure and body.code is None and not _is_homonym(body):
        return None, NO_ORGANIZATION
    return bracket, body


def _rank(body: Organization) -> int:
    if body.code is not None:
        return 1 if body.kind is BodyKind.PREFECTURE else 0
    if body.name is not None:
        return 2
    return 3 if body.suggestions else 4


def _loose(candidates: Iterable[str], directory: Directory) -> tuple[str | None, Organization]:
    """A body that stands without brackets. Without 市区町村 it must be a name in full: 「山口」 is the officer's."""
    best: tuple[str | None, Organization] = (None, NO_ORGANIZATION)
    for one in candidates:
        body = directory.lookup(one)
        if (body.name is not None or one[-1] in "都道府県市区町村") and _rank(body) < _rank(best[1]):
            best = (one, body)
    return best


def _is_homonym(found: Organization) -> bool:
    """Nothing but the prefecture is missing: 「府中市」."""
    name = squeeze(found.written or "")
    return bool(name and found.suggestions) and all(squeeze(full).endswith(name) for full in found.suggestions)


def _residue(outside: str, title: str) -> str:
    """What is left of a subject without the programme's name and the words that go with an application."""
    text = squeeze(outside)
    if title:
        text = text.replace(squeeze(title), "", 1)
    return _PROGRAMME_WORDS.sub("", text)


def _digits(text: str) -> str:
    """One way to write a round's number."""
    return _ROUND.sub(lambda m: f"{_KANJI_DIGITS.get(m[1], m[1])}次公募", normalize("NFKC", text))


def _same(one: str, other: str) -> bool:
    """Equal but for width, spaces, case and kind of bracket."""
    return squeeze(plain_brackets(one)).casefold() == squeeze(plain_brackets(other)).casefold()
