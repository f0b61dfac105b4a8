"""Log in and out, the one-time link, one's own password, sessions and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mailflow.console.office import Office
from mailflow.console.rendering import bare
from mailflow.console.visit import (
    CARRIED,
    Problem,
    Visit,
    drop_session_cookie,
    form_of,
    local_path,
    secrecy,
    set_session_cookie,
    visit,
    with_parameters,
)
from mailflow.desk import Refused, access

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
YEAR = 31_536_000


def log_in_first(request: Request, error: Any) -> Response:
    """Nobody is logged in: the log-in page, with what was typed carried along."""
    if request.method == "GET":
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        url = with_parameters("/login", {"next": path if path != "/" else ""})
        return RedirectResponse(url, status_code=303)
    return _log_in_page(request, status=401, target=request.url.path, carried=error.form or {})


def _log_in_page(
    request: Request,
    *,
    status: int = 200,
    target: str = "/",
    carried: Mapping[str, list[str]] | None = None,
    name: str = "",
    problem: str | None = None,
) -> HTMLResponse:
    office: Office = request.app.state.office
    first = not any(one.has_password for one in office.store.users())
    values = {
        "target": target, "carried": carried or {}, "prefix": CARRIED, "name": name, "problem": problem, "first": first,
        "plain": secrecy(request) == "plain", "programme": office.settings.programme,
    }  # fmt: skip
    return HTMLResponse(bare("login.html", office.static.url, values), status_code=status)


@router.get("/login")
def log_in_page(request: Request) -> Response:
    return _log_in_page(request, target=local_path(request.query_params.get("next", "/")))


@router.post("/login")
async def log_in(request: Request) -> Response:
    form = await form_of(request)

    def text(key: str) -> str:
        value = form.get(key, "")
        return value if isinstance(value, str) else ""

    def known() -> Response:
        office: Office = request.app.state.office
        target = local_path(text("next"))
        carried = {
            key.removeprefix(CARRIED): [one for one in form.getlist(key) if isinstance(one, str)]
            for key in form
            if key.startswith(CARRIED)
        }
        if secrecy(request) == "plain":
            return _log_in_page(request, status=403, target=target, carried=carried)
        result = access.log_in(
            office.store,
            text("name"),
            text("password"),
            address=request.client.host if request.client else "",
            agent=request.headers.get("user-agent", ""),
            sys_now=office.clock.sys_now(),
        )
        if isinstance(result, Refused):
            status = 429 if result.cause == "slow" else 401
            return _log_in_page(
                request, status=status, target=target, carried=carried, name=text("name")[:200], problem=result.reason
            )
        if carried:
            session = office.store.session(result.token, office.clock.sys_now())
            csrf = session.csrf if session else ""
            values = {"target": target, "carried": carried, "csrf": csrf, "user": result.user}
            response: Response = HTMLResponse(bare("continue.html", office.static.url, values))
        else:
            response = RedirectResponse(target, status_code=303)
        set_session_cookie(request, response, result.token)
        return response

    return await run_in_threadpool(known)


@router.post("/logout")
def log_out(here: Here) -> Response:
    access.log_out(here.office.store, here.session, sys_now=here.office.clock.sys_now())
    response = RedirectResponse("/login", status_code=303)
    drop_session_cookie(here.request, response)
    return response


@router.get("/welcome/{token}")
def welcome(request: Request, token: str) -> Response:
    office: Office = request.app.state.office
    owner = office.store.link_owner(token[:200], office.clock.sys_now())
    if owner is None:
        raise _used_up()
    return _welcome_page(request, owner)


@router.post("/welcome/{token}")
async def set_password(request: Request, token: str) -> Response:
    form = await form_of(request)
    password, again = (str(form.get(key, ""))[:1000] for key in ("password", "again"))

    def act() -> Response:
        office: Office = request.app.state.office
        owner = office.store.link_owner(token[:200], office.clock.sys_now())
        if owner is None:
            raise _used_up()
        if secrecy(request) == "plain":
            return _welcome_page(request, owner, status=403)
        if password != again:
            return _welcome_page(request, owner, status=422, problem="2つの欄のパスワードが違います")
        result = access.set_password(office.store, token[:200], password, sys_now=office.clock.sys_now())
        if isinstance(result, Refused):
            if result.cause == "link":
                raise _used_up()
            return _welcome_page(request, owner, status=422, problem=result.reason)
        entered = access.log_in(
            office.store,
            owner,
            password,
            address=request.client.host if request.client else "",
            agent=request.headers.get("user-agent", ""),
            sys_now=office.clock.sys_now(),
        )
        response = RedirectResponse("/", status_code=303)
        if not isinstance(entered, Refused):
            set_session_cookie(request, response, entered.token)
        return response

    return await run_in_threadpool(act)


def _used_up() -> Problem:
    return Problem(
        404,
        "このリンクは使えません",
        "一度使われたか、期限（3日間）が過ぎています。管理者に、新しいリンクを頼んでください。",
    )


def _welcome_page(request: Request, owner: str, *, status: int = 200, problem: str | None = None) -> HTMLResponse:
    office: Office = request.app.state.office
    values = {
        "owner": owner, "problem": problem, "shortest": access.SHORTEST, "plain": secrecy(request) == "plain",
        "programme": office.settings.programme,
    }  # fmt: skip
    return HTMLResponse(bare("welcome.html", office.static.url, values), status_code=status)


@router.get("/me")
def mine(here: Here) -> Response:
    return _mine(here)


def _mine(here: Visit, *, status: int = 200, problem: str | None = None) -> Response:
    found = here.office.store.sessions(here.office.clock.sys_now(), user=here.user)
    return here.page(
        "me.html", status=status, sessions=found, problem=problem, done=here.asked("done", 20), shortest=access.SHORTEST
    )


@router.post("/me/password")
def change_password(here: Here) -> Response:
    old, new, again = (str(here.form.get(key, ""))[:1000] for key in ("old", "new", "again"))
    if new != again:
        return _mine(here, status=422, problem="2つの欄のパスワードが違います")
    result = access.change_password(here.office.store, here.session, old, new, sys_now=here.office.clock.sys_now())
    if isinstance(result, Refused):
        return _mine(here, status=422, problem=result.reason)
    return here.go("/me", done="password")


@router.post("/me/look")
def look(here: Here) -> Response:
    """Light or dark, single keys or none: the browser keeps it."""
    response = here.go("/me", done="look")
    theme = here.text("theme", 10)
    secure = secrecy(here.request) == "https"
    if theme in ("light", "dark"):
        response.set_cookie("theme", theme, max_age=YEAR, samesite="lax", secure=secure, httponly=True)
    else:
        response.delete_cookie("theme")
    if here.text("keys", 10) == "off":
        response.set_cookie("keys", "off", max_age=YEAR, samesite="lax", secure=secure, httponly=True)
    else:
        response.delete_cookie("keys")
    return response


@router.post("/sessions/end")
def end_session(here: Here) -> Response:
    result = access.end_session(
        here.office.store, here.text("key", 64), session=here.session, sys_now=here.office.clock.sys_now()
    )
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go(local_path(here.text("back", 200) or "/me"), done="session")
