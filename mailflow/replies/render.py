"""Render one letter's template: subject, text, html (DESIGN §3, §5).

In: the template's name, the names it may use, Settings. Out: `Rendered`. Raises `LetterError` with the template's name
and line; never anything else. Templates hold words and `for`/`if`; an undefined name is an error. What an applicant
wrote reaches a template only as values: it is never parsed as a template. Pure; may run for ever on a hostile template,
therefore the worker calls it in a process that can be killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailflow.replies.quoting import one_line
from mailflow.replies.wording import FILTERS
from mailflow.replies.wrap import wrap
from mailflow.settings.needed import COPY
from mailflow.settings.settings import Settings

SUBJECT_LIMIT = 200


class LetterError(Exception):
    """A template could not be rendered. `template`, `line` (1-based or None), `reason` in Japanese."""

    def __init__(self, template: str, line: int | None, reason: str) -> None:
        place = f"templates/{template}.j2" + (f":{line}" if line is not None else "")
        super().__init__(f"{place}: {reason}")
        self.template = template
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str | None


_environments: dict[str, jinja2.Environment] = {}


def _environment(settings: Settings) -> jinja2.Environment:
    found = _environments.get(settings.hash)
    if found is None:
        found = ImmutableSandboxedEnvironment(
            loader=jinja2.DictLoader({f"{name}.j2": text for name, text in settings.templates.items()}),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,  # a part's last line ends where it is included
            autoescape=jinja2.select_autoescape(enabled_extensions=("html",), default=False),
        )
        found.filters.update(FILTERS)
        if len(_environments) > 3:
            _environments.clear()
        _environments[settings.hash] = found
    return found


def render(name: str, names: Mapping[str, Any], settings: Settings) -> Rendered:
    """One letter. `html` None where the template has no such block."""
    try:
        template = _environment(settings).get_template(f"{name}.j2")
        context = template.new_context(dict(names))
        blocks = {block: "".join(body(context)) for block, body in template.blocks.items() if block in _BLOCKS}
    except jinja2.TemplateNotFound as error:
        gone = "このひな形" if error.name == f"{name}.j2" else f"部品 templates/{error.name} "
        raise LetterError(name, None, f"{gone}がありません。{COPY}") from error
    except jinja2.TemplateSyntaxError as error:
        raise LetterError(name, error.lineno, f"書き方の誤り：{error.message}") from error
    except jinja2.UndefinedError as error:
        raise LetterError(name, _line(error), f"値のない名前を使っています：{error.message}") from error
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise LetterError(name, _line(error), f"{type(error).__name__}: {error}") from error
    missing = {"subject", "text"} - blocks.keys()
    if missing:
        raise LetterError(name, None, f"block {sorted(missing)[0]} がありません")
    return Rendered(
        subject=one_line(blocks["subject"], SUBJECT_LIMIT), text=wrap(blocks["text"]), html=blocks.get("html")
    )


_BLOCKS = ("subject", "text", "html")


def _line(error: BaseException) -> int | None:
    """The template's line in a traceback (Jinja2 rewrites it to point there)."""
    line, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<template>" or frame.tb_frame.f_code.co_filename.endswith(".j2"):
            line = frame.tb_lineno
        frame = frame.tb_next
    return line
