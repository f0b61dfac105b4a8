"""What operators write of approving in one's own mail client: `approval.mail_client` (DESIGN §5)."""

from __future__ import annotations

from pydantic import Field

from mailflow.settings.fields import Strict


class MailClient(Strict):
    user: str = Field(
        description="メールソフトでの承認・却下を、だれのものとして記録するか（mailflow users にある、承認者の名前）。"
    )
    waiting: str = Field("承認待ち", description="返信案を入れるフォルダー。なければ作ります。")
    approved: str = Field("承認", description="ここへ移された返信案を、承認されたものとします。")
    rejected: str = Field("却下", description="ここへ移された返信案を、却下されたものとします。")

    @property
    def folders(self) -> tuple[str, str, str]:
        return self.waiting, self.approved, self.rejected
