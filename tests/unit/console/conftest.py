"""The console over a database of its own: `browser` is a person's browser without JavaScript."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from mailflow.clock import Clock
from mailflow.console.app import create_app
from mailflow.console.office import Office
from mailflow.desk import access, add_user
from mailflow.desk.administration import UserAdded
from mailflow.model import Draft
from mailflow.pipeline import Reading, take_in
from mailflow.replies.compose import compose
from mailflow.replies.view import CaseView
from mailflow.settings.settings import Settings
from mailflow.store import Store, open_store
from mailflow.store.people import Role
from tests.integration.round.forms import form
from tests.integration.round.office import SHIPPED, Round, at

CONFIG = Path(__file__).parents[3] / "config"
PASSWORD = "春は あけぼの やうやう白く"
HOST = "http://127.0.0.1:8765"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """The shipped configuration, the last morning of the round."""
    made = Office(store=store, settings=SHIPPED, clock=store.clock(at(26, 10)), config_dir=CONFIG, env={}, url=None)
    yield made
    made.reader.close()


class HereReader:
    """Reads mails in this process: the real one starts another for each office (tests/integration/test_console.py)."""

    def read(self, mail_id: int, raw: bytes, received_at: datetime) -> Reading:
        return take_in(raw, SHIPPED, received_at)

    def compose(self, view: CaseView, settings: Settings) -> Draft:
        return compose(view, settings)

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def round_database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few mails of the last days, judged, their letters waiting: copied for each test."""
    path = tmp_path_factory.mktemp("round") / "mailflow.db"
    shutil.copyfile(empty_database, path)
    store = open_store(f"sqlite:///{path}")
    office = Round(store)
    for prefecture, municipality, code, sender, changes, when in MAILS:
        name = f"{prefecture}{municipality}"
        subject = f"【{name}】計画策定支援"
        content = form(
            prefecture=prefecture, municipality=municipality, organization_name=name, organization_code=code, contact_email=sender,
            **{"contact_phone": f"0{code[:2]}-{code[1:4]}-{code[2:]}", **changes},
        )  # fmt: skip
        office.mail(
            "応募様式を提出します。", when=when, sender=f"担当 <{sender}>", subject=subject,
            files=[(f"{subject.partition('計')[0]}1次公募応募様式.xlsx", content)],
        )  # fmt: skip
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


MAILS: tuple[tuple[str, str, str, str, dict[str, object], datetime], ...] = (
    ("長野県", "飯田市", "202053", "kikaku@city.iida.lg.jp", {"contact_phone": None, "theme": None}, at(25, 9, 15)),
    ("長野県", "塩尻市", "202151", "dx@city.shiojiri.lg.jp", {}, at(25, 10)),
    ("大分県", "由布市", "442135", "sogo@city.yufu.oita.jp", {}, at(26, 9)),
    ("神奈川県", "箱根町", "143821", "kikaku@town.hakone.kanagawa.jp", {"fiscal_index": 1.2}, at(26, 9, 30)),
)  # fmt: skip


@pytest.fixture
def busy(office: Office, round_database: Path) -> Iterator[Office]:
    """The office with those mails; `letters` finds what waits by body."""
    office.store.close()
    path = Path(str(office.store.engine.url.database))
    shutil.copyfile(round_database, path)
    office.store = open_store(f"sqlite:///{path}")
    office.clock = Clock.starting_at(at(26, 10))
    office.reader = HereReader()  # type: ignore[assignment]
    yield office
    office.store.close()


def letters(office: Office) -> dict[str, int]:
    """The waiting letters by whom they go to: `fix`, `receipt`, `receipt2`, `refused`."""
    found: dict[str, int] = {}
    for line in office.store.drafts(states=["waiting"]):
        key = {"fix-request": "fix"}.get(line.template, line.template)
        found[key if key not in found else f"{key}2"] = line.id
    return found


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 with its smallest parameters: the library's own take a tenth of a second each."""
    quick = access.argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(access, "_HASHER", quick)
    monkeypatch.setattr(access, "_NOBODY", quick.hash("nobody has this password"))


class Browser(TestClient):
    """Keeps cookies, follows redirects, fills forms as they stand in the page that is open."""

    last: httpx.Response

    def see(self, path: str, status: int = 200) -> str:
        self.last = self.get(path)
        assert self.last.status_code == status, (self.last.status_code, self.last.text[:500])
        return self.last.text

    @property
    def csrf(self) -> str:
        found = re.search(r'name="_csrf" value="([^"]+)"', self.last.text)
        assert found, "no form in the page"
        return found[1]

    def press(self, path: str, status: int = 200, **fields: object) -> str:
        """Submit a form of the page that is open."""
        data = {"_csrf": self.csrf, **fields}
        self.last = self.post(path, data=data)
        assert self.last.status_code == status, (self.last.status_code, self.last.text[:800])
        return self.last.text


@pytest.fixture
def browser(office: Office) -> Callable[..., Browser]:
    """`browser("佐藤", Role.APPROVER)`: a person who is logged in; without a name: nobody yet."""
    app = create_app(office, hosts=frozenset({"127.0.0.1"}))

    def make(name: str | None = None, role: Role = Role.APPROVER) -> Browser:
        made = Browser(app, base_url=HOST, follow_redirects=True, raise_server_exceptions=False)
        if name is not None:
            added = add_user(office.store, name, role, by=None, sys_now=office.clock.sys_now())
            assert isinstance(added, UserAdded)
            made.last = made.post(f"/welcome/{added.token}", data={"password": PASSWORD, "again": PASSWORD})
            assert made.last.status_code == 200
        return made

    return make
