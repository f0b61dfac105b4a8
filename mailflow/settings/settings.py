"""One loaded configuration, whole and frozen: what every pure function is given (DESIGN §3).

Built only by `mailflow.settings.load` / `build` from a `Bundle`: the texts of config/, templates/ and the data. The
hash covers them all; two equal hashes judge alike. Environment overrides (URLs, start) and secrets are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailflow.model import KnownException, Organization
from mailflow.settings.consultation import NO_CONSULTATION, ConsultationFile
from mailflow.settings.faq import NO_FAQ, FaqFile
from mailflow.settings.form import FormFile
from mailflow.settings.models import MailflowFile, PartiesFile, Programme, Round
from mailflow.settings.reference import Reference
from mailflow.settings.rules import RulesFile

AREA = "地域の締切（mailflow.yaml の extensions）"  # who made an exception that the configuration makes


@dataclass(frozen=True, slots=True)
class Bundle:
    """The texts a configuration is made of, by path from the folder above config/ (`config/rules.yaml`,
    `templates/receipt.j2`, `templates/files/…`). Picklable; stored once by hash in the database."""

    files: Mapping[str, bytes] = field(repr=False)
    hash: str


@dataclass(frozen=True, slots=True)
class Settings:
    bundle: Bundle = field(repr=False)
    file: MailflowFile
    rules: RulesFile
    parties: PartiesFile
    form: FormFile
    reference: Reference = field(repr=False)
    templates: Mapping[str, str] = field(repr=False)  # "receipt" -> source text
    public_files: Mapping[str, bytes] = field(repr=False)  # path below templates/files -> content
    warnings: tuple[str, ...] = ()
    consultation: ConsultationFile = NO_CONSULTATION
    faq: FaqFile = NO_FAQ

    @property
    def hash(self) -> str:
        return self.bundle.hash

    @property
    def programme(self) -> Programme:
        return self.file.programme

    @property
    def rounds(self) -> tuple[Round, ...]:
        return self.file.rounds

    def area_exception(self, round_id: str, body: Organization) -> KnownException | None:
        """The later close of the body's area (`extensions`), as it stands among the exceptions of its case. None: the usual one."""
        round_ = next((one for one in self.rounds if one.id == round_id), None)
        found = round_.extended(body) if round_ is not None else None
        if found is None:
            return None
        return KnownException(what="deadline", until=found.until, by=AREA, why=found.why, consent=found.consent)

    def round_for(self, at: datetime) -> Round:
        """The round a mail received at `at` speaks of: the one that is open, else the last one that has opened,
        else the first to come."""
        ordered = sorted(self.rounds, key=lambda r: r.opens)
        opened = [r for r in ordered if r.opens <= at]
        return opened[-1] if opened else ordered[0]
