"""What every check in rules.yaml has, and the check that an operator writes as a condition (DESIGN §4)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import Field

from mailflow.model import Severity
from mailflow.settings.fields import Strict
from mailflow.settings.messages import Words

_SEVERITY = "重さ。note 記録だけ・confirm 確認・fix 修正のお願い・refuse お断り・review 先に人が見る。"


class Configured(Strict, ABC):
    """What every check has. `severity` and `message` are those of its main sort."""

    GIVES: ClassVar[frozenset[str]] = frozenset()
    severity: Severity = Field(description=_SEVERITY)
    message: Words = Field(
        description="手紙にのせる文。review のときは事務局の人への文です。{{ found }}・{{ expected }} などが使えます。"
    )
    clause: str | None = Field(None, description="根拠の条項。例：募集要領2(2)")
    example: Words | None = Field(None, description="記入例。")
    where: str | None = Field(None, description="「どこ」の書き方。書かなければ、見つけた場所の名前です。")
    look_first: bool = Field(False, description="この指摘がある手紙を、まとめて承認・自動承認できないようにするか。")

    @property
    @abstractmethod
    def name(self) -> str:
        """What rules.yaml calls it."""

    def weight(self, variant: str = "") -> Severity:
        return Severity(getattr(self, f"severity_{variant}")) if variant else self.severity

    def words(self, variant: str = "") -> str:
        own = getattr(self, f"message_{variant}", None) if variant else None
        return own or self.message

    @classmethod
    def texts(cls) -> tuple[str, ...]:
        """The fields that hold words with places in them."""
        return tuple(
            key for key in cls.model_fields if key == "example" or key.startswith(("message", "wording", "found_"))
        )


class OwnCheck(Configured):
    """A check an operator wrote: an expression that says when there is something to say."""

    id: str = Field(description="検査の名前（英小文字）。", pattern=r"^[a-z][a-z0-9-]{1,40}$")
    when: str = Field(description="この式が成り立つとき、指摘します。", max_length=500)
    field: str | None = Field(
        None,
        description="様式のどの項目のことか（form.yaml の key）。書けば、「どこ」がその項目の名前とセルに、「現在」が記入された値になります。",
    )
    found: Words | None = Field(None, description="「現在」に出す文。例：{{ form.theme }}")

    @property
    def name(self) -> str:
        return self.id

    @classmethod
    def texts(cls) -> tuple[str, ...]:
        return (*super().texts(), "found")


class Shipped(Configured):
    """A check of the catalogue. Each subclass narrows `check` to its own id."""

    check: str

    @property
    def name(self) -> str:
        return self.check
