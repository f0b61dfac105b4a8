"""A console that runs over the demo's mails, in a thread of this process, and Debian's chromium to look at it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from mailflow.console.app import create_app
from mailflow.console.office import Office
from mailflow.desk import access, add_user
from mailflow.desk.administration import UserAdded
from mailflow.store.people import Role

PASSWORD = "春は あけぼの やうやう白く"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The browser's path. A test that needs it and doesn't find it fails with what to install."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("chromium がありません。apt-get install -y chromium")
    return found


@dataclass(frozen=True)
class Running:
    url: str
    office: Office

    def person(self, name: str, role: Role = Role.APPROVER) -> str:
        """A one-time link for a new person; with `PASSWORD` set, log-in works too."""
        added = add_user(self.office.store, name, role, by=None, sys_now=self.office.clock.sys_now())
        assert isinstance(added, UserAdded), added
        access.set_password(self.office.store, added.token, PASSWORD, sys_now=self.office.clock.sys_now())
        return added.name


@contextlib.contextmanager
def running(office: Office) -> Iterator[Running]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(office), log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", office)
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def log_in(page: Any, place: Running, name: str) -> None:
    page.goto(f"{place.url}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("#rail", state="attached")
    page.wait_for_load_state("load")  # keys that are pressed before the script is there are lost
