"""`script/screenshots`: every page at every size, light and dark."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from mailflow.console.serving import open_office
from mailflow.store import Store
from mailflow.store.people import Role
from tests.browser.running import Running, chromium, log_in, running

ROOT = Path(__file__).parents[2]
SIZES = {"1440": (1440, 900), "1366": (1366, 768), "1280": (1280, 800), "390": (390, 844), "375": (375, 812)}


def pages(store: Store) -> Iterator[tuple[str, str]]:
    """(name, address): pages that exist whatever the data, then examples out of it."""
    yield from (
        ("overview", "/"), ("mails", "/mails"), ("queue", "/queue"), ("cases", "/cases"), ("consultation", "/consultation"),
        ("outbox", "/outbox"), ("regions", "/regions"), ("config", "/config"), ("audit", "/audit"), ("people", "/people"),
        ("me", "/me"), ("bulk", "/queue-bulk"), ("letters", "/letters"), ("incidents", "/incidents"), ("calls", "/calls"), ("questions", "/questions"), ("queue-empty", "/queue?q=どこにもない"),
    )  # fmt: skip
    waiting = store.drafts(states=["waiting"])
    for template in ("fix-request", "refused", "consultation-full", "replacement"):
        for line in [one for one in waiting if one.template == template][:1]:
            yield f"draft-{template}", f"/queue/{line.id}"
            if template == "fix-request":
                yield "draft-edit", f"/queue/{line.id}?act=edit"
                yield "draft-reject", f"/queue/{line.id}?act=reject"
                yield "draft-mail", f"/queue/{line.id}?pane=mail"
                yield "draft-list", f"/queue/{line.id}?pane=list"
                yield "mail", f"/mails/{line.mail_id}"
                yield "write", f"/mails/{line.mail_id}/write"
                yield "case", f"/cases/{line.case_id}"
    for line in store.drafts(states=["superseded"])[:1]:
        yield "draft-superseded", f"/queue/{line.id}"


def shoot(place: Running, out: Path, options: argparse.Namespace) -> int:
    out.mkdir(parents=True, exist_ok=True)
    name = place.person("佐藤 美咲", Role.ADMIN)
    wrong = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for size in options.sizes.split(","):
            width, height = SIZES[size]
            for scheme in ("light", "dark") if options.dark else ("light",):
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    device_scale_factor=options.scale,
                    color_scheme=scheme,
                    locale="ja-JP",
                    timezone_id="Asia/Tokyo",
                )
                page = context.new_page()
                said: list[str] = []
                page.on(
                    "console", lambda message, said=said: said.append(message.text) if message.type == "error" else None
                )
                page.on("pageerror", lambda error, said=said: said.append(str(error)))
                log_in(page, place, name)
                for shot, address in pages(place.office.store):
                    if options.pages not in shot:
                        continue
                    answer = page.goto(place.url + address)
                    status = answer.status if answer else 0
                    file = out / f"{shot}-{size}{'-dark' if scheme == 'dark' else ''}.png"
                    whole = options.whole and shot != "queue" and not shot.startswith("draft")
                    page.screenshot(path=file, full_page=whole)
                    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if status != 200 or said or wide > 0:
                        wrong += 1
                        print(f"{file.name}: {status} {said} wider by {wide}", file=sys.stderr)
                    said.clear()
                context.close()
        browser.close()
    return 1 if wrong else 0


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("out", nargs="?", type=Path, default=ROOT / "docs" / "screenshots")
    asked.add_argument("--pages", default="")
    asked.add_argument("--sizes", default="1440,1366,375")
    asked.add_argument("--dark", action="store_true")
    asked.add_argument("--demo", type=Path)
    asked.add_argument("--scale", type=float, default=1.0)
    asked.add_argument("--whole", action=argparse.BooleanOptionalAction, default=True)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailflow-screens-") as folder:
        demo = options.demo or Path(folder)
        if options.demo is None:
            subprocess.run(
                [sys.executable, "-m", "mailflow", "demo", "--once", str(demo)], check=True, stdout=subprocess.DEVNULL
            )
        office = open_office(demo / "config", {})
        with contextlib.closing(office), running(office) as place:
            return shoot(place, options.out, options)


if __name__ == "__main__":
    sys.exit(main())
