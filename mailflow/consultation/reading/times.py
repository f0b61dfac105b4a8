"""Times out of tokens: clock times, ranges, parts of the day; which day times without one are of.

Part of the walk of `groups`. Pure.
"""

from __future__ import annotations

import re
from datetime import timedelta

from mailflow.consultation.reading.days import Days
from mailflow.consultation.reading.gathered import END_OF_DAY, NOON, OPEN, Group, Span, since_midnight
from mailflow.consultation.reading.roles import Role, role_behind
from mailflow.consultation.reading.tokens import T, Token

_EACH = re.compile(r"いずれ(?:の日)?も|どちら(?:の日)?も|どれも|どの日も|両日|(?:すべ|全)て|共に|ともに|それぞれ|各日")
REASON = 24  # characters: 「19日は10時から会議があるので、24日の同じ時間に」
_NEXT_ITEM = re.compile(r"\n[^\S\n]{0,4}[・●■◆※*-]")


class Times(Days):
    def _time(self, token: Token) -> None:
        if token.wrong:
            self.found.unclear.append(token.wrong)
            return
        if token.clock is None:
            return
        self._drop_part()
        self._said_twice(token)
        start = END_OF_DAY if token.part == "midnight" else since_midnight(token.clock)
        start = self._by_half(start)
        slot = self.consultation.pattern.length
        end: timedelta | None = None
        ahead = self.tokens[self.at + 1 : self.at + 4]
        if (
            ahead
            and ahead[0].kind in (T.TO, T.FROM)
            and len(ahead) > 1
            and ahead[1].kind is T.TIME
            and ahead[1].clock
            and self._adjacent(ahead[0], ahead[1])
        ):
            end = END_OF_DAY if ahead[1].part == "midnight" else since_midnight(ahead[1].clock)
            if end < NOON <= start:  # 「午後7時〜8時」
                end += NOON
            self.at += 2
            self._skip(T.UNTIL)
        elif (
            ahead
            and ahead[0].kind in (T.TO, T.FROM)
            and len(ahead) > 1
            and ahead[1].kind is T.DURATION
            and ahead[1].length
            and self._adjacent(ahead[0], ahead[1])
        ):
            end = start + ahead[1].length
            self.at += 2
        elif ahead and ahead[0].kind is T.DURATION and ahead[0].length and self._adjacent(token, ahead[0]):
            end = start + ahead[0].length
            self.at += 1
        elif token.part == "hour":  # 「16時台」
            end = start + timedelta(hours=1)
        elif ahead and (
            ahead[0].kind is T.AFTER or (ahead[0].kind is T.FROM and len(ahead) > 1 and ahead[1].kind is T.AFTER)
        ):
            end = max(self._closing(), start + slot) if start < self._closing() else END_OF_DAY
            self.at += 1
        elif ahead and ahead[0].kind is T.BEFORE:
            self._bound(start)
            self.at += 1
            return
        elif ahead and ahead[0].kind is T.UNTIL:
            if self.limit_next:
                self._bound(start)
                self.at += 1
                return
            start, end = min(self.part_from or self._opening(), start), start
            self.at += 1
            if start == end:  # 「10時まで出張」: before the first slot
                return
        elif ahead and ahead[0].kind in (T.TO, T.FROM):
            self.at += 1
        if end is None:
            end = start + slot
        if start >= end:
            self.found.unclear.append(f"「{token.text.strip()}」の時刻の前後が合いません")
            return
        self._add_span((start, end), token)

    def _said_twice(self, token: Token) -> None:
        """「15時（午後2時）」: one time in two ways that don't agree."""
        before = self.tokens[self.at - 1] if self.at else None
        if before is None or before.kind is not T.TIME or before.clock in (None, token.clock):
            return
        between, behind = self.text[before.at + len(before.text) : token.at], self.text[token.at + len(token.text) :]
        if between.strip() == "(" and behind.startswith(")"):
            self.found.unclear.append(f"「{(before.text + between + token.text).strip()})」の時刻が合いません")

    def _by_half(self, start: timedelta) -> timedelta:
        """「午後 2時」 where 午後 stands apart; a part said before a time only tells its half of the day."""
        before = self.tokens[self.at - 1] if self.at else None
        if before is not None and before.kind is T.PART and before.part == "pm" and start < timedelta(hours=12):
            return start + timedelta(hours=12)
        return start

    def _drop_part(self) -> None:
        """「3/17の昼休み、12:15〜12:45」「午後、14時」: the time says it closer."""
        before = self.tokens[self.at - 1] if self.at else None
        if before is not None and before.kind is T.JOIN and self.at > 1:
            before = self.tokens[self.at - 2]
        self.part_from = None
        if before is not None and before.kind is T.PART and self.group.spans and before.part != "day":
            self.part_from = self._part_spans(before.part)[0][0]  # 「午後、15時まで」
            self.group.spans = self.group.spans[: -len(self._part_spans(before.part))]

    def _part(self, token: Token) -> None:
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if (
            following is not None
            and following.kind is T.TIME
            and token.part == "pm"
            and self._adjacent(token, following)
        ):
            self.group.text += token.text
            return
        spans = self._part_spans(token.part)
        if token.part == "last" and not (spans := self._last_slot(spans)):
            return
        if following is not None and following.kind is T.AFTER:
            self.at += 1
        for span in spans:
            self._add_span(span, token)

    def _last_slot(self, spans: list[Span]) -> list[Span]:
        """Of the day, or of the part of it that was just named (「18日午後の一番遅い枠」). None beside another time: what is meant
        then, `unclear` asks."""
        before = self.tokens[self.at - 1] if self.at else None
        of_part = before is not None and before.kind is T.PART and self._adjacent(before, self.tokens[self.at])
        if of_part and before is not None and self.group.spans == (part := self._part_spans(before.part)):
            self.group.spans = []
            end = part[-1][1]
            return [(end - self.consultation.pattern.length, end)]
        timed = any(one.spans for one in (self.group, *self.pending, *self.found.wished))
        return [] if timed else spans

    def _part_spans(self, part: str) -> list[Span]:
        opens, closes = self._opening(), self._closing()
        hours = [(since_midnight(first), since_midnight(last)) for first, last in self.consultation.pattern.hours]
        noon, slot = timedelta(hours=12), self.consultation.pattern.length
        morning = [span for span in hours if span[0] < noon] or [(opens, noon)]
        afternoon = [span for span in hours if span[1] > noon and span[0] >= noon] or [(noon, closes)]
        match part:
            case "am":
                return [(start, min(end, noon)) for start, end in morning]
            case "pm":
                return afternoon
            case "day":
                return hours
            case "first-pm":
                return [(afternoon[0][0], afternoon[0][0] + slot)]
            case "first-am":
                return [(morning[0][0], morning[0][0] + slot)]
            case "late-am":
                return [(max(min(morning[-1][1], noon) - timedelta(hours=1), opens), min(morning[-1][1], noon))]
            case "early-pm":
                return [(afternoon[0][0], min(afternoon[0][0] + timedelta(hours=2), closes))]
            case "last":
                return [(closes - slot, closes)]
            case "evening":
                return [(max(closes - timedelta(hours=1), opens), closes)]
        return [(noon, noon + timedelta(hours=1))]

    def _same(self, token: Token) -> None:
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        if following is not None and following.kind is T.TIME and self._adjacent(token, following):
            return  # 「時間は同じく16時」
        if self.last_spans == self._part_spans("day"):  # 「13日は終日研修のため、16日の同時刻に」
            self.last_spans = []
        if (its_hour := self._booked_hour()) is not None:
            self.last_spans = [its_hour]
        elif not any(one.spans for one in self.pending) and (before := [one for one in self.found.wished if one.spans]):
            self.last_spans = list(before[-1].spans)  # 「17日10時半を希望。17日は朝から議会でした。19日の同じ時間に」
        self.found.same_hours = self.found.same_hours or not self.last_spans
        for span in self.last_spans:
            self._add_span(span, token)

    def _booked_hour(self) -> Span | None:
        """Of the one booking, where no time of another day was named before: 「24日は10時から委員会です。前日の同じ時間に」."""
        if self.booked is None:
            return None
        other = (Role.EXCLUDED, Role.OTHER)
        elsewhere = (
            one
            for one in (*self.pending, *self.found.wished)
            if one.spans and role_behind(self.text[one.end : one.end + REASON]) not in other
        )
        if any(day.day != self.booked.date() for one in elsewhere for day in one.days):
            return None
        start = timedelta(hours=self.booked.hour, minutes=self.booked.minute)
        return start, start + self.consultation.pattern.length

    def _add_span(self, span: Span, token: Token) -> None:
        if not self.group.days and not self.group.spans:
            self._day_of_times(token)
        for group in (self.group, *self.sharing):
            group.spans.append(span)
        if not self.group.text.endswith(token.text):  # 「終日」 is two spans, and said once
            self.group.text += token.text
        self.last_spans = list(self.group.spans)

    def _day_of_times(self, token: Token) -> None:
        """Times alone: of the days just named (「日：3/18」 on one line, 「時間：14:00」 on the next; 「18日は空いていますので、14時」), or
        of the one day whose other times were spoken of (「18日は14時まで会議のため、14時半以降」)."""
        before = self.previous
        if before is not None and before.days and not before.spans and self._negated_ahead():
            self.group = Group(days=list(before.days), text=before.days[0].text, start=token.at)
            if "\n" in (between := self.text[before.end : token.at]) and not between.strip(" \n:・"):
                self._forget(before)  # 「3/16\n　10時〜12時　NG」: a heading, and no wish of its own
            return  # 「18日でお願いします（10時から正午は避けてください）」
        if before is None or not before.days or _EACH.search(self.text[before.end : token.at]):
            return  # 「いずれも午後」 is said of every day: `windows` gives it to each
        if before.spans:
            between = self.text[before.end : token.at]
            apart = before in self.found.excluded and _NEXT_ITEM.search(
                between
            )  # 「・24日の午後は除く\n・午前中を希望」
            if len(before.days) == 1 and between.count("\n") <= 1 and not apart:
                self.group = Group(days=list(before.days), text=before.days[0].text, start=token.at)
            return
        for kept in (self.pending, self.found.wished):
            if before in kept:
                if kept is self.pending and role_behind(self.text[before.end : token.at]) not in OPEN:
                    return
                kept.remove(before)
                self.group = before
                self._share(self.text[before.end : token.at])
                return

    def _forget(self, group: Group) -> None:
        for kept in (self.pending, self.found.wished):
            if group in kept:
                kept.remove(group)

    def _share(self, between: str) -> None:
        """「第1希望：3/17\n第2希望：3/19\n時間：14時」: a time of a line of its own is of every day without one."""
        if "\n" in between or "。" in between:
            self.sharing = [one for one in (*self.pending, *self.found.wished) if one.days and not one.spans]

    def _opening(self) -> timedelta:
        return min(since_midnight(first) for first, _ in self.consultation.pattern.hours)

    def _closing(self) -> timedelta:
        return max(since_midnight(last) for _, last in self.consultation.pattern.hours)
