"""Known senders, and how a sender's domain fits the body."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest

from mailflow.intake.organizations import Directory
from mailflow.intake.senders import below_any, known_sender, sender_class
from mailflow.model import NO_ORGANIZATION, Address, Mail
from mailflow.settings.load import load
from mailflow.settings.models import PartiesFile
from mailflow.settings.reference import load_reference

SETTINGS = SimpleNamespace(
    parties=PartiesFile.model_validate(
        {
            "free_mail": ["gmail.com", "ezweb.example"],
            "parties": [
                {"id": "ministry", "kind": "ministry", "name": "総務省", "domains": ["soumu.example"]},
                {"id": "shinetsu", "kind": "bureau", "name": "信越総合通信局", "addresses": ["Shinetsu@soumu.example"]},
                {
                    "id": "web-form",
                    "kind": "web-form",
                    "name": "申込みフォーム",
                    "addresses": ["no-reply@survey.example"],
                    "subject": "事前相談会申込みフォーム",
                },
                {
                    "id": "quarantine",
                    "kind": "quarantine",
                    "name": "検疫",
                    "domains": ["mail.example"],
                    "subject": "検疫にメッセージがあります",
                },
            ],
        }
    )
)


@cache
def directory() -> Directory:
    folder = files("mailflow") / "data"
    return Directory.from_reference(
        load_reference({f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".csv")})
    )


def mail(address: str | None, subject: str | None = None) -> Mail:
    return Mail(sender=Address(name=None, address=address) if address else None, subject=subject)


@pytest.mark.parametrize(
    "domain",
    [
        "jcom.home.ne.jp", "zaq.ne.jp", "qq.com", "163.com", "mail.ru", "rakuten.jp", "dream.jp", "nifty.com",
        "biglobe.ne.jp", "ocn.ne.jp", "so-net.ne.jp", "plala.or.jp", "hotmail.co.jp", "live.jp", "me.com", "proton.me",
        "au.com", "ymobile.ne.jp", "i.softbank.jp", "vodafone.ne.jp", "gmail.com", "a.dion.ne.jp",
    ],
)  # fmt: skip
def test_anybodys_mail_as_shipped(domain: str) -> None:
    shipped = load(Path(__file__).parents[3] / "config", {})
    assert sender_class(Address(name=None, address=f"a@{domain}"), NO_ORGANIZATION, directory(), shipped) == "free"


@pytest.mark.parametrize(
    ("address", "subject", "party"),
    [
        pytest.param("tsushin@soumu.example", "【至急】応募状況の報告について", "ministry", id="domain"),
        pytest.param("x@kyoku.SOUMU.example", None, "ministry", id="subdomain-any-case"),
        pytest.param(
            "shinetsu@soumu.example", "FW: 【長野県飯田市】計画策定支援", "shinetsu", id="address-outranks-domain"
        ),
        pytest.param(
            "no-reply@survey.example", "事前相談会申込みフォーム　回答通知", "web-form", id="address-and-subject"
        ),
        pytest.param("no-reply@survey.example", "アンケートのお願い", None, id="address-with-another-subject"),
        pytest.param(
            "x@mail.example", "Microsoft 365: 検疫にメッセージがあります", "quarantine", id="domain-and-subject"
        ),
        pytest.param("x@notsoumu.example", None, None, id="domain-only-looks-alike"),
        pytest.param("kikaku@city.iida.lg.jp", "【長野県飯田市】計画策定支援", None, id="an-applicant"),
        pytest.param(None, "検疫にメッセージがあります", None, id="no-sender"),
    ],
)
def test_known_sender(address, subject, party):
    found = known_sender(mail(address, subject), SETTINGS)
    assert (found.id if found else None) == party


@pytest.mark.parametrize(
    ("address", "body", "expected"),
    [
        pytest.param("kikaku@city.iida.lg.jp", "長野県飯田市", "body", id="its-own"),
        pytest.param("kikaku@dx.city.iida.nagano.jp", "長野県飯田市", "body", id="its-sibling"),
        pytest.param("dx@pref.nagano.lg.jp", "長野県飯田市", "other-body", id="the-prefecture-for-its-city"),
        pytest.param("kikaku@city.iida.lg.jp", None, "other-body", id="body-unknown"),
        pytest.param("somu@minamishinshu.lg.jp", "南信州広域連合", "unlisted-lg", id="a-union-of-no-list"),
        pytest.param("kikaku@city.sasayama.hyogo.jp", "兵庫県丹波篠山市", "unlisted-lg", id="of-its-former-name"),
        pytest.param("kikaku@mail.town.kyumachi.hyogo.jp", "兵庫県丹波篠山市", "unlisted-lg", id="of-a-town-that-was"),
        pytest.param("kikaku@city.sasayama.hyogo.jp", "長野県飯田市", "unlisted", id="of-another-prefecture"),
        pytest.param("kikaku@sasayama.hyogo.jp", "兵庫県丹波篠山市", "unlisted", id="anybody-may-have-that"),
        pytest.param("yamaguchi@gmail.com", "長野県飯田市", "free", id="free"),
        pytest.param("y@x.ezweb.example", "長野県飯田市", "free", id="below-free"),
        pytest.param("info@consul.example", "長野県飯田市", "unlisted", id="a-company"),
        pytest.param("broken", "長野県飯田市", "unlisted", id="no-domain"),
        pytest.param(None, "長野県飯田市", "unlisted", id="no-sender"),
    ],
)
def test_sender_class(address, body, expected):
    organization = directory().lookup(body) if body else NO_ORGANIZATION
    sender = Address(name=None, address=address) if address else None
    assert sender_class(sender, organization, directory(), SETTINGS) == expected


def test_below_any():
    assert below_any("a.lg.jp", ("lg.jp",))
    assert below_any("LG.JP.", ("@lg.jp",))
    assert not below_any("xlg.jp", ("lg.jp",))
    assert not below_any("x", ("",))
