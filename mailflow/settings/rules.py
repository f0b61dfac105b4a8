"""rules.yaml: which mail is what, what is checked, what follows (DESIGN §3, §4).

Rules are tried from top to bottom; the first whose `when` holds gives kind and label, then its checks run in the order
written, then `then` says what follows. Checks are configured once and named by the rules, alone or by a group.

`RulesFile` refuses what contradicts itself (pydantic). `cross_check` tells what contradicts the other files: names of
expressions and messages, fields of form.yaml, templates. Compiled expressions are kept with the file. Pure.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from mailflow.model import Intent, Kind
from mailflow.settings import checks as catalogue
from mailflow.settings import checks_form
from mailflow.settings.check_base import Configured, OwnCheck
from mailflow.settings.checks import CATALOGUE
from mailflow.settings.expressions import Expression, ExpressionError, Names, compile_expression
from mailflow.settings.fields import ClockTime, Duration, Strict
from mailflow.settings.form import FormFile
from mailflow.settings.messages import WORDING_NAMES, is_name, places
from mailflow.settings.names import INTENTS, names_for
from mailflow.settings.problems import Misplaced, Trouble
from mailflow.settings.reachable import unreachable
from mailflow.settings.renamed_checks import left_behind, without_strange_keys
from mailflow.settings.terms import Term
from mailflow.settings.vocabulary import suggestion

_IN_INTENTS = re.compile(r"""(['"])([^'"]{0,60})\1\s{1,5}(?:not\s{1,5})?in\s{1,5}intents\b""")
BY_FINDINGS = "application"
BY_REQUEST = "consultation"
NO_REPLY = "none"
# The letters that each of both chooses from: a missing one would be found out on the day that it is needed.
LETTERS_OF: Mapping[str, tuple[str, ...]] = {
    BY_FINDINGS: (
        "late", "refused", "password-request", "fix-request", "receipt", "replacement", "arrival", "part-missing",
    ),
    BY_REQUEST: (
        "consultation-offer", "consultation-confirmed", "consultation-changed", "consultation-cancelled",
        "consultation-closed", "consultation-full",
    ),
}  # fmt: skip
Condition = Annotated[str, BeforeValidator(lambda value: "true" if value is True else value)]  # `when: true` in YAML


_NOTHING = frozenset({"なし", "無し", "しない", "返信なし", "no", "null", "false"})


class Timing(Strict):
    """How letters keep away from the close (letters.md 2)."""

    work_opens: ClockTime = Field(
        time(8, 30), description="業務時間の始まり（締切までの業務時間を数えるのに使います）。"
    )
    work_closes: ClockTime = Field(
        time(17, 0), description="業務時間の終わり。修正をお願いする期日の時刻にもなります。"
    )
    near_close: Duration = Field(
        timedelta(hours=4), description="締切までの業務時間がこれより少なければ「締切間際」の手紙にします。"
    )
    least_notice: Duration = Field(
        timedelta(hours=2), description="手紙が出るとき、お願いする期日までに最低でも残す時間。"
    )
    late_for: Duration = Field(
        timedelta(days=30),
        description="締切のあと、これまでに届いたものを「遅れた応募」とみなします。後のものは round-open が人に見せます。",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.work_closes <= self.work_opens:
            hint = f"work_opens は {self.work_opens:%H:%M} です。午後は 17:00 のように24時間制で書きます"
            raise Misplaced(
                "work_closes（業務時間の終わり）が work_opens（始まり）より前です", "work_closes", hint=hint
            )
        return self


class Then(Strict):
    """What follows when a rule decided."""

    enqueue: bool = Field(False, description="不備がなければ応募の列に入れるか。")
    reply: str = Field(
        NO_REPLY,
        description="返信。none 出さない・application 指摘に応じて late・refused・password-request・fix-request・receipt から選ぶ・consultation 枠の空きに応じて consultation-… から選ぶ・またはテンプレートの名前。",
    )
    review: str | None = Field(None, description="先に人が見る理由。書くと、人が見るまで何も出ません。")
    notify: str | None = Field(None, description="事務局の人に知らせる文。")
    file: str | None = Field(None, description="メールを整理するときの見出し。")
    withdraw: bool = Field(False, description="応募を取り下げるか（人が見るまでは動きません）。")


class Rule(Strict):
    id: str = Field(description="規則の名前（英小文字）。", pattern=r"^[a-z][a-z0-9-]{1,40}$")
    description: str = Field(description="どんなメールか。画面に出ます。")
    when: Condition = Field(
        description="この式が成り立つメールに当てはめます。必ず当てはめるときは true。", max_length=2000
    )
    kind: Kind = Field(description="メールの種類。")
    label: str | None = Field(None, description="種類の中のさらに細かい見出し。", pattern=r"^[a-z][a-z0-9-]{1,40}$")
    handles: tuple[Intent, ...] = Field(
        (), description="この規則で済む用件。ほかの用件があれば also-asks が指摘します。"
    )
    checks: tuple[str, ...] = Field((), description="検査の名前、または groups の名前。書いた順に調べます。")
    then: Then = Field(default_factory=Then, description="そのあと何をするか。")


def _sort(value: Any) -> str:
    """Which model a configured check is: its own id for the catalogue, `own` for an operator's."""
    if isinstance(value, Mapping):
        return str(value["check"]) if "check" in value else "own"
    return "own" if isinstance(value, OwnCheck) else str(getattr(value, "check", "own"))


AnyCheck = Annotated[
    Annotated[catalogue.SubjectName, Tag("subject-name")]
    | Annotated[catalogue.AttachmentName, Tag("attachment-name")]
    | Annotated[catalogue.AttachmentMissing, Tag("attachment-missing")]
    | Annotated[catalogue.AttachmentFormat, Tag("attachment-format")]
    | Annotated[catalogue.AttachmentLocked, Tag("attachment-locked")]
    | Annotated[catalogue.AttachmentUnreadable, Tag("attachment-unreadable")]
    | Annotated[catalogue.AttachmentLink, Tag("attachment-link")]
    | Annotated[catalogue.AttachmentMany, Tag("attachment-many")]
    | Annotated[catalogue.FormVersion, Tag("form-version")]
    | Annotated[catalogue.FormUntouched, Tag("form-untouched")]
    | Annotated[catalogue.FormComplete, Tag("form-complete")]
    | Annotated[catalogue.FormChoice, Tag("form-choice")]
    | Annotated[catalogue.FormType, Tag("form-type")]
    | Annotated[checks_form.FormExample, Tag("form-example")]
    | Annotated[checks_form.FormShifted, Tag("form-shifted")]
    | Annotated[catalogue.FormLength, Tag("form-length")]
    | Annotated[catalogue.CourseChosen, Tag("course-chosen")]
    | Annotated[catalogue.WeeklyHours, Tag("weekly-hours")]
    | Annotated[catalogue.OrganizationKnown, Tag("organization-known")]
    | Annotated[catalogue.OrganizationAgrees, Tag("organization-agrees")]
    | Annotated[catalogue.ApplicantType, Tag("applicant-type")]
    | Annotated[catalogue.Scope, Tag("scope")]
    | Annotated[catalogue.FiscalIndex, Tag("fiscal-index")]
    | Annotated[catalogue.SenderDomain, Tag("sender-domain")]
    | Annotated[catalogue.SenderAuthentic, Tag("sender-authentic")]
    | Annotated[catalogue.SenderReplyTo, Tag("sender-reply-to")]
    | Annotated[catalogue.SenderParty, Tag("sender-party")]
    | Annotated[catalogue.RoundOpen, Tag("round-open")]
    | Annotated[catalogue.RoundLate, Tag("round-late")]
    | Annotated[catalogue.Duplicate, Tag("duplicate")]
    | Annotated[catalogue.VersionReplaces, Tag("version-replaces")]
    | Annotated[catalogue.AlsoAsks, Tag("also-asks")]
    | Annotated[OwnCheck, Tag("own")],
    Discriminator(_sort),
]


class RulesFile(Strict):
    """rules.yaml."""

    timing: Timing = Field(default_factory=Timing, description="手紙と締切の間の取り方。")
    checks: tuple[AnyCheck, ...] = Field(
        description="検査の重さと文。check: は用意された検査、id: と when: は自分で作る検査です。"
    )
    groups: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="検査のまとまり。規則から名前で使えます。"
    )
    rules: tuple[Rule, ...] = Field(
        min_length=1, description="規則。上から順に調べ、最初に当てはまったものを使います。"
    )
    _compiled: dict[str, Expression] = PrivateAttr(default_factory=dict)
    # By the rule's id, with the checks and groups they were made of: a copy of the model shares this dict.
    _checks_of: dict[str, tuple[object, object, tuple[Configured, ...]]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _known_checks(cls, data: Any) -> Any:
        """Says it of an unknown check before pydantic lists all that it could be."""
        entries = data.get("checks") if isinstance(data, Mapping) else None
        if not isinstance(entries, (list, tuple)):
            return data
        for index, entry in enumerate(entries):
            name = entry.get("check") if isinstance(entry, Mapping) else None
            if isinstance(name, str) and name not in CATALOGUE:
                raise Misplaced(
                    f"`{name}` という検査はありません", "checks", index, "check", hint=_hint(name, CATALOGUE)
                )
        return {**data, "checks": without_strange_keys(entries)}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        configured = self._checks_once()
        _once((rule.id for rule in self.rules), "rules", "規則")
        for name, members in self.groups.items():
            if name in configured:
                raise Misplaced(
                    f"{name} という名前の検査があるので、まとまりの名前にできません", "groups", name, key=True
                )
            for index, member in enumerate(members):
                _must_be(member, configured, "groups", name, index)
        for index, rule in enumerate(self.rules):
            for place, member in enumerate(rule.checks):
                _must_be(member, {*configured, *self.groups}, "rules", index, "checks", place)
        return self

    def _checks_once(self) -> set[str]:
        names = [check.name for check in self.checks]
        wanted = [
            *(one for members in self.groups.values() for one in members),
            *(n for r in self.rules for n in r.checks),
        ]
        twice = next((one for place, one in enumerate(names) if one in names[:place]), "")
        was = left_behind(dict.fromkeys(wanted), names, twice)
        hint = (
            f"使われている検査 {was} の設定が checks にありません。2つのうち {was} の設定のほうを `{was}` と書いてください"
            if was
            else None
        )
        return _once(names, "checks", "検査", hint)

    def check(self, name: str) -> Configured | None:
        """How a check is configured; None for one that is not."""
        return next((check for check in self.checks if check.name == name), None)

    def rule(self, name: str | None) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == name), None)

    def checks_of(self, rule: Rule) -> tuple[Configured, ...]:
        """The checks of one of these rules in their order, groups opened, each once. Made once: each mail asks for them."""
        found = self._checks_of.get(rule.id)
        if found is None or found[0] is not self.checks or found[1] is not self.groups:
            by_name = {check.name: check for check in self.checks}
            wanted: dict[str, Configured] = {}
            for name in rule.checks:
                for member in self.groups.get(name, (name,)):
                    wanted.setdefault(member, by_name[member])
            found = self._checks_of[rule.id] = (self.checks, self.groups, tuple(wanted.values()))
        return found[2]

    def expression(self, text: str, form: FormFile) -> Expression:
        """The compiled condition, made once. Raises ExpressionError for what `cross_check` would have told."""
        compiled = self._compiled.get(text)
        if compiled is None:
            compiled = self._compiled[text] = compile_expression(text, names_for(form))
        return compiled


