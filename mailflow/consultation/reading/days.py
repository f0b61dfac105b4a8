"""Days out of tokens: dates, weeks, weekdays, ranges; one day said twice; a weekday that contradicts its date.

Part of the walk of `groups`. Pure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import jpholiday

from mailflow.consultation.reading.gathered import CONTENT, LONGEST_RANGE, Day, Gathering, days_between, on_or_after
from mailflow.consultation.reading.roles import Role, role_behind
from mailflow.consultation.reading.tokens import WEEKDAYS, T, Token
from mailflow.consultation.slots import is_day_off

_OF_THE_BOOKING = re.compile(r"(?:予約|相談|予定)(?:日)?の(?:ちょうど)?$")
_RIGHT_BEHIND = re.compile(r"(?:日|[)）])(?:の|から(?:の|ちょうど)?)$")
SATURDAY = 5
_FROM_THERE = re.compile(r"(?:その|さらに|の)$")
_IF_IT_IS = re.compile(r"(?:であれば|でしたら|なら|ですと|だと|は)、?")


class Days(Gathering):
    def _day(self, token: Token) -> None:
        if token.part == "holiday":
            day = self._behind_the_holiday()
            if day and self.group.days and not self.group.spans and _RIGHT_BEHIND.search(self.text, 0, token.at):
                self.group.days.pop()  # 「20日の祝日明け」
                self.group.named = None
            wrong = None if day else f"「{token.text}」がどの日か分かりません"
            token = replace(token, part="", day=day, wrong=wrong)
        if token.part in ("next", "open"):
            beside = self._beside(token)
            if beside is None:
                return
            token = beside
        if token.wrong:
            self.found.unclear.append(token.wrong)
            return
        if token.day is None:
            return
        if self.group.days and self.text[self.group.end : token.at].strip() == "より":  # 「3/18より3/19のほうが」
            self.found.unclear.append(f"「{self.group.text.strip()}より{token.text.strip()}」がどの日か分かりません")
        if self._says_closer(token):
            return
        self._begin_day(token)
        end = self._range_end(token.day)
        if end is not None:
            self.group.days += [Day(day, token.text, whole_week=True) for day in days_between(token.day, end)]
            return
        self.group.named, self.group.named_at = token, len(self.group.days)
        self.group.days.append(Day(token.day, token.text))
        if token.said_weekday is not None and token.said_weekday != token.day.weekday():
            self._contradiction(token)

    def _says_closer(self, token: Token) -> bool:
        """「来週の3/18」「明日（3/11）」「来週水曜（3/18）」: one day said twice. Where the two don't agree, people are asked back."""
        named = self.group.named
        if named is None or token.day is None or not self.group.days or self.group.spans:
            return False
        between = self.text[self.group.end : token.at]
        week = named.kind is T.WEEK and not named.part
        relative = named.kind is not T.DAY or named.relative or token.relative
        if week:  # 「今週であれば12日の午後」: one of its days
            between = _IF_IT_IS.sub("", between)
        if not relative or between.strip("の ") not in (("", "(", "、", ",") if week else ("", "(")):
            return False
        before, last = self.group.days[: self.group.named_at], self.group.days[self.group.named_at :]
        days = [one.day for one in last]
        if week and token.day in days and self._negated_ahead():
            self.group.days.append(Day(token.day, token.text))
            self.group.text += token.text
            return True
        if named.kind is T.WEEKDAY and last and last[0].nearest and named.weekday == token.day.weekday():
            days = [token.day]  # 「月曜（23日）」: the date says which Monday
        if named.kind is T.WEEK and "週明け" in named.text and token.day.weekday() == 0:
            days = [token.day]  # after a holiday it may be the week after next
        if token.day in days and token.said_weekday in (None, token.day.weekday()):
            self.group.days = [*before, Day(token.day, self.group.text + token.text)]
            self.group.named, self.group.named_at = token, len(before)
            if (end := self._range_end(token.day)) is not None:  # 「来週16日から19日」
                self.group.days = [
                    *before, *(Day(day, token.text, whole_week=True) for day in days_between(token.day, end))
                ]  # fmt: skip
        else:
            self.found.unclear.append(f"「{(named.text + between + token.text).strip()}」の日が合いません")
        self.group.text += between + token.text
        return True

    def _beside(self, token: Token) -> Token | None:
        """「翌日」「前営業日」「1週間後」: of the day named before; where none is, of the one booking; weeks and working days also
        from today. None where it says nothing: of no day, or of the date right behind it (「翌日の13日」)."""
        later = token.length or timedelta(days=1)
        again = token.text in self.beside and not _FROM_THERE.search(self.text, max(0, token.at - 4), token.at)
        if again:  # 「翌日に変更を。翌日も午前は議会」
            return replace(token, part="", day=self.beside[token.text])
        named = [one for one in (self.group, self.previous, *reversed(self.found.wished)) if one and one.days]
        whose = named[0].days[-1].day if named else self.booked.date() if self.booked else None
        if self.booked is not None and _OF_THE_BOOKING.search(self.text, max(0, token.at - 8), token.at):
            whose = self.booked.date()
        if whose is None and (token.part == "open" or later.days >= 7):
            whose = self.now.date()
        if whose is None:
            following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
            dated = following is not None and following.kind is T.DAY and self._adjacent(token, following)
            return (
                None if dated or later.days == -1 else replace(token, wrong=f"「{token.text}」がどの日か分かりません")
            )
        day = whose + later
        while token.part == "open" and is_day_off(day, self.consultation):
            day += later
        if self.group.days and not self.group.spans and _RIGHT_BEHIND.search(self.text, self.group.start, token.at):
            self.group.days.pop()  # 「18日の翌日」
            self.group.named = None
        self.beside[token.text] = day
        return replace(token, part="", day=day)

    def _behind_the_holiday(self) -> date | None:
        """「連休明け」: the first day open behind the next holiday; None where none is near."""
        days = [self.now.date() + timedelta(days=ahead) for ahead in range(2 * LONGEST_RANGE)]
        first = next((one for one in days if one.weekday() < SATURDAY and jpholiday.is_holiday(one)), None)
        return next((one for one in days if first and one > first and not is_day_off(one, self.consultation)), None)

    def _begin_day(self, token: Token) -> None:
        """A day after times begins a new group; so does one after a closed range."""
        if self.group.spans or self.closed_by_between:
            self._close()
        if not self.group:
            self.group.start = token.at
        self.group.text += token.text

    def _range_end(self, first: date) -> date | None:
        """「3/16〜3/18」「3/16〜18」「17日から19日」「月曜から水曜」: the last day, with the tokens passed over."""
        if self.at + 2 >= len(self.tokens) or self.tokens[self.at + 1].kind not in (T.TO, T.FROM):
            return None
        joiner, last = self.tokens[self.at + 1], self.tokens[self.at + 2]
        if last.kind is T.DAY and last.shorthand:
            day = int(last.part)
            end = on_or_after(first, day)
        elif last.kind is T.DAY and last.day is not None and self._adjacent(joiner, last):
            end = last.day
        elif last.kind is T.WEEKDAY and last.weekday is not None and self._adjacent(joiner, last):
            end = first + timedelta(days=(last.weekday - first.weekday()) % 7)
        else:
            return None
        if end is not None and last.said_weekday not in (None, end.weekday()):
            self.found.unclear.append(f"「{last.text.strip()}」の日付と曜日が合いません")
        if end is None or not first < end <= first + timedelta(days=LONGEST_RANGE):
            return None
        self.at += 2
        self._skip(T.UNTIL)
        return end

    def _contradiction(self, token: Token) -> None:
        """「3/18(木)」: the date, then the nearest such weekday; people are asked back."""
        if token.day is None or token.said_weekday is None:
            return
        ahead = (token.said_weekday - token.day.weekday()) % 7
        other = token.day + timedelta(days=ahead if ahead <= 3 else ahead - 7)
        self.group.days.append(Day(other, token.text))
        self.found.unclear.append(
            f"「{token.text.strip()}」の日付と曜日が合いません（{token.day.month}月{token.day.day}日は{WEEKDAYS[token.day.weekday()]}曜日です）"
        )

    def _week(self, token: Token) -> None:
        if token.day is None or self._week_of_a_date(token):
            return
        monday = token.day
        behind = self.group.days and not self.group.spans and self.text[self.group.end : token.at] == "の"
        if behind and token.text.startswith(("翌週", "次週")):  # 「3月17日の翌週の火曜」
            day = self.group.days.pop().day
            monday = day + timedelta(weeks=1, days=-day.weekday())
        self._begin_day(token)
        if token.part:
            days = [monday + timedelta(days=int(mark)) for mark in token.part]
            self.group.named_at = len(self.group.days)
            self.group.days += [Day(day, token.text) for day in days]
            self.group.named = token if len(days) == 1 else None
            end = self._range_end(days[-1])
            if end is not None:
                self.group.days += [Day(day, token.text, whole_week=True) for day in days_between(days[-1], end)[1:]]
            return
        last = monday + timedelta(days=6)
        self.group.named_at = len(self.group.days)
        self.group.days += [
            Day(day, token.text, whole_week=True) for day in days_between(max(monday, self.now.date()), last)
        ]
        self.group.named = token

    def _week_of_a_date(self, token: Token) -> bool:
        """「18日（来週水曜）」: one day said twice; where the two don't agree, people are asked back."""
        named = self.group.named
        if token.day is None or len(token.part) != 1 or named is None or named.kind is not T.DAY or self.group.spans:
            return False
        if self.text[self.group.end : token.at].strip() != "(":
            return False
        if named.day != token.day + timedelta(days=int(token.part)):
            self.found.unclear.append(f"「{(named.text + '（' + token.text).strip()}」の日が合いません")
        self.group.text += token.text
        return True

    def _weekday(self, token: Token) -> None:
        if token.weekday is None:
            return
        if token.wrong:
            self.found.unclear.append(token.wrong)
            return
        if self.group.days and not self.group.spans and all(one.whole_week for one in self.group.days):
            week = [one.day for one in self.group.days if one.day.weekday() == token.weekday]
            if week and not self._negated_ahead():  # 「来週の、できれば火曜」
                self.group.days = [Day(week[0], token.text)]
                self.group.text += token.text
                return
        named = self.group.named
        if named is not None and named.relative and self.text[self.group.end : token.at].strip() in ("", "("):
            if named.day is not None and named.day.weekday() != token.weekday:  # 「明日（木曜）」 on a Tuesday
                self.found.unclear.append(f"「{(named.text + '（' + token.text).strip()}」の日が合いません")
            self.group.text += token.text
            return
        self._begin_day(token)
        today = self.now.date()
        ahead = (token.weekday - today.weekday()) % 7 or 7
        anchor = self._week_in_force()
        nearest = anchor is None
        day = anchor + timedelta(days=token.weekday) if anchor else today + timedelta(days=ahead)
        end = self._range_end(day)
        days = days_between(day, end) if end else [day]
        if day < today and anchor is not None and "先週" not in self.text:  # 「明日が祝日なので、次の月曜」
            days = [one + timedelta(weeks=1) for one in days]
        self.group.named_at = len(self.group.days)
        self.group.days += [Day(one, token.text, nearest=nearest) for one in days]
        self.group.named = token if len(days) == 1 else None

    def _week_in_force(self) -> date | None:
        """The week that this text has named: 「来週、月曜は不可」 speaks of next week's Monday."""
        for group in (self.group, *reversed(self.pending), self.previous, *reversed(self.found.wished)):
            if group and group.days:
                last = group.days[-1].day
                return last - timedelta(days=last.weekday())
        return None

    def _negated_ahead(self) -> bool:
        """Whether this day, and those joined to it, are what is not wished."""
        number = self.at
        while True:
            token, end = self.tokens[number], len(self.text)
            number = next(
                (n for n in range(number + 1, len(self.tokens)) if self.tokens[n].kind in CONTENT | {T.STOP}), -1
            )
            following = self.tokens[number] if number >= 0 else None
            tail = self.text[token.at + len(token.text) : following.at if following else end]
            role = Role.JOINED if tail.strip() in ("~", "-", "から") else role_behind(tail)
            if role is not Role.JOINED or following is None or following.kind is T.STOP:
                return role is Role.EXCLUDED
