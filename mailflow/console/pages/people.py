"""利用者: who may come in, with which role; who is logged in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.visit import Visit, visit
from mailflow.desk import Refused, access, add_user
from mailflow.desk.administration import UserAdded
from mailflow.store.people import Role

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]


@router.get("/people")
def people(here: Here) -> Response:
    return _page(here)


def _page(
    here: Visit, *, status: int = 200, made: tuple[str, str] | None = None, problem: str | None = None, name: str = ""
) -> Response:
    store = here.office.store
    admin = here.may(Role.ADMIN)
    sessions = store.sessions(here.office.clock.sys_now()) if admin else []
    url = (here.office.url or str(here.request.base_url)).rstrip("/")
    return here.page(
        "people.html", status=status, people=store.users(), sessions=sessions, made=made, problem=problem, base=url,
        name=name, done=here.asked("done", 20), bureaus=_bureaus(here),
    )  # fmt: skip


def _role(text: str) -> Role | None:
    return Role(text) if text in set(Role) else None


@router.post("/people/add")
def add(here: Here) -> Response:
    here.need(Role.ADMIN)
    name, role = here.text("name", 100), _role(here.text("role", 20))
    if role is None:
        return _page(here, status=422, problem="役割を選んでください", name=name)
    result = add_user(here.office.store, name, role, by=here.user, sys_now=here.office.clock.sys_now())
    if isinstance(result, UserAdded):
        return _page(here, made=(result.name, result.token))
    return _page(here, status=422, problem=result.reason, name=name)


@router.post("/people/link")
def link(here: Here) -> Response:
    result = access.renew_link(
        here.office.store, here.text("name", 100), user=here.user, sys_now=here.office.clock.sys_now()
    )
    if isinstance(result, Refused):
        raise here.refused(result)
    return _page(here, made=(result.name, result.token))


@router.post("/people/role")
def role(here: Here) -> Response:
    chosen = _role(here.text("role", 20))
    if chosen is None:
        return _page(here, status=422, problem="役割を選んでください")
    result = access.set_role(here.office.store, here.text("name", 100), chosen, user=here.user)
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go("/people", done="role")


@router.post("/people/area")
def area(here: Here) -> Response:
    """Whose cases alone somebody sees; an empty name: everything."""
    chosen = here.text("bureau", 100)
    if chosen and chosen not in _bureaus(here):
        return _page(here, status=422, problem="総合通信局を選んでください")
    result = access.set_area(here.office.store, here.text("name", 100), chosen or None, user=here.user)
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go("/people", done="area")


def _bureaus(here: Visit) -> list[str]:
    return list(dict.fromkeys(one.bureau for one in here.office.settings.reference.bureaus))


@router.post("/people/disable")
def disable(here: Here) -> Response:
    name, sys_now = here.text("name", 100), here.office.clock.sys_now()
    if here.text("on", 5) == "yes":
        result = access.enable_user(here.office.store, name, user=here.user)
    else:
        result = access.disable_user(here.office.store, name, user=here.user, sys_now=sys_now)
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go("/people", done="disabled")
