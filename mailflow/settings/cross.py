"""What one file says that another contradicts: templates, the form's dates, the code list, senders that are applicants.

Each function gives Troubles of one file, placed by their path in it. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from rapidfuzz import fuzz, process

from mailflow.clock import tokyo
from mailflow.settings import rules as rules_module
from mailflow.settings.clashes import clashes, own_addresses
from mailflow.settings.connection import parse_server, security
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.faq import FAQ_NAMES, FaqEntry, FaqFile, faq_values, without_value
from mailflow.settings.form import FormFile
from mailflow.settings.messages import is_name, places
from mailflow.settings.models import MailflowFile, PartiesFile
from mailflow.settings.problems import Problem, Trouble
from mailflow.settings.reference import Reference
from mailflow.settings.rules import RulesFile
from mailflow.settings.templates import letters
from mailflow.settings.vocabulary import suggestion


def unknown_file(path: str, known: Collection[str]) -> Problem:
    """A YAML file of config/ that nobody reads: a warning, for it may be a slip of the name."""
    if path.endswith((".yml", ".yaml.txt")):
        return Problem(
            path, None, None, "この名前のファイルは読みません", "名前の終わりを .yaml にしてください", None, "warning"
        )
    near = process.extractOne(path, tuple(known), scorer=fuzz.ratio, score_cutoff=80)
    names = "、".join(name.removeprefix("config/") for name in known)
    hint = f"{near[0]} ではありませんか" if near else f"読むのは {names} です"
    return Problem(path, None, None, "この名前のファイルは読みません", hint, None, "warning")


def mailflow_troubles(
    file: MailflowFile, templates: Mapping[str, str], form: FormFile | None, reference: Reference | None
) -> Iterator[Trouble]:
    yield from _template_names(file, letters(templates))
    yield from _servers(file)
    yield from clashes(file)
    if form:
        yield from _forms_of_rounds(file, form)
    year = file.programme.fiscal_year_of_index
    if reference and year not in reference.fiscal_years():
        yield Trouble(
            ("programme", "fiscal_year_of_index"),
            f"財政力指数の {year} 年度の表がありません",
            f"`mailflow data import-fiscal` で取り込めます。今ある年度: {_listed(reference)}",
            severity="warning",
        )


def extension_troubles(file: MailflowFile, reference: Reference) -> Iterator[Trouble]:
    """An area that is neither a prefecture nor a body would move the close for nobody, in silence."""
    prefectures = {row.prefecture for row in reference.municipalities}
    known = {f"{row.prefecture}{row.name}" for row in reference.municipalities} | prefectures
    for index, round_ in enumerate(file.rounds):
        for at, one in enumerate(round_.extensions):
            for place, area in enumerate(one.areas):
                if area not in known:
                    near = process.extractOne(area, sorted(known), scorer=fuzz.ratio, score_cutoff=60)
                    hint = f"{near[0]} ではありませんか" if near else "石川県、石川県珠洲市 のように書いてください"
                    path = ("rounds", index, "extensions", at, "areas", place)
                    yield Trouble(path, f"{area} という都道府県・団体はありません", hint)


def _listed(reference: Reference) -> str:
    return "、".join(str(year) for year in sorted(reference.fiscal_years())) or "なし"


def _template_names(file: MailflowFile, known: Collection[str]) -> Iterator[Trouble]:
    for name in file.approval.templates:
        if name not in known:
            path: tuple[str | int, ...] = ("approval", "templates", name)
            yield Trouble(path, f"`{name}` というひな形はありません", _near(name, known), key=True, absent=name)
    for place, name in enumerate(file.office_hours.quiet_exempt):
        if name not in known:
            path = ("office_hours", "quiet_exempt", place)
            yield Trouble(path, f"`{name}` というひな形はありません", _near(name, known), absent=name)


def gone(name: str, first: Problem, others: Sequence[Problem], known: Collection[str]) -> Problem:
    """One problem of a template that isn't there, at the first place that names it. Named once, it may be misspelt: as it is."""
    if not others and "返信に要る" not in first.message:
        if "ではありませんか" in (first.hint or ""):
            return first
        return replace(first, hint=f"templates/{name}.j2 を置くか、あるものの名前を書いてください。{first.hint}")
    same = next((one for one in known if one.casefold() == name.casefold()), None)
    hint = f"templates/{name}.j2 を戻してください（`mailflow init 別のフォルダー` で作られるものを写せます）"
    if same is not None:
        hint = f"templates/{same}.j2 の名前を {name}.j2 に変えてください"
    if others:
        places = "、".join(f"{one.file}:{one.line}" for one in others[:3])
        hint += f"。ほかに {len(others)} か所でも使っています（{places}{' など' if len(others) > 3 else ''}）"
    return replace(first, message=f"`{name}` というひな形（templates/{name}.j2）がありません", hint=hint)


def bureau_troubles(file: MailflowFile, parties: PartiesFile) -> Iterator[Trouble]:
    """A copy for a bureau whose address nobody wrote goes to nobody: a warning."""
    missing = [one.name for one in parties.parties if one.kind == "bureau" and not one.addresses]
    copied: list[tuple[str, ...]] = [
        ("templates", name) for name, policy in file.approval.templates.items() if policy.cc_bureau
    ]
    copied += [("default",)] if file.approval.default.cc_bureau else []
    for place in copied if missing else ():
        yield Trouble(
            ("approval", *place, "cc_bureau"),
            f"アドレスのない総合通信局があります（{'、'.join(missing)}）。その管轄の団体への手紙には、写しが付きません",
            "parties.yaml の addresses に書いてください",
            severity="warning",
        )