def cross_check(rules: RulesFile, form: FormFile, templates: Collection[str]) -> list[Trouble]:
    """What in rules.yaml contradicts form.yaml, the templates and the documented names; [] if nothing."""
    names = names_for(form)
    troubles = list(_rules_troubles(rules, names, templates))
    troubles += unreachable([(rule.id, _compiled(rule.when, names)) for rule in rules.rules])
    fields = {key for spec in form.forms for key in spec.fields}
    used = {name for rule in rules.rules for wanted in rule.checks for name in rules.groups.get(wanted, (wanted,))}
    for index, check in enumerate(rules.checks):
        troubles += _check_troubles(check, ("checks", index), names, fields, templates)
        if check.name not in used:
            troubles.append(_unused(check.name, index, rules))
    return troubles


def _unused(name: str, index: int, rules: RulesFile) -> Trouble:
    """A check that no rule asks for says nothing, ever: a slip, or one that was left out on purpose. A warning."""
    groups = "・".join(rules.groups) or "groups"
    return Trouble(
        ("checks", index),
        f"検査 {name} は、どの規則も使いません（行われません）",
        f"groups（{groups}）か、規則の checks に名前を足します",
        severity="warning",
    )


def _compiled(text: str, names: Names) -> Term | None:
    """None for one that is told to be wrong elsewhere."""
    try:
        return compile_expression(text, names).term
    except ExpressionError:
        return None


