"""A rule that can never decide is warned of; one that may is not."""

from __future__ import annotations

import pytest

from mailflow.settings.expressions import Expression, compile_expression
from mailflow.settings.names import NAMES
from mailflow.settings.reachable import unreachable


def term(text: str) -> Expression:
    return compile_expression(text, NAMES)


def warned(*conditions: str) -> list[int]:
    found = unreachable([(f"rule-{index}", term(text).term) for index, text in enumerate(conditions)])
    return [int(one.path[1]) for one in found]


@pytest.mark.parametrize(
    ("conditions", "never"),
    [
        pytest.param(("true", "mail.junk"), [1], id="behind-a-rule-for-all"),
        pytest.param(("mail.junk", "false"), [1], id="holds-for-none"),
        pytest.param(("mail.junk", "form.found", "mail.junk"), [2], id="the-same-again"),
        pytest.param(("mail.junk", "mail.junk and form.found"), [1], id="a-part-of-what-is-taken-above"),
        pytest.param(("mail.junk or form.found", "form.found"), [1], id="one-of-two-ways"),
        pytest.param(("not mail.junk", "not mail.junk and form.found"), [1], id="not"),
        pytest.param(("mail.machine in ['self', 'list']", "mail.machine == 'list'"), [1], id="one-of-a-list"),
        pytest.param(("mail.machine != ''", "mail.machine != '' and mail.machine == 'self'"), [1], id="not-equal"),
        pytest.param(("form.found and mail.junk", "mail.junk and form.found"), [1], id="another-order"),
        pytest.param(("mail.subject == ' a b '", "mail.subject   ==   ' a b '"), [1], id="spaces-do-not-count"),
        pytest.param(("mail.junk and form.found", "mail.junk"), [], id="wider-below-is-sound"),
        pytest.param(("mail.junk", "form.found", "true"), [], id="true-at-the-end-is-sound"),
        pytest.param(("mail.machine == 'list'", "mail.machine in ['self', 'list']"), [], id="more-of-a-list"),
        pytest.param(("'a' in mail.subject", "'ab' in mail.subject"), [], id="what-words-mean-is-not-looked-at"),
        pytest.param(("case.versions > 3", "case.versions > 5"), [], id="numbers-neither"),
    ],
)
def test_rules_that_are_never_reached(conditions: tuple[str, ...], never: list[int]) -> None:
    assert warned(*conditions) == never


def test_says_which_rule_takes_its_mail() -> None:
    (one,) = unreachable([("all", term("true").term), ("mine", term("form.found").term)])
    assert one.severity == "warning"
    assert "規則 all" in one.message
    assert one.path == ("rules", 1, "when")
