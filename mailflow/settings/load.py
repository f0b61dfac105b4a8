"""From a bundle of texts to `Settings`, whole or not at all (DESIGN §3).

`build(bundle, env)` is pure; `load(config_dir, env)` reads the folder first; `check` does the same and gives all that
is wrong back instead of raising. ConfigErrors carries every problem of every file found in one go. A Bundle pickles:
a child process builds its own Settings from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from mailflow.settings import cross, needed
from mailflow.settings.bundle import read_bundle
from mailflow.settings.consultation import NO_CONSULTATION, ConsultationFile
from mailflow.settings.env import overrides
from mailflow.settings.faq import NO_FAQ, FaqFile
from mailflow.settings.form import FormFile
from mailflow.settings.letter_names import LETTER_FILTERS, LETTER_NAMES
from mailflow.settings.models import MailflowFile, PartiesFile
from mailflow.settings.problems import ConfigErrors, Problem, Trouble, in_order, where_none_is_wrong
from mailflow.settings.reference import Reference, load_reference
from mailflow.settings.rules import RulesFile
from mailflow.settings.settings import Bundle, Settings
from mailflow.settings.templates import check_templates
from mailflow.settings.validate import validate
from mailflow.settings.yaml_reader import Document, read_yaml
from mailflow.settings.yaml_words import encoding_problem

FILES: Mapping[str, type[BaseModel]] = {
    "config/mailflow.yaml": MailflowFile,
    "config/rules.yaml": RulesFile,
    "config/form.yaml": FormFile,
    "config/consultation.yaml": ConsultationFile,
    "config/parties.yaml": PartiesFile,
    "config/faq.yaml": FaqFile,
}

Model = TypeVar("Model", bound=BaseModel)


def load(config_dir: Path, env: Mapping[str, str]) -> Settings:
    """The settings of a folder, its relative paths taken from the folder above config/, wherever the command is run.

    Raises ConfigErrors, its paths as the person gave them.
    """
    try:
        settings = build(read_bundle(config_dir), env)
        return replace(settings, file=_placed(settings.file, config_dir.absolute().parent, env))
    except ConfigErrors as errors:
        raise errors.moved(_folders(config_dir)) from None


def _placed(file: MailflowFile, home: Path, env: Mapping[str, str]) -> MailflowFile:
    """Relative paths of the YAML made absolute: two commands run from two folders must not mean two databases."""
    changes: dict[str, object] = {}
    prefix = "sqlite:///"
    if file.database.url.startswith(prefix) and not env.get("MAILFLOW_DATABASE", "").strip():
        path = home / file.database.url.removeprefix(prefix)
        changes["database"] = file.database.model_copy(update={"url": f"{prefix}{path}"})
    for name in ("mailbox", "smtp"):
        section = getattr(file, name)
        paths = {key: str(home / value) for key in ("password_file", "ca_file") if (value := getattr(section, key))}
        if paths:
            changes[name] = section.model_copy(update=paths)
    return file.model_copy(update=changes) if changes else file


def check(config_dir: Path, env: Mapping[str, str]) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings, None if they can't be used, and all errors and warnings."""
    try:
        settings, problems = _build(read_bundle(config_dir), env)
    except ConfigErrors as errors:
        return None, errors.moved(_folders(config_dir)).problems
    return settings, ConfigErrors(problems).moved(_folders(config_dir)).problems


def load_form(path: Path) -> FormFile:
    """A spec of the form by itself. Raises FileNotFoundError, ConfigErrors."""
    return parse_form(str(path), path.read_bytes())


def parse_form(name: str, content: bytes) -> FormFile:
    """A spec of the form from its bytes; `name` stands in what is said of them. Pure. Raises ConfigErrors."""
    document = read_yaml(name, content)
    made, problems = validate(document, FormFile)
    if made is None or problems or document.problems:
        raise ConfigErrors([*document.problems, *problems])
    return made


