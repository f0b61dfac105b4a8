"""One request: who it comes from, what its form says, how it is answered (DESIGN §10).

A form of a logged-in person carries the session's CSRF token, and the browser's own word that it comes from this site. What
somebody typed while the session ran out is carried through the log-in and offered again: nothing typed is lost.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from fastapi import Path
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mailflow.console.office import Office
from mailflow.console.rendering import render
from mailflow.desk import Refused
from mailflow.desk.health import Health
from mailflow.numbering import LARGEST_ROW, row_number
from mailflow.store.cases import CaseLine
from mailflow.store.overview import Counts
from mailflow.store.people import Role
from mailflow.store.sessions import Session

COOKIE = "mailflow_session"
CSRF = "_csrf"
CARRIED = "carried:"
# What is open to somebody who is held to a bureau's area: nothing else, so that a new page is closed to them until it is named
# here. Each of these shows its own cases only (`Visit.applications`, `Visit.see_case`).
_OF_AN_AREA = re.compile(r"/(cases(/[^/]+)?|mails/\d+(/raw|/files/\d+)?|regions|me(/.*)?|logout|sessions/end)?")
MAX_FIELDS, MAX_PART = 5_000, 2_000_000  # fields: one a body in a selection of all
RowId = Annotated[int, Path(ge=1, le=LARGEST_ROW)]  # a row's number in an address
SECRET_FIELDS = frozenset({CSRF, "password", "old", "new", "again"})


class Problem(Exception):
    """Ends the request with an error page. `title`, `text`: Japanese; nothing of the inside."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(title)
        self.status, self.title, self.text = status, title, text


class LogInFirst(Exception):
    """Nobody is logged in. `form`: what was typed, where the request was a form of this site."""

    def __init__(self, form: Mapping[str, list[str]] | None) -> None:
        super().__init__("log in first")
        self.form = form


def not_found(what: str = "このページ") -> Problem:
    return Problem(404, f"{what}はありません", "番号が違うか、なくなりました。左の一覧から探してください。")


@dataclass
class Visit:
    """A request of a person who is logged in."""

    request: Request
    office: Office
    session: Session
    form: FormData = field(default_factory=FormData)

    @property
    def user(self) -> str:
        return self.session.user

    def may(self, role: Role) -> bool:
        return self.session.role.covers(role)

    def need(self, role: Role) -> None:
        """Ends the request unless the person has this role. The desk asks again, in the act's own transaction."""
        if not self.may(role):
            raise Problem(
                403, "この操作はできません", "あなたの役割ではできない操作です。必要なときは、管理者に頼んでください。"
            )

    @property
    def area(self) -> str | None:
        """The bureau whose cases alone this person sees; None: all."""
        return self.session.bureau

    def applications(self) -> list[CaseLine]:
        """The applications that this person may see."""
        lines = self.office.applications()
        return lines if self.area is None else [one for one in lines if one.organization.bureau == self.area]

    def see_case(self, bureau: str | None) -> None:
        """Ends the request as if there were no such page, where the case is another bureau's."""
        if self.area is not None and bureau != self.area:
            raise not_found()

    @cached_property
    def standing(self) -> tuple[Health, Counts]:
        """How all is, as this page shows it. To be asked for before `one_read` begins: the value is everybody's, and inside it would
        be made of what was before somebody's act, with a connection held while another makes it."""
        return self.office.standing()

    def text(self, name: str, limit: int = 5000) -> str:
        """A field of the form, line ends as one writes them here."""
        value = self.form.get(name, "")
        text = value if isinstance(value, str) else ""
        return text.replace("\r\n", "\n").replace("\r", "\n")[:limit]

    def typed(self) -> dict[str, str]:
        """All that the form said, to fill it again where the act was refused."""
        return {
            key: self.text(key, 200_000)
            for key, value in self.form.items()
            if isinstance(value, str) and key not in SECRET_FIELDS
        }

    def texts(self, name: str) -> list[str]:
        return [one for one in self.form.getlist(name) if isinstance(one, str)]

    def number(self, name: str) -> int | None:
        """A row's number in a field of the form."""
        return row_number(self.text(name, 20))

    def asked(self, name: str, limit: int = 200) -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, "")[:limit]

    def asked_number(self, name: str) -> int | None:
        """A row's number in a parameter of the address."""
        return row_number(self.asked(name, 20))

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(render(template, self, values), status_code=status)

    def go(self, url: str, **parameters: object) -> Response:
        """See this page now (after an act: 303, so that going back and reloading repeats nothing)."""
        self.office.forget_standing()
        return RedirectResponse(with_parameters(url, parameters), status_code=303)

    def refused(self, refusal: Refused) -> Problem:
        """An act that the desk refused, as a page of its own."""
        status = 403 if refusal.cause == "role" else 404 if refusal.cause == "unknown" else 409
        return Problem(status, refusal.reason, "何も変わっていません。")


