"""Attachments: names as meant, types by content, containers and what they hold."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
import zlib

import openpyxl
import pytest
import pyzipper
from msoffcrypto.format.ooxml import OOXMLFile

from mailflow.mail import Limits, ReadContext, read_mail
from tests.unit.mail.mails import (
    TEXT,
    XLSX,
    attached,
    b64,
    mail,
    multi,
    nested,
    ole,
    part,
    tnef,
    word,
    xlsx,
    zip_with_raw_names,
    zipped,
)

NAME = "【長野県飯田市】1次公募応募様式.xlsx"
PERCENT = "".join(f"%{byte:02X}" for byte in NAME.encode()).encode()
SJIS = "".join(f"%{byte:02X}" for byte in "①髙﨑表.xlsx".encode("cp932")).encode()


def files(raw: bytes, **known: object):
    return read_mail(raw, context=ReadContext(**known)).attachments


def only(raw: bytes, **known: object):
    (found,) = files(raw, **known)
    return found


@pytest.mark.parametrize(
    ("parameter", "meant"),
    [
        pytest.param(b"filename*=utf-8''" + PERCENT, NAME, id="rfc2231"),
        pytest.param(
            b"filename*0*=utf-8''" + PERCENT[:31] + b"; filename*1*=" + PERCENT[31:],
            NAME,
            id="continued-inside-a-character",
        ),
        pytest.param(
            b"filename*1*=" + PERCENT[30:] + b"; filename*0*=utf-8''" + PERCENT[:30], NAME, id="continued-out-of-order"
        ),
        pytest.param(b"filename*0*=utf-8''%E9%95%B7; filename*1=100%25.xlsx", "長100%25.xlsx", id="percent-and-not"),
        pytest.param(b"filename*=shift_jis''" + SJIS, "①髙﨑表.xlsx", id="rfc2231-windows-characters"),
        pytest.param(b"filename*=utf-8'ja'%E9%95%B7.xlsx", "長.xlsx", id="rfc2231-language"),
        pytest.param(b"filename*=\"utf-8''%E9%95%B7.xlsx\"", "長.xlsx", id="rfc2231-in-quotes"),
        pytest.param(b"filename*=%E9%95%B7.xlsx", "長.xlsx", id="rfc2231-no-charset"),
        pytest.param(b'filename="' + word(NAME, "utf-8") + b'"', NAME, id="rfc2047-in-quotes"),
        pytest.param(b"filename=" + word(NAME, "iso2022_jp", "ISO-2022-JP"), NAME, id="rfc2047-bare"),
        pytest.param(
            b'filename="' + word("①髙", "cp932", "shift_jis") + b'.xlsx"', "①髙.xlsx", id="rfc2047-windows-characters"
        ),
        pytest.param(b'filename="' + NAME.encode() + b'"', NAME, id="raw-utf-8"),
        pytest.param(
            b'filename="' + "表ソ能.xlsx".encode("cp932") + b'"', "表ソ能.xlsx", id="raw-cp932-backslash-bytes"
        ),
        pytest.param(b'filename="' + "公募;応募.xlsx".encode("iso2022_jp") + b'"', "公募;応募.xlsx", id="raw-jis"),
        pytest.param(b"filename=a b.xlsx", "a b.xlsx", id="blank-without-quotes"),
        pytest.param(b'filename="a"b".xlsx"; size=3', 'a"b".xlsx', id="quotes-in-quotes"),
        pytest.param(b'filename="C:\\temp\\a.xlsx"', "a.xlsx", id="windows-path"),
        pytest.param(b'filename="../../etc/a.xlsx"', "a.xlsx", id="climbing-path"),
        pytest.param(b'filename="%E9%95%B7.xlsx"', "長.xlsx", id="percent-of-webmail"),
        pytest.param(b'filename="100%.xlsx"', "100%.xlsx", id="percent-of-people"),
        pytest.param('filename="か\u3099.xlsx"'.encode(), "が.xlsx", id="nfd-of-macos"),
        pytest.param('filename="髙神.xlsx"'.encode(), "髙神.xlsx", id="never-folded"),
        pytest.param('filename="a\u202excod.exe"'.encode(), "axcod.exe", id="bidi-override"),
        pytest.param(b'filename="a\x07\x00b.xlsx"', "ab.xlsx", id="control-characters"),
        pytest.param(b'filename=".."', None, id="only-dots"),
        pytest.param(b'filename=""', None, id="empty"),
        pytest.param(b'filename="' + b"a" * 500 + b'.xlsx"', "a" * 195 + ".xlsx", id="too-long-keeps-extension"),
    ],
)
def test_filename(parameter, meant):
    assert only(multi([TEXT, attached(xlsx(), parameter)])).filename == meant


def test_damaged_name_gives_way_to_the_whole_one():
    raw = attached(b"x", b'filename="?????.xlsx"', b'application/octet-stream; name="' + word(NAME, "utf-8") + b'"')
    assert only(multi([TEXT, raw])).filename == NAME


def test_name_of_content_type_alone():
    raw = part(
        b'application/octet-stream; name="' + word(NAME, "utf-8") + b'"',
        b64(xlsx()),
        b"Content-Transfer-Encoding: base64",
    )
    assert only(multi([TEXT, raw])).filename == NAME


ENCRYPTED = ole("EncryptionInfo", "EncryptedPackage")


@pytest.mark.parametrize(
    ("content", "media_type", "problem"),
    [
        pytest.param(xlsx(), XLSX, None, id="xlsx"),
        pytest.param(
            zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/vbaProject.bin": b""}),
            "application/vnd.ms-excel.sheet.macroEnabled.12",
            None,
            id="xlsm",
        ),
        pytest.param(
            zipped({"[Content_Types].xml": b"", "word/document.xml": b""}),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            None,
            id="docx",
        ),
        pytest.param(
            zipped({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}),
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            None,
            id="pptx",
        ),
        pytest.param(zipped({"a.txt": b"x"})[:40], "application/zip", "broken", id="zip-cut"),
        pytest.param(xlsx()[:-30], XLSX, "broken", id="xlsx-cut"),
        pytest.param(ole("Workbook"), "application/vnd.ms-excel", None, id="xls"),
        pytest.param(ole("Data", "1Table", "WordDocument"), "application/msword", None, id="doc"),
        pytest.param(ole("__properties_version1.0"), "application/vnd.ms-outlook", "unsupported", id="msg"),
        pytest.param(ENCRYPTED, "application/x-ole-storage", "locked", id="office-under-password"),
        pytest.param(ENCRYPTED[:60], "application/x-ole-storage", "broken", id="ole-cut"),
        pytest.param(b"%PDF-1.7\n...", "application/pdf", None, id="pdf-renamed-xlsx"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "image/png", None, id="png"),
        pytest.param(b"\xff\xd8\xff\xe0", "image/jpeg", None, id="jpeg"),
        pytest.param(b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "unsupported", id="7z"),
        pytest.param(b"Rar!\x1a\x07\x01\x00", "application/vnd.rar", "unsupported", id="rar"),
        pytest.param(b"\x20\x00-lh5-abc", "application/x-lzh-compressed", "unsupported", id="lzh"),
        pytest.param(gzip.compress(b"x"), "application/gzip", "unsupported", id="gzip"),
        pytest.param("<!DOCTYPE html><p>あ".encode("cp932"), "text/html", None, id="html"),
        pytest.param("団体名,電話,備考\n川原町,0,あ\n".encode("cp932"), "text/csv", None, id="csv"),
        pytest.param("川原町です。よろしく。\n".encode("cp932"), "text/plain", None, id="text"),
        pytest.param(b"BEGIN:VCALENDAR\r\n", "text/calendar", None, id="ics"),
        pytest.param(b"\x00\x01\x02\x03", "application/octet-stream", None, id="unknown"),
        pytest.param(b"\x78\x9f\x3e\x22garbage-garbage-garbage", "application/vnd.ms-tnef", "broken", id="tnef-broken"),
    ],
)
def test_type_by_content(content, media_type, problem):
    found = only(multi([TEXT, attached(content, b'filename="form.xlsx"', XLSX.encode())]))
    assert (found.content_type, found.problem) == (media_type, problem)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.size == len(content)


def test_zip_lists_itself_and_its_files():
    inner = zipped({"b.txt": b"deep"})
    found = files(
        multi([TEXT, attached(zipped({"dir/": b"", "dir/様式.xlsx": xlsx(), "in.zip": inner}), b'filename="a.zip"')])
    )
    assert [(one.filename, one.path) for one in found] == [
        ("a.zip", None),
        ("様式.xlsx", ("a.zip", "様式.xlsx")),
        ("in.zip", ("a.zip", "in.zip")),
        ("b.txt", ("a.zip", "in.zip", "b.txt")),
    ]
    assert found[1].content_type == XLSX
    assert found[3].content == b"deep"


@pytest.mark.parametrize(
    ("raw_name", "flags", "meant"),
    [
        pytest.param("①髙表.txt".encode("cp932"), 0, "①髙表.txt", id="windows"),
        pytest.param("か\u3099.txt".encode(), 0, "が.txt", id="macos-nfd-without-flag"),
        pytest.param("応募.txt".encode(), 0x800, "応募.txt", id="utf-8-flag"),
        pytest.param("応募.txt".encode("cp932"), 0x800, "応募.txt", id="false-utf-8-flag"),
        pytest.param(b"..\\..\\a.txt", 0, "a.txt", id="climbing"),
    ],
)
def test_names_in_zip(raw_name, flags, meant):
    content = zip_with_raw_names({raw_name: b"x"}, flags)
    found = files(multi([TEXT, attached(content, b'filename="a.zip"')]))
    assert [one.filename for one in found] == ["a.zip", meant]


def test_litter_of_macos_and_windows_is_left_out():
    content = zipped({"a.txt": b"x", "__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "d/Thumbs.db": b"x"})
    assert [one.filename for one in files(multi([TEXT, attached(content, b'filename="a.zip"')]))] == ["a.zip", "a.txt"]


def locked_zip(method: int | None) -> bytes:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=method) as archive:
        archive.setpassword("飯田2026".encode())
        archive.writestr("form.xlsx", xlsx())
    return out.getvalue()


def test_locked_zip_without_password():
    raw = multi([TEXT, attached(locked_zip(pyzipper.WZ_AES), b'filename="a.zip"')])
    found = only(raw)
    assert (found.filename, found.problem, found.content_type) == ("a.zip", "locked", "application/zip")
    assert "attachment-locked" in read_mail(raw).defects
    assert only(raw, passwords=("wrong",)).problem == "locked"


def test_locked_zip_with_password():
    raw = multi([TEXT, attached(locked_zip(pyzipper.WZ_AES), b'filename="a.zip"')])
    container, form = files(raw, passwords=("wrong", "飯田2026"))
    assert container.problem is None
    assert (form.path, form.content) == (("a.zip", "form.xlsx"), xlsx())


def zipcrypto(name: str, content: bytes, password: bytes) -> bytes:
    """Traditional PKWARE encryption of one stored entry (APPNOTE 6.1), which no library here writes."""
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ 0xEDB88320 if value & 1 else value >> 1
        table.append(value)

    def crc(char: int, value: int) -> int:
        return (value >> 8) ^ table[(value ^ char) & 0xFF]

    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(char: int) -> None:
        keys[0] = crc(char, keys[0])
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[1] >> 24, keys[2])

    for char in password:
        update(char)
    check = zlib.crc32(content)
    out = bytearray()
    for char in b"\0" * 11 + bytes((check >> 24,)) + content:
        mix = keys[2] | 2
        out.append(char ^ (((mix * (mix ^ 1)) >> 8) & 0xFF))
        update(char)
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr(name, bytes(out))
    raw = bytearray(plain.getvalue())
    for signature, at_flags, at_crc, at_size in ((b"PK\x03\x04", 6, 14, 22), (b"PK\x01\x02", 8, 16, 24)):
        at = raw.find(signature)
        struct.pack_into("<H", raw, at + at_flags, 1)
        struct.pack_into("<I", raw, at + at_crc, check)
        struct.pack_into("<I", raw, at + at_size, len(content))
    return bytes(raw)


def test_workbook_under_password():
    plain, out = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    OOXMLFile(plain).encrypt("飯田2026", out)
    raw = multi([TEXT, attached(out.getvalue(), b'filename="form.xlsx"')])
    assert (only(raw).content_type, only(raw).problem) == ("application/x-ole-storage", "locked")
    assert only(raw, passwords=("wrong",)).problem == "locked"
    container, form = files(raw, passwords=("飯田2026",))
    assert container.problem is None
    assert (form.path, form.content_type, form.content) == (("form.xlsx", "form.xlsx"), XLSX, plain.getvalue())


def test_zipcrypto_with_and_without_password():
    raw = multi([TEXT, attached(zipcrypto("secret.txt", b"hello zipcrypto", b"pass1234"), b'filename="a.zip"')])
    assert only(raw).problem == "locked"
    assert files(raw, passwords=("pass1234",))[1].content == b"hello zipcrypto"


@pytest.mark.parametrize(
    ("content", "limits", "problem"),
    [
        pytest.param(zipped({"a": b"\0" * 300_000}), Limits(archive_ratio_from=100_000), "too-large", id="ratio"),
        pytest.param(
            zipped({"a": bytes(range(256)) * 40}), Limits(archive_entry_size=5_000), "too-large", id="entry-size"
        ),
        pytest.param(zipped({f"{i}": b"" for i in range(30)}), Limits(archive_entries=20), "too-many", id="entries"),
        pytest.param(zipped({"a": b"x" * 90, "b": b"y" * 90}), Limits(attachments_total=100), "too-large", id="total"),
    ],
)
def test_bombs_are_named_not_opened(content, limits, problem):
    found = read_mail(multi([TEXT, attached(content, b'filename="a.zip"')]), limits=limits)
    assert found.attachments[0].problem == problem
    assert f"attachment-{problem}" in found.defects


def test_archives_in_archives_end():
    content = xlsx()
    for depth in range(8):
        content = zipped({f"{depth}.zip": content})
    found = files(multi([TEXT, attached(content, b'filename="a.zip"')]))
    assert [one.problem for one in found] == [None, None, None, None, "too-deep"]


def test_crc_error_keeps_the_other_files():
    content = zipped({"good.txt": b"good", "bad.txt": b"bad-bad"}, zipfile.ZIP_STORED).replace(
        b"bad-bad", b"bad!bad", 1
    )
    found = files(multi([TEXT, attached(content, b'filename="a.zip"')]))
    assert [(one.filename, one.problem) for one in found] == [("a.zip", "broken"), ("good.txt", None)]


def test_winmail_dat():
    content = tnef(
        {"長い.xlsx".encode("cp932"): xlsx(), b"B~1.TXT": b"text"},
        ["【長野県飯田市】応募様式.xlsx"],
        body="本文".encode("cp932"),
    )
    found = read_mail(multi([attached(content, b'filename="winmail.dat"', b"application/ms-tnef")]))
    assert [(one.filename, one.path) for one in found.attachments] == [
        ("winmail.dat", None),
        ("【長野県飯田市】応募様式.xlsx", ("winmail.dat", "【長野県飯田市】応募様式.xlsx")),
        ("B~1.TXT", ("winmail.dat", "B~1.TXT")),
    ]
    assert found.text == "本文"


def test_winmail_dat_that_claims_a_billion_properties():
    content = tnef({b"a.txt": b"x"}).replace(b"\x0f\x80", b"\x05\x90", 1)
    hostile = content[:-3] + b"\xff" * 3
    found = files(multi([attached(hostile, b'filename="winmail.dat"')]))
    assert found[0].content_type == "application/vnd.ms-tnef"


def test_forwarded_mail_is_listed_with_its_files():
    inner = multi(
        [TEXT, attached(xlsx(), b"filename*=utf-8''" + PERCENT)],
        boundary=b"inner",
        subject=word("【川原町】計画策定支援", "utf-8"),
    )
    found = files(multi([TEXT, part(b"message/rfc822", inner)]))
    label = "【川原町】計画策定支援.eml"
    assert [(one.filename, one.content_type, one.path) for one in found] == [
        (None, "message/rfc822", None),
        (NAME, XLSX, (label, NAME)),
    ]
    assert found[0].content == inner


def test_eml_attached_as_a_file_is_opened_too():
    inner = multi([TEXT, attached(xlsx(), b'filename="a.xlsx"')])
    found = files(multi([TEXT, attached(inner, b'filename="x.eml"')]))
    assert [(one.filename, one.path) for one in found] == [("x.eml", None), ("a.xlsx", ("x.eml", "a.xlsx"))]


def test_pictures_of_the_html_are_inline_and_files_are_not():
    picture = part(b"image/png", b64(b"\x89PNG\r\n\x1a\n"), b"Content-ID: <p1>", b"Content-Transfer-Encoding: base64")
    related = nested([part(b"text/html", b'<img src="cid:p1">'), picture], b"related", b"r1")
    found = files(multi([nested([TEXT, related], b"alternative", b"a1"), attached(xlsx())]))
    assert [(one.content_type, one.inline) for one in found] == [("image/png", True), (XLSX, False)]


def test_signed_mail_lists_its_signature():
    signature = attached(
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b'filename="smime.p7s"', b"application/pkcs7-signature"
    )
    found = read_mail(multi([TEXT, signature], b"signed"))
    assert found.text == "お世話になります。\n"
    assert [one.content_type for one in found.attachments] == ["application/pkcs7-signature"]


@pytest.mark.parametrize(
    ("body", "name", "content"),
    [
        pytest.param(
            b"hi\r\nbegin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\nbye\r\n", "a.txt", b"hello", id="bare-in-text"
        ),
    ],
)
def test_uuencode(body, name, content):
    found = read_mail(mail(body=body))
    assert [(one.filename, one.content) for one in found.attachments] == [(name, content)]
    assert found.text.split() == ["hi", "bye"]


def test_text_file_is_an_attachment_and_not_the_text():
    found = read_mail(
        multi([TEXT, part(b"text/plain; charset=utf-8", b"memo", b'Content-Disposition: attachment; filename="m.txt"')])
    )
    assert found.text == "お世話になります。\n"
    assert [one.filename for one in found.attachments] == ["m.txt"]


def test_a_lost_transfer_encoding_is_found_by_content():
    raw = part(XLSX.encode(), b64(xlsx() * 2), b'Content-Disposition: attachment; filename="a.xlsx"')
    found = read_mail(multi([TEXT, raw]))
    assert found.attachments[0].content_type == XLSX
    assert "no-transfer-encoding" in found.defects


@pytest.mark.parametrize(
    ("body", "content", "defect"),
    [
        pytest.param(b"aGVsbG8=\r\n-- \r\nfree scan\r\n", b"hello", "text-after-base64", id="footer"),
        pytest.param(b"aGVsbG8=\r\nd29ybGQ=\r\n", b"helloworld", None, id="padding-in-each-line"),
        pytest.param(b"aGVs\r\n bG8\r\n", b"hello", "bad-base64", id="no-padding"),
        pytest.param(b"aGVsb!!G8=\r\n", b"hello", None, id="stray-characters"),
        pytest.param(b"aGVsbG8", b"hello", "bad-base64", id="cut"),
    ],
)
def test_base64_that_is_none(body, content, defect):
    raw = part(
        b"application/x-a",
        body,
        b"Content-Disposition: attachment; filename=a.bin",
        b"Content-Transfer-Encoding: BASE64",
    )
    found = read_mail(multi([TEXT, raw]))
    assert found.attachments[0].content == content
    assert {one for one in found.defects if "base64" in one} == ({defect} if defect else set())
