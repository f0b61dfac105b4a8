"""Tokens gathered into groups: days with the times said of them, and what each group is (a wish, not wished, a booking).

In: tokens (tokens.py), the text they stand in, the day the mail came, office hours and slot length. Out: `Found`. A time
belongs to the days before it, as long as nothing but particles stands between; where several days are said together
(「18日か19日の午後」), to each of them. What a group is, its sentence says (roles.py). Pure.
"""

from __future__ import annotations

import re
from datetime import timedelta

from mailflow.consultation.reading.gathered import (
    CONTENT,
    END_OF_DAY,
    LONGEST_RANGE,
    OPEN,
    Day,
    Group,
    days_between,
    moment,
)
from mailflow.consultation.reading.roles import ANSWER_HEAD, GLUE, Role, role_behind, role_of
from mailflow.consultation.reading.text import ORDER
from mailflow.consultation.reading.times import Times
from mailflow.consultation.reading.tokens import T, Token

_OR = re.compile(
    r"[\s、]{0,3}(?:または|又は|もしくは|若しくは|あるいは|か、)"
)  # a wish that was not understood is no lesser wish
_STRAY = re.compile(
    r"\d{1,2}\s?(?:時(?!間)|:)\s?\d{0,2}|\d{1,2}\s?[/月]\s?\d{0,2}|\d{1,2}日(?!間)"
)  # what no token took
_PAPERS = re.compile(r"(?:応募|申請|様式|書類|資料)[^。\n]{0,24}(?:提出|送付|お送り|応募)")
_ALIKE = re.compile(r"[はに][^、。\d\n]{1,12}[、,・]\s?")  # 「3/17は首長説明、3/18は委員会」
_OF_ELSE = re.compile(
    r"(?:招待|返事|返信|回答|資料|URL|リンク|案内|連絡|様式|書類|ID|議事録|結果)[^。、\n]{0,8}[はをがも][、\s]?[^、。\n]{0,8}$"
)
_PARALLEL = re.compile(r"[、,]\s?[^、。,\d\n]{1,10}[はが]\s?")  # 「申込みは3月24日、応募は3月26日が期限」
_LASTS = re.compile(
    r"\s?(?:ある|あり(?!が)|ござい|続|かか|行われ|開か|開催|不在|出張|休|入って|埋ま|会期|いません|おりません|閉庁)"
)
_ENDS_THEN = re.compile(r"\s?です(?:ので|から|し)")  # 「議会が17日までですので」
_LIST_LINE = re.compile(r"[\s・●○■◆◎※*(\x01\d)-]{0,8}?(?:\d{1,2}\s?[/月日]|[再さ翌来次今]{1,2}週|[月火水木金]曜)")
_OF_THOSE_DAYS = re.compile(r"(?:いずれの日|どの日|各日|両日とも?|どれ)も?、?\s?$")
_DAYS = frozenset({T.DAY, T.WEEK, T.WEEKDAY})
MODIFIERS = frozenset({T.FROM, T.UNTIL, T.AFTER, T.BEFORE})