def with_parameters(url: str, parameters: Mapping[str, object]) -> str:
    pairs = [f"{key}={quote(str(value), safe='')}" for key, value in parameters.items() if value not in (None, "")]
    return f"{url}?{'&'.join(pairs)}" if pairs else url


async def visit(request: Request) -> Visit:
    """The dependency of every page behind the log-in."""
    office: Office = request.app.state.office
    await run_in_threadpool(office.look)
    form = await form_of(request)
    token = request.cookies.get(cookie_name(request), "")
    by_hand = request.headers.get("x-live") is None
    session = await run_in_threadpool(office.store.session, token, office.clock.sys_now(), touch=by_hand)
    if session is None:
        carried = None
        if request.method == "POST":
            carried = {
                key: [one for one in form.getlist(key) if isinstance(one, str)]
                for key in form
                if key not in SECRET_FIELDS and not key.startswith(CARRIED)
            }
        raise LogInFirst(carried)
    if request.method == "POST" and not hmac.compare_digest(_csrf(form), session.csrf):
        raise Problem(
            403,
            "もう一度操作してください",
            "画面を開いたあとで、ログインし直しています。前の画面に戻り、開き直してからもう一度お試しください。",
        )
    here = Visit(request, office, session, form)
    if session.bureau is not None and not _OF_AN_AREA.fullmatch(request.url.path):
        raise Problem(
            403, "このページは見られません", f"{session.bureau}の管内の団体を見る役割です。「団体」から探してください。"
        )
    return here


def _csrf(form: FormData) -> str:
    value = form.get(CSRF, "")
    return value if isinstance(value, str) and value.isascii() else ""


async def form_of(request: Request) -> FormData:
    """The form of a request that comes from this site; empty for a GET. Raises Problem for another site's."""
    if request.method != "POST":
        return FormData()
    check_same_site(request)
    return await request.form(max_files=4, max_fields=MAX_FIELDS, max_part_size=MAX_PART)


def check_same_site(request: Request) -> None:
    """A browser says where a form comes from (Fetch Metadata, Origin); one that says another site is refused."""
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = fetched is not None and fetched not in ("same-origin", "none")
    if origin is not None and origin != "null":
        foreign = foreign or urlsplit(origin).netloc != request.headers.get("host", "")
    elif origin == "null":
        foreign = True
    if foreign:
        raise Problem(403, "この操作はできません", "ほかのサイトから送られた操作のため、受け付けませんでした。")


def host_of(request: Request) -> str:
    """The host that the browser asked for, without its port."""
    return (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").casefold()


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secrecy(request: Request) -> Literal["https", "here", "plain"]:
    """Whether others on the way can read: `https`, `here` (this machine only), or `plain`, where nobody may log in."""
    if request.url.scheme == "https":
        return "https"
    url = request.app.state.office.url
    if is_loopback(host_of(request)) or (url is not None and url.startswith("http://")):
        return "here"
    return "plain"


def cookie_name(request: Request) -> str:
    """`__Host-` binds the cookie to this very host, which a browser accepts over https only."""
    return f"__Host-{COOKIE}" if secrecy(request) == "https" else COOKIE


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(request), token, httponly=True, secure=secrecy(request) == "https", samesite="lax", path="/"
    )


def drop_session_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(
        cookie_name(request), path="/", httponly=True, secure=secrecy(request) == "https", samesite="lax"
    )


def local_path(text: str) -> str:
    """A path of this site to go on to; the first page for anything else."""
    parts = urlsplit(text)
    fine = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and "\n" not in text
    return text if fine and len(text) < 1000 and text.isprintable() else "/"


def uploads(form: FormData, name: str) -> list[UploadFile]:
    return [one for one in form.getlist(name) if isinstance(one, UploadFile) and one.filename]