def _near(name: str, known: Collection[str]) -> str:
    best = process.extractOne(name, tuple(known), scorer=fuzz.ratio, score_cutoff=60)
    return f"`{best[0]}` ではありませんか" if best else "templates/ にあるもの: " + "、".join(sorted(known))


def _servers(file: MailflowFile) -> Iterator[Trouble]:
    for key, server in (("mailbox", file.mailbox), ("smtp", file.smtp)):
        schemes = ("imap", "imaps") if key == "mailbox" else ("smtp", "smtps")
        try:
            security(parse_server(server.url, schemes), server.starttls)
        except ValueError as error:
            yield Trouble((key, "starttls"), str(error))


def _forms_of_rounds(file: MailflowFile, form: FormFile) -> Iterator[Trouble]:
    """Every day of a round has an edition of the form."""
    for index, one in enumerate(file.rounds):
        first, last = tokyo(one.opens).date(), tokyo(one.closes).date()
        day, step = first, timedelta(days=1)
        while day <= last and day - first < timedelta(days=400):
            if not form.specs_at(day):
                yield Trouble(
                    ("rounds", index, "opens"),
                    f"公募回 {one.id} の {day.isoformat()} に使える応募様式が form.yaml にありません",
                    "form.yaml の valid_from と valid_until を確かめてください",
                )
                break
            day += step


def rules_troubles(rules: RulesFile, form: FormFile, templates: Mapping[str, str]) -> Iterator[Trouble]:
    """What rules.yaml says of names, checks, fields and letters that aren't there."""
    yield from rules_module.cross_check(rules, form, letters(templates))


def parties_troubles(parties: PartiesFile, reference: Reference) -> Iterator[Trouble]:
    """A known sender's domain must not be an applicant's: all mail of that body would count as internal."""
    bodies = {row.domain: row for row in reference.domains}
    # every domain above a body's own: `pref.nagano.lg.jp`, `nagano.lg.jp`, `lg.jp`, `jp`
    above: dict[str, str] = {}
    for domain, row in bodies.items():
        labels = domain.split(".")
        for start in range(len(labels)):
            above.setdefault(
                ".".join(labels[start:]), f"{row.prefecture}{row.name if row.name != row.prefecture else ''}"
            )
    for index, party in enumerate(parties.parties):
        for place, domain in enumerate(party.domains):
            if domain in above:
                body = bodies.get(domain)
                named = f"{body.prefecture}{body.name}" if body else f"{above[domain]} など"
                yield Trouble(
                    ("parties", index, "domains", place),
                    f"{domain} は応募する団体（{named}）のドメインです。応募が読まれなくなります",
                    "addresses にアドレスを書いてください",
                )
    owner: dict[tuple[str, str | None], str] = {}
    for index, party in enumerate(parties.parties):
        for place, address in enumerate(party.addresses):
            other = owner.setdefault((address.casefold(), party.subject), party.id)
            if other != party.id:
                path = ("parties", index, "addresses", place)
                yield Trouble(path, f"{address} は {other} にも書かれています", "どちらかを消してください")


def faq_troubles(faq: FaqFile, file: MailflowFile | None) -> Iterator[Trouble]:
    """Names in answers that no letter has, and those that stand for nothing in a round."""
    for index, entry in enumerate(faq.entries):
        if file is not None:
            yield from _unsaid(index, entry, file)
        for offset, place in places(entry.answer):
            if not is_name(place, FAQ_NAMES):
                near = suggestion(place, FAQ_NAMES)
                hint = (
                    f"`{near}` ではありませんか"
                    if near
                    else "使えるのは programme. と round. の名前です（docs/templates.md）"
                )
                path = ("entries", index, "answer")
                yield Trouble(path, f"`{place}` という名前はありません", hint, offset=offset, length=len(place))


def _unsaid(index: int, entry: FaqEntry, file: MailflowFile) -> Iterator[Trouble]:
    """An answer with an empty value in it is none: people answer in that round."""
    known = tuple(name for _, name in places(entry.answer) if is_name(name, FAQ_NAMES))
    for round_ in file.rounds:
        empty = [one for one in without_value(entry.answer, faq_values(file.programme, round_)) if one in known]
        if empty:
            names = "、".join(f"`{one}`" for one in dict.fromkeys(empty))
            yield Trouble(
                ("entries", index, "answer"),
                f"{round_.name}には {names} の値がありません。この公募では、ここから答えません",
                "mailflow.yaml に値を書くと、答えるようになります",
                severity="warning",
            )


def consultation_troubles(consultation: ConsultationFile, file: MailflowFile) -> Iterator[Trouble]:
    """A closed day or a host's exception that lies in no round is a slip of the year or the month; a host's sheet never goes to
    the mailbox that is read."""
    for place, host in enumerate(consultation.hosts):
        if host.mail is not None and host.mail.casefold() in own_addresses(file):
            yield Trouble(
                ("hosts", place, "mail"),
                "事務局の受信箱には送れません（届いた予定表を、メールとして読むことになります）",
                "担当者の自分のアドレスを書いてください",
            )
    days = [(tokyo(one.opens).date(), tokyo(one.closes).date()) for one in file.rounds]
    named: list[tuple[tuple[str | int, ...], date]] = [
        (("pattern", "closed", index), day) for index, day in enumerate(consultation.pattern.closed)
    ]
    named += [
        (("hosts", place, "exceptions", index, "date"), exception.date)
        for place, host in enumerate(consultation.hosts)
        for index, exception in enumerate(host.exceptions)
    ]
    for path, day in named:
        if not any(first <= day <= last for first, last in days):
            yield Trouble(
                path,
                f"{day.isoformat()} は、どの公募の期間にもありません",
                "年と月を確かめてください",
                severity="warning",
            )
