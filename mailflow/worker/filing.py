"""When letters are filed in Sent: as a step of its own, over a connection of its own, without hammering (DESIGN §8.3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from mailflow.mailbox.errors import MailboxError
from mailflow.worker.send import file_sent, settle_by_sent

if TYPE_CHECKING:
    from mailflow.worker.assembly import Worker

log = structlog.get_logger()

FILE_S, LONGEST_FILE_PAUSE_S = 2.0, 300.0


class Filing:
    """Puts what was sent into Sent. It costs a connection only when there is something to do, and what can't be done now
    is tried again after a pause that grows: a refused log-in or a full folder isn't hammered."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._pause_s, self._not_before = FILE_S, 0.0

    def tick(self) -> None:
        worker = self._worker
        if time.monotonic() < self._not_before or not self._todo():
            return
        try:
            with worker.connect() as imap:
                file_sent(worker.store, imap, worker.settings, worker.clock)
                settle_by_sent(worker.store, imap, worker.settings, worker.clock)
        except MailboxError as error:
            log.warning("not filed in Sent yet", reason=error.reason)
        if self._todo():
            self._pause_s = min(self._pause_s * 2, LONGEST_FILE_PAUSE_S)
            self._not_before = time.monotonic() + self._pause_s
        else:
            self._pause_s = FILE_S

    def _todo(self) -> bool:
        store = self._worker.store
        if store.to_file(self._worker.clock.sys_now(), 1):
            return True
        return self._worker.settings.file.smtp.server_files_sent and store.any_uncertain()
