"""The kinds of value that operators write, and what each may look like; how each stands in the JSON Schema.

Times without a zone are Asia/Tokyo; durations are `15m`, `2d`, `30s`; sizes `20MB`. Unknown keys are refused.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from mailflow.settings import meant
from mailflow.settings.connection import parse_server
from mailflow.settings.moments import clock_time, moment
from mailflow.settings.problems import Misplaced

_DURATION = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{1,10}}")
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]{1,190}(?::\d{1,5})?(?:/[!#-;=?-~]{0,300})?")
_SIZE = re.compile(r"(\d{1,6})\s?(KB|MB|B)")
_SCALE = {"B": 1, "KB": 1_000, "MB": 1_000_000}


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        said = "長さは 30s、15m、2h、3d のように、数字と単位（s 秒・m 分・h 時間・d 日）で書きます"
        raise Misplaced(said, hint=_with_unit(value))
    return timedelta(**{_UNIT[match[2]]: int(match[1])})


def _with_unit(value: Any) -> str | None:
    if written := meant.duration(value):
        return f"`{written}` と書いてください"
    number = meant.plain(value)
    return (
        f"単位を付けてください：{number}s（{number}秒）・{number}m（{number}分）・{number}h（{number}時間）・{number}d（{number}日）"
        if re.fullmatch(r"\d{1,6}", number)
        else None
    )


def _size(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError("大きさは 20MB、500KB のように、数字と単位（B・KB・MB）で書きます")
    return int(match[1]) * _SCALE[match[2]]


def _limit(value: Any) -> Any:
    """A moment with its time of day: a bare day as a deadline would silently mean its first minute."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", value.strip()):
        raise ValueError("時刻まで書いてください（日付だけでは、その日の 0:00 になります）。例：2026-03-26 16:00")
    return moment(value)


def _domain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip().casefold()
    if "@" in text:
        raise Misplaced("ドメインは `@` のあとだけを書きます（例：soumu.go.jp）", hint=_instead(meant.domain(value)))
    if not _DOMAIN.fullmatch(text):
        below = "（下のドメインも含みます）" if "*" in text else ""
        hint = _instead(meant.domain(value), below)
        raise Misplaced("ドメインは soumu.go.jp のように、半角の英数字と点で書きます", hint=hint)
    return text


def _address(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    local, at, domain = value.strip().rpartition("@")
    if not (at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain.casefold())):
        hint = _instead(meant.address(value))
        raise Misplaced("メールアドレスは office@example.jp のように、半角で書きます", hint=hint)
    return value.strip()


def _instead(written: str | None, why: str = "") -> str | None:
    return f"`{written}` とだけ書いてください{why}" if written else None


def _count(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("整数を書くところです（今は true か false）")  # noqa: TRY004  (pydantic reports ValueError only)
    return value


def _web_address(value: Any) -> Any:
    """A page that stands in letters: nothing that a mail program or a reader takes for something else."""
    if isinstance(value, str) and not _WEB_ADDRESS.fullmatch(value.strip()):
        raise ValueError("ページのアドレスは https://www.example.jp/form.xlsx のように、半角で、空白を入れずに書きます")
    return value


def _server(*schemes: str) -> BeforeValidator:
    """A server's URL without a password, which belongs in the environment or a file."""

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            parsed = parse_server(value, schemes)
        except ValueError as error:
            raise ValueError(str(error)) from None
        if parsed.password is not None:
            raise ValueError("パスワードをここに書かないでください（環境変数か password_file に書きます）")
        return value

    return BeforeValidator(check)


def _write_duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


_DURATION_SCHEMA = {"type": "string", "pattern": r"^\d{1,6}(s|m|h|d)$", "examples": ["30s", "15m", "2h", "3d"]}
_SIZE_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": r"^\d{1,6} ?(KB|MB|B)$"}, {"type": "integer", "minimum": 0}],
    "examples": ["20MB"],
}
_MOMENT_SCHEMA = {
    "type": "string",
    "pattern": r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$",
    "examples": ["2026-03-26 16:00"],
}
_LIMIT_SCHEMA = {**_MOMENT_SCHEMA, "pattern": _MOMENT_SCHEMA["pattern"].removesuffix("?$") + "$"}  # type: ignore[attr-defined]
_CLOCK_SCHEMA = {"type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$", "examples": ["8:30"]}

Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(_write_duration, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema(_SIZE_SCHEMA)]
Moment = Annotated[datetime, BeforeValidator(moment), WithJsonSchema(_MOMENT_SCHEMA)]
Limit = Annotated[datetime, BeforeValidator(_limit), WithJsonSchema(_LIMIT_SCHEMA)]
ClockTime = Annotated[time, BeforeValidator(clock_time), WithJsonSchema(_CLOCK_SCHEMA)]
Count = Annotated[int, BeforeValidator(_count)]
ImapUrl = Annotated[str, _server("imap", "imaps")]
SmtpUrl = Annotated[str, _server("smtp", "smtps")]
DomainName = Annotated[str, BeforeValidator(_domain)]
MailAddress = Annotated[str, BeforeValidator(_address)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]


class Strict(BaseModel):
    """The base of everything an operator writes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