def _rules_troubles(rules: RulesFile, names: Names, templates: Collection[str]) -> Iterator[Trouble]:
    for index, rule in enumerate(rules.rules):
        at = ("rules", index)
        yield from _expression_troubles(rule.when, (*at, "when"), names)
        reply = rule.then.reply
        if reply not in (NO_REPLY, BY_FINDINGS, BY_REQUEST) and reply not in templates:
            known = (NO_REPLY, BY_FINDINGS, BY_REQUEST, *templates)
            yield Trouble(
                (*at, "then", "reply"),
                f"`{reply}` というテンプレートはありません",
                "返信しないときは `none` と書きます" if reply in _NOTHING else _hint(reply, known),
                length=len(reply),
                absent=None if reply in _NOTHING else reply,
            )
        for needed in LETTERS_OF.get(reply, ()):
            if needed not in templates:
                yield Trouble(
                    (*at, "then", "reply"),
                    f"この返信に要るひな形 templates/{needed}.j2 がありません",
                    f"{reply} が選ぶ手紙: {'・'.join(LETTERS_OF[reply])}",
                    length=len(reply),
                    absent=needed,
                )


# What else names fields of form.yaml.
_FIELD_LISTS: Mapping[type[Configured], tuple[str, ...]] = {
    checks_form.FormExample: ("contacts", "beside", "prose"),
    checks_form.FormShifted: ("names", "kana"),
    catalogue.AlsoAsks: ("fields",),
}


