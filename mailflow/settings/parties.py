"""What operators write of senders that are no applicants: parties.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mailflow.settings.fields import DomainName, MailAddress, Strict
from mailflow.settings.problems import Misplaced

PartyKind = Literal["ministry", "bureau", "own-firm", "web-form", "quarantine", "vendor", "file-service"]


class KnownParty(Strict):
    id: str = Field(description="略号（英数字）。", pattern=r"^[a-z0-9-]{1,40}$")
    kind: PartyKind = Field(
        description="ministry 総務省・bureau 総合通信局・own-firm 自社・web-form 申込みフォーム・quarantine 検疫通知・vendor 業者・file-service ファイル送信サービス"
    )
    name: str = Field(description="画面に出す名前。")
    addresses: tuple[MailAddress, ...] = Field((), description="メールアドレス。")
    domains: tuple[DomainName, ...] = Field((), description="ドメイン（下のドメインも含む）。")
    subject: str | None = Field(None, description="この語が件名にあるときだけ当てはめます。")
    labels: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="通知メールの項目名。organization・department・name・email・phone・wishes・method・topic・submitted_at の読み取りに使います。",
    )


class PartiesFile(Strict):
    """parties.yaml: senders that are no applicants."""

    parties: tuple[KnownParty, ...] = Field((), description="応募者ではない、知っている差出人。")
    free_mail: tuple[DomainName, ...] = Field((), description="個人向けのメールのドメイン。")
    file_services: tuple[DomainName, ...] = Field(
        (), description="ファイル送信サービスのホスト名。本文のリンクを見分けます。"
    )

    @model_validator(mode="after")
    def _apart(self) -> PartiesFile:
        seen: dict[str, int] = {}
        for index, party in enumerate(self.parties):
            if party.id in seen:
                raise Misplaced(f"id {party.id} が2つあります", "parties", index, "id")
            seen[party.id] = index
            # A bureau's address may not be known yet; notices of quarantine come from many, their subject tells. Anybody
            # else known by a subject alone would hide the applicants who write the same words.
            by_subject = party.kind == "bureau" or (party.kind == "quarantine" and party.subject)
            if not party.addresses and not party.domains and not by_subject:
                raise Misplaced(
                    f"{party.id} に addresses も domains もありません",
                    "parties",
                    index,
                    "id",
                    hint="どちらかを書いてください",
                )
            for place, domain in enumerate(party.domains):
                if domain in self.free_mail:
                    raise Misplaced(
                        f"{domain} は個人向けのメール（free_mail）です。だれのメールでも {party.name} とみなされます",
                        "parties",
                        index,
                        "domains",
                        place,
                        hint="addresses にアドレスを書いてください",
                    )
        return self