class Parser(Times):
    """Walks the tokens once, gathering a group of days and times until something closes it."""

    def run(self) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            between = self.text[self.group.end : token.at] if self.group else ""
            moved = token.kind in _DAYS and between.strip().endswith("を")  # 「18日を24日に変更」: not one of two days
            apart = bool(self.group) and (moved or not GLUE.fullmatch(between))
            if apart and token.kind in CONTENT:
                self._close()
            elif token.kind in (T.TIME, T.PART) and self.group.days and self._aside(token):
                days = list(self.group.days)
                self._close()
                self.group = Group(days=days, start=token.at)
            step = getattr(self, f"_{token.kind.name.lower()}", None)
            if step is not None and not (apart and token.kind in MODIFIERS):
                if not self.group and token.kind in CONTENT:
                    self.group.start = token.at
                step(token)
            if (
                self.group
                and (token.kind in CONTENT or token.kind in MODIFIERS)
                and not (apart and token.kind in MODIFIERS)
            ):
                last = self.tokens[min(self.at, len(self.tokens) - 1)]
                self.group.end = last.at + len(last.text)
            self.at += 1
        self._stop(None)

    def _aside(self, token: Token) -> bool:
        """「3/19の午後（15時以降は除く）」."""
        return "(" in self.text[self.group.end : token.at] and self._negated_ahead()

    # --- what closes a group, and says what it was ---

    def _join(self, token: Token) -> None:
        if self.not_next and self.group.days and not self.group.spans and token.text in "、,・":
            self._close()  # 「都合の悪い日：3/16、3/18午前」: the first is out for the whole day

    def _between(self, _token: Token) -> None:
        self.closed_by_between = True

    def _order(self, token: Token) -> None:
        self._close()
        self.rank = int(token.text.strip(ORDER)[0])

    def _not_next(self, token: Token) -> None:
        self._close()
        self.not_next, self.not_from = True, token.at + len(token.text)

    def _limit_next(self, token: Token) -> None:
        if self.group and GLUE.fullmatch(self.text[self.group.end : token.at]):
            return  # 「26日16時の締切」: said of what stands before
        self._close()
        self.limit_next, self.limit_from = True, token.at + len(token.text)

    def _before(self, _token: Token) -> None:
        """「18日までに」."""
        if self.group.days and not self.group.spans:
            self._bound(END_OF_DAY)

    _until = _before

    def _after(self, _token: Token) -> None:
        """「18日以降」: all days from that one on."""
        if self.group.days and not self.group.spans:
            first = self.group.days[-1]
            self.group.days[-1:] = [
                Day(day, first.text, whole_week=True)
                for day in days_between(first.day, first.day + timedelta(days=LONGEST_RANGE))
            ]

    def _bound(self, end: timedelta) -> None:
        """The end of what is asked for; of an answer or of papers it says nothing (「3/13までにご回答を」)."""
        group, self.group = self.group, Group()
        if group:
            group.end = max(group.end, group.start)
            self.found.bounds.append(group)
            self.previous = group if group.days else self.previous
        day = group.days[-1].day if group.days else None
        last = self.tokens[self.at]
        stop = next((one.at for one in self.tokens[self.at + 1 :] if one.kind is T.STOP), len(self.text))
        behind = self.text[last.at : stop]
        by_then = "それまで" in behind or "その前" in behind
        ended = last.at + len(last.text)
        if _LASTS.match(self.text, ended) or (not by_then and _ENDS_THEN.match(self.text, ended)):
            return  # 「議会が19日まであるので」
        if _OF_ELSE.search(self.text[max(self.begins, group.start - 24) : group.start]):
            return  # 「招待メールは3/12までにいただけると」
        ours = by_then or role_behind(behind) not in (Role.OTHER, Role.UNKNOWN)
        if day is not None and ours and day >= self.now.date():  # not 「昨日まで研修でした」
            limit = moment(day, end)
            self.found.limit = min(limit, self.found.limit) if self.found.limit else limit
        self.limit_next = False

    def _stop(self, token: Token | None) -> None:
        self._close()
        self._wishes_before = len(self.found.wished)
        end = token.at if token is not None else len(self.text)
        role = Role.LISTED
        for number in range(len(self.pending) - 1, -1, -1):
            group = self.pending[number]
            until = self.pending[number + 1].start if number + 1 < len(self.pending) else end
            since = self.pending[number - 1].end if number else self.begins
            following, role = role, role_of(self.text[since : group.start], self.text[group.end : until])
            if role is Role.JOINED or (role is Role.UNKNOWN and _PARALLEL.fullmatch(self.text[group.end : until])):
                role = following
            if (
                role is Role.UNKNOWN
                and following in (Role.EXCLUDED, Role.OTHER)
                and _ALIKE.fullmatch(self.text[group.end : until])
            ):
                role = following
            if role in OPEN and (stray := _STRAY.search(self.text[group.end : until][:40])):
                self.found.unclear.append(f"「{stray[0]}」が日時か分かりません")
            if role in (Role.OTHER, Role.UNKNOWN) and _OR.match(self.text[group.end : until]):
                self.found.unclear.append(f"「{group.text.strip()}」がご希望の日時か分かりません")
            head = self.text[since : group.start]
            if (
                role is Role.OTHER
                and not group.spans
                and (_PAPERS.search(self.text[since:until]) or ANSWER_HEAD.search(head))
            ):
                self.found.papers.append(group)
            self._settle(group, role)
        self.not_next = self.not_next and self._goes_on(token)
        self.pending.clear()
        self.begins = end
        self.limit_next = False

    def _goes_on(self, token: Token | None) -> bool:
        """Whether 「都合の悪い日時」 heads the next line too: it stood alone on its line, or this line and the next are its list."""
        if token is None or token.text != "\n":
            return False
        if not self.pending:
            return not self.text[self.not_from : token.at].strip(" \n。:です")
        alone = "\n" in self.text[self.not_from : self.pending[0].start]
        return alone and bool(_LIST_LINE.match(self.text, token.at + 1))

    def _settle(self, group: Group, role: Role) -> None:
        """From the last group of a sentence to its first."""
        found = self.found
        if self.not_next and group.start >= self.not_from:
            role = Role.EXCLUDED
        match role:
            case Role.WISH | Role.LISTED:
                group.asked = role is Role.WISH
                found.wished.insert(self._wishes_before, group)
            case Role.ELSE:
                days = {one.day for one in group.days}
                if not group.spans and any(
                    one.day in days for other in self.pending if other is not group for one in other.days
                ):
                    return  # 「16日10時希望（16日がNGなら23日）」
                if not any(one.day in days for other in found.wished[: self._wishes_before] for one in other.days):
                    found.wished.insert(self._wishes_before, group)
            case Role.EXCLUDED if not group.days and _OF_THOSE_DAYS.search(
                self.text, max(0, group.start - 8), group.start
            ):
                return  # 「いずれの日も終日席を外せません」: the days were named before
            case Role.EXCLUDED | Role.UNCERTAIN:
                found.excluded += self._only_last(group)
            case Role.BOOKED:
                found.refers.insert(0, group)
            case Role.AGREED:
                found.agreed.append(group)
            case Role.UNKNOWN:
                found.unknown.append(group)
            case _:
                found.other.append(group)

    def _only_last(self, group: Group) -> list[Group]:
        """「来週でしたら、水曜以外」: the week stays wished, the last named day goes."""
        if group.days and not group.days[0].whole_week:
            return [group]  # 「来週の月曜から水曜は」
        whole = [one for one in group.days if one.whole_week]
        single = [one for one in group.days if not one.whole_week]
        if whole and single:
            self.found.wished.insert(
                self._wishes_before, Group(days=whole, text=group.text, start=group.start, end=group.end)
            )
            return [Group(days=single, spans=group.spans, text=group.text)]
        return [group]

    def _close(self) -> None:
        self.closed_by_between = False
        if not self.group:
            return
        self.group.rank, self.sharing = self.rank, []
        if self.limit_next:
            self.limit_next = False
            if GLUE.fullmatch(self.text[self.limit_from : self.group.start].replace("同日", "")):
                self.found.bounds.append(self.group)
                self.previous, self.group = self.group, Group()
                return
        self.pending.append(self.group)
        self.previous = self.group
        self.group = Group()