def _check_troubles(
    check: Configured, at: tuple[str | int, ...], names: Names, fields: Collection[str], templates: Collection[str]
) -> Iterator[Trouble]:
    if isinstance(check, OwnCheck):
        yield from _expression_troubles(check.when, (*at, "when"), names)
    known = {**names, **{name: WORDING_NAMES[name] for name in ("found", "expected", "where", "example", *check.GIVES)}}
    for key, text in _texts(check):
        for offset, place in places(text):
            if not is_name(place, known):
                near = suggestion(place, known)
                hint = f"`{near}` ではありませんか。名前の一覧: docs/rules.md" if near else "名前の一覧: docs/rules.md"
                yield Trouble((*at, *key), f"`{place}` という名前はありません", hint, offset=offset, length=len(place))
    field = getattr(check, "field", None)
    if isinstance(field, str) and field not in fields:
        yield Trouble(
            (*at, "field"), f"`{field}` という項目は form.yaml にありません", _hint(field, fields), length=len(field)
        )
    for listing in _FIELD_LISTS.get(type(check), ()):
        for index, one in enumerate(getattr(check, listing)):
            if one not in fields:
                said = f"`{one}` という項目は form.yaml にありません"
                yield Trouble((*at, listing, index), said, _hint(one, fields), length=len(one))
    if isinstance(check, catalogue.FormComplete):
        for name in check.messages:
            if name not in fields:
                yield Trouble(
                    (*at, "messages", name),
                    f"`{name}` という項目は form.yaml にありません",
                    _hint(name, fields),
                    key=True,
                )
    if isinstance(check, catalogue.VersionReplaces):
        for place_, template in enumerate(check.requests):
            if template not in templates:
                yield Trouble(
                    (*at, "requests", place_),
                    f"`{template}` というテンプレートはありません",
                    _hint(template, templates),
                    absent=template,
                )


def _texts(check: Configured) -> Iterator[tuple[tuple[str, ...], str]]:
    for key in check.texts():
        value = getattr(check, key)
        if isinstance(value, str):
            yield (key,), value
        elif isinstance(value, Mapping):
            for name, text in value.items():
                yield (key, name), text


def _expression_troubles(text: str, path: tuple[str | int, ...], names: Names) -> Iterator[Trouble]:
    try:
        compile_expression(text, names)
    except ExpressionError as error:
        yield Trouble(path, error.message, error.hint, offset=error.offset, length=error.length)
        return
    for match in _IN_INTENTS.finditer(text):
        if match[2] not in INTENTS:
            yield Trouble(
                path,
                f"`{match[2]}` という用件はありません",
                _hint(match[2], INTENTS),
                offset=match.start(2),
                length=len(match[2]),
            )


def _hint(wrong: str, known: Iterable[str]) -> str:
    known = tuple(known)
    near = difflib.get_close_matches(wrong[:80], known, 1, 0.6)
    if near:
        return f"`{near[0]}` ではありませんか。"
    return f"使えるもの: {'・'.join(sorted(known)[:40])}"


def _once(names: Iterable[str], key: Literal["checks", "rules"], word: str, hint: str | None = None) -> set[str]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            hint = hint or "写して足したものなら、別の名前にしてください。要らないものなら、消してください"
            raise Misplaced(f"{word} {name} が2つあります", key, index, "id" if key == "rules" else "check", hint=hint)
        seen.add(name)
    return seen


def _must_be(name: str, known: Collection[str], *at: str | int) -> None:
    if name in known:
        return
    if name in CATALOGUE:
        raise Misplaced(
            f"検査 {name} の重さと文が checks にありません", *at, hint=f"checks に - check: {name} を足してください"
        )
    raise Misplaced(f"`{name}` という検査もまとまりもありません", *at, hint=_hint(name, known))