def reference_of(files: Mapping[str, bytes]) -> Reference:
    """The reference tables of a bundle alone, whatever else is wrong with it. Raises ConfigErrors."""
    own = {p.removeprefix("config/data/"): c for p, c in files.items() if p.startswith("config/data/")}
    ours = {p.removeprefix("data/"): c for p, c in files.items() if p.startswith("data/")}
    return load_reference({**ours, **own}, own_files=frozenset(own))


def _folders(config_dir: Path) -> dict[str, str]:
    return {"config": str(config_dir), "templates": str(config_dir.parent / "templates")}


def build(bundle: Bundle, env: Mapping[str, str]) -> Settings:
    """The settings of a bundle; pure. Raises ConfigErrors with all problems."""
    settings, problems = _build(bundle, env)
    if settings is None:
        raise ConfigErrors(problems)
    return settings


def _build(bundle: Bundle, env: Mapping[str, str]) -> tuple[Settings | None, tuple[Problem, ...]]:
    loader = _Loader(bundle)
    parts = _Parts(
        loader.model("config/mailflow.yaml", MailflowFile),
        loader.model("config/rules.yaml", RulesFile),
        loader.model("config/form.yaml", FormFile),
        loader.model("config/parties.yaml", PartiesFile),
        loader.optional("config/consultation.yaml", ConsultationFile, NO_CONSULTATION),
        loader.optional("config/faq.yaml", FaqFile, NO_FAQ),
        loader.reference(),
    )
    loader.unknown_files()
    templates = loader.templates()
    loader.cross_checks(parts, templates)
    file, rules, form, parties, consultation, faq, reference = parts
    try:
        changed = overrides(file, env) if file else None
    except ConfigErrors as errors:
        loader.problems += errors.problems
        changed = None
    written = [one for document in loader.documents.values() for one in document.warnings]
    problems = in_order([*loader.problems, *where_none_is_wrong(written, loader.problems)])
    broken = any(problem.severity == "error" for problem in problems)
    if broken or not (changed and rules and form and parties and consultation and faq and reference):
        return None, problems
    public = {
        path.removeprefix("templates/files/"): content
        for path, content in bundle.files.items()
        if path.startswith("templates/files/")
    }
    warnings = tuple(problem.render() for problem in problems)
    return (
        Settings(bundle, changed, rules, parties, form, reference, templates, public, warnings, consultation, faq),
        problems,
    )


class _Parts(NamedTuple):
    """What could be made of each file; None where it is broken."""

    file: MailflowFile | None
    rules: RulesFile | None
    form: FormFile | None
    parties: PartiesFile | None
    consultation: ConsultationFile | None
    faq: FaqFile | None
    reference: Reference | None


