"""The application: pages, headers, errors. `create_app(office)` is all a server or a test needs.

Headers (DESIGN §10): a Content-Security-Policy without inline script or style, nosniff, no framing, no referrer, nothing kept
by caches. A request for another host's name is refused (DNS rebinding); a body over the limit is cut off while it comes in.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailflow.console.office import Office
from mailflow.console.pages import (
    account,
    audit,
    bulk,
    case,
    configuration,
    consultation,
    inbox,
    incidents,
    outbox,
    overview,
    people,
    questions,
    queue,
    queue_acts,
    regions,
    regroup,
    selection,
    writing,
)
from mailflow.console.rendering import bare
from mailflow.console.visit import LogInFirst, Problem, is_loopback
from mailflow.desk.health import health, status_document
from mailflow.store.errors import StoreError

log = structlog.get_logger()

MAX_BODY = 4_000_000  # bytes of one form
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # `no-referrer` makes browsers say `Origin: null` with our own forms
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
NO_STORE = (b"cache-control", b"no-store")
HSTS = (b"strict-transport-security", b"max-age=31536000")


def create_app(office: Office, *, hosts: frozenset[str] | None = None, more: Sequence[APIRouter] = ()) -> ASGIApp:
    """`hosts`: the names under which it may be asked for, folded; None: any. `more`: further pages."""
    app = FastAPI(title="mailflow", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.office = office
    for part in (
        account, overview, inbox, queue, queue_acts, bulk, case, consultation, outbox, regions, configuration, audit, people, questions, writing, selection, regroup, incidents,
    ):  # fmt: skip
        app.include_router(part.router)
    for further in more:
        app.include_router(further)

    @app.get("/healthz")
    def healthz(request: Request) -> JSONResponse:
        """As `mailflow status --json`, 503 when ill; what is wrong is told to this machine only."""
        found = status_document(health(office.store, office.settings, office.clock, config_error=office.config_error))
        near = request.client is not None and is_loopback(request.client.host)
        forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
        shown = found if near and not forwarded else {"ok": found["ok"]}
        return JSONResponse(shown, status_code=200 if found["ok"] else 503)

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        found = office.static.get(name)
        if found is None:
            return Response(status_code=404)
        kind, content = found
        return Response(content, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    app.add_exception_handler(LogInFirst, account.log_in_first)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _no_such_address)
    app.add_exception_handler(StoreError, _trouble)
    app.add_exception_handler(Exception, _trouble)
    return Guard(app, hosts)


def error_page(office: Office, status: int, title: str, text: str) -> HTMLResponse:
    return HTMLResponse(bare("problem.html", office.static.url, {"title": title, "text": text}), status_code=status)


def _problem(request: Request, error: Any) -> Response:
    return error_page(request.app.state.office, error.status, error.title, error.text)


def _http_problem(request: Request, error: Any) -> Response:
    office = request.app.state.office
    if error.status_code == 413 or (error.status_code == 400 and request.method == "POST"):
        return error_page(office, 413, "大きすぎます", "一度に送れる大きさを超えました。分けて送ってください。")
    if error.status_code == 405:
        return error_page(office, 405, "この操作はできません", "前の画面に戻って、ボタンから操作してください。")
    return _no_such_address(request, error)


def _no_such_address(request: Request, _error: Any) -> Response:
    text = "番号が違うか、なくなりました。左の一覧から探してください。"
    return error_page(request.app.state.office, 404, "このページはありません", text)


def _trouble(request: Request, error: Exception) -> Response:
    """What nobody foresaw: a number for the log, nothing of the inside for the browser."""
    number = secrets.token_hex(4)
    log.exception("page failed", number=number, path=request.url.path, kind=type(error).__name__)
    return error_page(
        request.app.state.office,
        500,
        "この画面を表示できませんでした",
        f"受信と送信は続いています。もう一度開いても同じなら、番号 {number} を管理者に伝えてください（記録にあります）。",
    )


class Guard:
    """Around every answer: the headers; before every request: host, size. What still comes out of the application as an
    exception has had its page and its line in the log: it ends here."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        add = [*HEADERS, HSTS] if scope["scheme"] == "https" else [*HEADERS]

        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                have = {name.lower() for name, _ in message["headers"]}
                more = [one for one in (*add, NO_STORE) if one[0] not in have]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        host = _host(headers.get(b"host", b""))
        if self._hosts is not None and host not in self._hosts and scope["path"] != "/healthz":
            await Response("unknown host", status_code=421)(scope, receive, answer)
            return
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            await _too_large()(scope, receive, answer)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise HTTPException(413)
            return message

        try:
            await self._app(scope, counted, answer)
        except HTTPException:  # a body over the limit, told while it came in
            if not started:
                await _too_large()(scope, receive, answer)
        except Exception:
            if not started:
                await Response("error", status_code=500)(scope, receive, answer)


def _too_large() -> Response:
    text = "<!doctype html><html lang=ja><meta charset=utf-8><title>大きすぎます</title><p>一度に送れる大きさを超えました。分けて送ってください。"
    return HTMLResponse(text, status_code=413)


def _host(value: bytes) -> str:
    text = value.decode("latin-1").casefold()
    if text.startswith("["):
        return text.partition("]")[0][1:]
    return text.partition(":")[0]