class _Loader:
    """Gathers the problems of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.files = bundle.files
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []
        self.misnamed: set[str] = set()
        self.absent: dict[str, list[Problem]] = {}

    def model(self, path: str, model: type[Model]) -> Model | None:
        content = self.files.get(path)
        if content is None:
            self.problems.append(Problem(path, None, None, "ファイルがありません", self.near(path)))
            return None
        document = self.documents[path] = read_yaml(path, content)
        made, problems = validate(document, model)
        self.problems += [*document.problems, *problems]
        return made  # of a broken file only what could be made of the rest: it is looked at, never used

    def near(self, path: str) -> str | None:
        """`rules.yml`, `Rules.yaml`, `rules.yaml.txt`: the file that was meant."""
        stem = path.removesuffix(".yaml").casefold()
        meant = [one for one in self.files if one != path and one.casefold().partition(".y")[0] == stem]
        self.misnamed |= set(meant[:1])
        if meant:
            return f"{meant[0]} の名前を {path.rpartition('/')[2]} に変えてください"
        return f"`mailflow init 別のフォルダー` で作られる {path} を写せます"

    def optional(self, path: str, model: type[Model], absent: Model) -> Model | None:
        return self.model(path, model) if path in self.files else absent

    def unknown_files(self) -> None:
        for path in self.files:
            if path.startswith("config/") and path.count("/") == 1 and path not in FILES and path not in self.misnamed:
                self.problems.append(cross.unknown_file(path, FILES))

    def reference(self) -> Reference | None:
        try:
            return reference_of(self.files)
        except ConfigErrors as errors:
            self.problems += errors.problems
            return None

    def templates(self) -> dict[str, str]:
        texts: dict[str, str] = {}
        unreadable: list[str] = []
        for path, content in self.files.items():
            if not (path.startswith("templates/") and path.endswith(".j2")):
                continue
            try:
                text = content.decode("utf-8-sig")
            except UnicodeDecodeError:
                self.problems.append(encoding_problem(path, content))
                unreadable.append(path.removeprefix("templates/").removesuffix(".j2"))
                continue
            texts[path.removeprefix("templates/").removesuffix(".j2")] = text.replace("\r\n", "\n").replace("\r", "\n")
        if not texts and not unreadable:
            hint = (
                "templates は config と同じ所に置きます。`mailflow init 別のフォルダー` で作られる templates を写せます"
            )
            self.problems.append(
                Problem("templates", None, None, "手紙のひな形（templates/….j2）が1つもありません", hint)
            )
            return {}
        for flaw in check_templates(texts, LETTER_NAMES, LETTER_FILTERS):
            document = Document(f"templates/{flaw.template}.j2")
            document.set_text(texts[flaw.template])
            self.problems.append(document.in_text(flaw.offset, flaw.length, flaw.message, flaw.hint))
        # they are there, if only by name: nobody is told that they are missing, too
        return texts | dict.fromkeys(unreadable, "")

    def cross_checks(self, parts: _Parts, templates: Mapping[str, str]) -> None:
        file, rules, form, parties, consultation, faq, reference = parts
        if file:
            self.told("config/mailflow.yaml", cross.mailflow_troubles(file, templates, form, reference))
        if file and reference:
            self.told("config/mailflow.yaml", cross.extension_troubles(file, reference))
        if rules and form:
            self.told("config/rules.yaml", cross.rules_troubles(rules, form, templates))
        if file and parties:
            self.told("config/mailflow.yaml", cross.bureau_troubles(file, parties))
        if parties and reference:
            self.told("config/parties.yaml", cross.parties_troubles(parties, reference))
        if consultation and file and "config/consultation.yaml" in self.documents:
            self.told("config/consultation.yaml", cross.consultation_troubles(consultation, file))
        if faq and "config/faq.yaml" in self.documents:
            self.told("config/faq.yaml", cross.faq_troubles(faq, file))
        if templates:
            self.letters_needed(file, consultation, templates)
        for name, (first, *others) in self.absent.items() if templates else ():
            self.problems.append(cross.gone(name, first, others, templates))

    def letters_needed(
        self, file: MailflowFile | None, consultation: ConsultationFile | None, templates: Mapping[str, str]
    ) -> None:
        if file:
            self.told("config/mailflow.yaml", needed.letters_of_the_timer(file, templates, self.absent))
        if consultation and "config/consultation.yaml" in self.documents:
            troubles = needed.letters_of_consultations(consultation, templates, self.absent)
            self.told("config/consultation.yaml", troubles)

    def told(self, path: str, troubles: Iterable[Trouble]) -> None:
        document = self.documents[path]
        for one in troubles:
            inside = (one.offset, one.length) if one.offset is not None else None
            problem = document.problem(
                one.path, one.message, one.hint, key=one.key, inside=inside, warning=one.severity == "warning"
            )
            if problem.line in document.mended:  # what stands there is ours, not the operator's
                continue
            if one.absent is not None:
                self.absent.setdefault(one.absent, []).append(problem)
            else:
                self.problems.append(problem)
