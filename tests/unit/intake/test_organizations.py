"""Names, codes and domains of Japan's public bodies: the whole code list, then what people really type."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pytest

from mailflow.intake.codes import check_digit, readings_of_code
from mailflow.intake.folding import fold, squeeze
from mailflow.intake.organizations import Directory
from mailflow.model import BodyKind, Resolved
from mailflow.settings.reference import Reference, load_reference


@cache
def reference() -> Reference:
    folder = files("mailflow") / "data"
    return load_reference({file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(".csv")})


@cache
def directory() -> Directory:
    return Directory.from_reference(reference())


def whole(place) -> str:
    return place.name if place.kind == "prefecture" else place.prefecture + place.name


# --- the whole table --------------------------------------------------------------------------------------------------


def test_every_body_is_found_by_its_full_name():
    for place in reference().municipalities:
        found = directory().lookup(whole(place))
        assert (found.code, found.resolved, found.full_name) == (place.code, Resolved.EXACT, whole(place))
        assert found.kind == place.kind
        assert found.bureau, place


def test_every_body_is_found_with_county_spaces_and_half_width():
    for place in reference().municipalities:
        if place.kind == "prefecture":
            continue
        for text in (
            f"{place.prefecture}　{place.county} {place.name}",
            f"【{whole(place)}】",
            f"{whole(place)}　御中",
        ):
            assert directory().lookup(text).code == place.code, text
            assert directory().lookup(text).resolved is Resolved.EXACT, text
        if place.county:
            assert directory().lookup(place.county + place.name).code == place.code


def test_without_prefecture_each_name_is_itself_or_a_homonym_asked_back():
    homonyms = {row.name for row in reference().homonyms}
    assert len(homonyms) == 25
    for place in reference().municipalities:
        found = directory().lookup(place.name)
        if place.name in homonyms:
            assert found.resolved is Resolved.SUGGESTION
            assert found.code is None
            assert whole(place) in found.suggestions
            assert directory().lookup(place.name, prefecture_hint=place.prefecture).code == place.code
        else:
            assert (found.code, found.resolved) == (place.code, Resolved.EXACT), place.name


def test_each_listed_variant_with_its_prefecture_is_its_place_and_confusion_never():
    by_code = {place.code: place for place in reference().municipalities}
    official = {whole(place): place.code for place in reference().municipalities}
    for row in reference().variants:
        place = by_code[row.code]
        found = directory().lookup(place.prefecture + row.variant)
        if row.kind == "confusion":
            assert found.code == official[place.prefecture + row.variant] != row.code
        else:
            assert (found.code, found.resolved) == (row.code, Resolved.VARIANT), row


def test_each_listed_variant_without_prefecture_never_takes_another_place_for_it():
    official = {}
    for place in reference().municipalities:
        official.setdefault(place.name, set()).add(place.code)
    for row in reference().variants:
        found = directory().lookup(row.variant)
        if row.variant in official:
            assert found.code is None or found.code in official[row.variant], row
        else:
            assert found.code in (row.code, None), row
            assert found.code or found.suggestions, row


def test_prefectures_may_lose_their_last_character_before_a_name():
    for place in reference().municipalities:
        if place.kind != "prefecture" and place.prefecture != "北海道":
            text = place.prefecture[:-1] + place.name
            found = directory().lookup(text)
            assert found.code == place.code or found.resolved is Resolved.EXACT, text


def test_every_code_and_domain_leads_home():
    for place in reference().municipalities:
        assert directory().by_code(place.code).code == place.code
        assert place.code in {directory().by_code(place.code[:5]).code, *_codes_suggested(place.code[:5])}
    for row in reference().domains:
        assert directory().by_domain(row.domain).code == row.code
        assert directory().by_domain(f"mail.{row.domain.upper()}").code == row.code


def _codes_suggested(text: str) -> set[str]:
    return set(readings_of_code(text))


def test_every_place_is_found_by_its_kana_unless_others_share_them():
    readings: dict[str, set[str]] = {}
    for place in reference().municipalities:
        readings.setdefault(place.name_kana, set()).add(place.code)
    for place in reference().municipalities:
        found = directory().lookup(
            place.prefecture_kana + place.name_kana if place.kind != "prefecture" else place.name_kana
        )
        assert found.code == place.code or len(readings[place.name_kana]) > 1, place


# --- what people type -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "resolved"),
    [
        pytest.param("長野飯田市", "長野県飯田市", "variant", id="prefecture-without-ken"),
        pytest.param("東京港区", "東京都港区", "variant", id="tokyo-without-to"),
        pytest.param("東京", "東京都", "variant", id="prefecture-alone-unlike-any-city"),
        pytest.param("長野県 飯田", "長野県飯田市", "variant", id="no-shi-but-prefecture"),
        pytest.param("ﾆｾｺ町", "北海道ニセコ町", "exact", id="half-width-kana"),
        pytest.param("六ケ所村", "青森県六ヶ所村", "variant", id="large-ke"),
        pytest.param("龍ヶ崎市", "茨城県龍ケ崎市", "variant", id="small-ke"),
        pytest.param("竜ケ崎市", "茨城県龍ケ崎市", "variant", id="new-dragon"),
        pytest.param("桧枝岐村", "福島県檜枝岐村", "variant", id="new-hinoki"),
        pytest.param("茨城県鹿島市", "茨城県鹿嶋市", "variant", id="other-island-with-prefecture"),
        pytest.param("鹿嶋市", "茨城県鹿嶋市", "exact", id="official-island"),
        pytest.param("鹿島市", "佐賀県鹿島市", "exact", id="official-island-of-saga"),
        pytest.param("愛知県三好市", "愛知県みよし市", "variant", id="official-elsewhere-with-prefecture"),
        pytest.param("福岡県那珂川町", "福岡県那珂川市", "variant", id="town-until-2018"),
        pytest.param("長野県上伊那郡阿智村", "長野県阿智村", "variant", id="wrong-county"),
        pytest.param("上伊那郡阿智村", "長野県阿智村", "variant", id="wrong-county-of-its-prefecture"),
        pytest.param("西伯郡南部町", "鳥取県南部町", "exact", id="county-tells-the-homonym"),
        pytest.param("府中市（広島県）", "広島県府中市", "variant", id="prefecture-behind"),
        pytest.param("飯田市役所", "長野県飯田市", "variant", id="city-hall"),
        pytest.param("阿智村役場 協働活動推進課", "長野県阿智村", "variant", id="village-office-and-section"),
        pytest.param("飯田市（デジタル推進課）", "長野県飯田市", "variant", id="section-in-brackets"),
        pytest.param("飯田市長", "長野県飯田市", "variant", id="the-mayor"),
        pytest.param("長野県庁", "長野県", "variant", id="prefectural-office"),
        pytest.param("いいだし", "長野県飯田市", "variant", id="hiragana"),
        pytest.param("いいだ市", "長野県飯田市", "variant", id="kana-and-shi"),
        pytest.param("ながのけんいいだし", "長野県飯田市", "variant", id="hiragana-with-prefecture"),
        pytest.param("Iida-shi, Nagano", "長野県飯田市", "variant", id="romaji-comma-prefecture"),
        pytest.param("Iida City", "長野県飯田市", "variant", id="romaji-city"),
        pytest.param("Minato City, Tokyo", "東京都港区", "variant", id="special-wards-call-themselves-city"),
        pytest.param("Sammu City", "千葉県山武市", "variant", id="mm"),
        pytest.param("Sanmu-shi", "千葉県山武市", "variant", id="nm"),
        pytest.param("Kutchan-cho", "北海道倶知安町", "variant", id="tch"),
        pytest.param("Kucchan Town", "北海道倶知安町", "variant", id="cch"),
        pytest.param("Namporo-cho", "北海道南幌町", "variant", id="mp"),
        pytest.param("Nanporo Town", "北海道南幌町", "variant", id="np"),
        pytest.param("Oosaka-shi", "大阪府大阪市", "variant", id="oo"),
        pytest.param("Gumma Prefecture", "群馬県", "variant", id="romaji-prefecture"),
        pytest.param("いいだしやくしょ", "長野県飯田市", "variant", id="kana-city-hall"),
        pytest.param("アチムラヤクバ", "長野県阿智村", "variant", id="kana-village-office"),
        pytest.param("Ōtsu-shi", "滋賀県大津市", "variant", id="macron"),
        pytest.param("[長野県　飯田市]", "長野県飯田市", "exact", id="bracket-and-wide-space"),
        pytest.param("長野県・飯田市", "長野県飯田市", "variant", id="dot-behind-the-prefecture"),
        pytest.param("長野県/飯田市/企画課/企画係/第一班", "長野県飯田市", "variant", id="a-mark-before-each-section"),
        pytest.param("飯田市（長野県飯田市）", "長野県飯田市", "variant", id="itself-in-brackets"),
        pytest.param("長野県（飯田市分）", "長野県飯田市", "variant", id="its-part-in-brackets"),
        pytest.param("府中市（広島県分）", "広島県府中市", "variant", id="prefectures-part-in-brackets"),
        pytest.param("飯田市 長野県", "長野県飯田市", "variant", id="prefecture-behind-a-space"),
        pytest.param("長野県飯田市/長野県", "長野県飯田市", "variant", id="prefecture-before-and-behind"),
        pytest.param("飯田市 企画課 山田", "長野県飯田市", "variant", id="section-and-officer"),
        pytest.param("飯田市長　佐藤 太郎", "長野県飯田市", "variant", id="the-mayor-by-name"),
        pytest.param("飯田市 佐藤", "長野県飯田市", "variant", id="an-officer"),
        pytest.param("飯田市企画課 山田 太郎 様", "長野県飯田市", "variant", id="an-officer-and-a-courtesy"),
        pytest.param("202053_飯田市", "長野県飯田市", "variant", id="its-code-in-front"),
        pytest.param("鹿嶋市役所", "茨城県鹿嶋市", "variant", id="city-hall-of-a-homonym-once-folded"),
        pytest.param("飯田市" + " " * 197, "長野県飯田市", "exact", id="as-long-as-is-read"),
        pytest.param("四條畷", "大阪府四條畷市", "variant", id="listed-short-form"),
        pytest.param("葛󠄀城市", "奈良県葛城市", "variant", id="variation-selector"),
    ],
)
def test_understood_without_doubt(text, name, resolved):
    found = directory().lookup(text)
    assert (found.full_name, found.resolved) == (name, resolved)
    assert found.code


@pytest.mark.parametrize(
    ("text", "among"),
    [
        pytest.param("府中市", {"東京都府中市", "広島県府中市"}, id="homonym"),
        pytest.param("愛知県府中市", {"東京都府中市", "広島県府中市"}, id="homonym-in-a-third-prefecture"),
        pytest.param("愛知県飯田市", {"長野県飯田市"}, id="prefecture-contradicts"),
        pytest.param("飯田", {"長野県飯田市"}, id="bare-stem"),
        pytest.param("長野", {"長野県", "長野県長野市"}, id="prefecture-or-city"),
        pytest.param("北海道釧路", {"北海道釧路市", "北海道釧路町"}, id="city-and-town-of-one-stem"),
        pytest.param("鹿嶌市", {"茨城県鹿嶋市", "佐賀県鹿島市"}, id="third-island-of-two"),
        pytest.param("松任市", {"石川県白山市"}, id="merged-away"),
        pytest.param("みよしし", {"徳島県三好市", "広島県三次市", "愛知県みよし市"}, id="kana-of-three"),
        pytest.param("Iida", {"長野県飯田市"}, id="romaji-of-no-kind"),
        pytest.param("Fuchu City", {"東京都府中市", "広島県府中市"}, id="romaji-of-two"),
        pytest.param("長野県飯田巾", {"長野県飯田市"}, id="misread-shi"),
        pytest.param("長野件飯田市", {"長野県飯田市"}, id="misspelt-prefecture"),
        pytest.param("長野県飯口市", {"長野県飯田市"}, id="misspelt-city"),
        pytest.param("飯田市・阿智村", {"長野県飯田市", "長野県阿智村"}, id="two-in-one-bracket"),
        pytest.param("長野県飯田市外2町村", {"長野県飯田市"}, id="and-others"),
        pytest.param("大阪府北区", {"大阪府大阪市", "大阪府堺市"}, id="ward-of-two-cities"),
        pytest.param("飯田市立図書館", {"長野県飯田市"}, id="institution"),
        pytest.param("202151 飯田市", {"長野県飯田市", "長野県塩尻市"}, id="another-bodys-code-in-front"),
        pytest.param("飯田市 阿智", {"長野県飯田市"}, id="a-neighbours-stem-where-an-officer-may-stand"),
        pytest.param("飯田市（阿智村）", {"長野県飯田市"}, id="another-body-in-brackets"),
        pytest.param("津氏", {"三重県津市"}, id="misread-shi-of-one-character"),
        pytest.param("筑紫郡阿智村", {"長野県阿智村"}, id="county-of-another-prefecture"),
        pytest.param("福島伊達", {"福島県伊達市"}, id="both-without-their-last-character"),
        pytest.param("神奈川大磯", {"神奈川県大磯町"}, id="a-prefecture-of-three-without-its-last-character"),
    ],
)
def test_only_suggested(text, among):
    found = directory().lookup(text)
    assert found.resolved is Resolved.SUGGESTION
    assert (found.code, found.prefecture, found.name) == (None, None, None)
    assert among <= set(found.suggestions)
    assert len(found.suggestions) <= 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "　",
        "再送",
        "至急",
        "お知らせ",
        "計画策定支援",
        "1次公募",
        "応募様式",
        "○○",
        "あ" * 300,
        "市",
        "県",
        "朝日県川原町",
        "R8-1-202053",
        "〓〓",
    ],
)
def test_names_no_body(text):
    assert directory().lookup(text).resolved is Resolved.NONE


@pytest.mark.parametrize(
    ("text", "city", "ward"),
    [
        pytest.param("札幌市中央区", "札幌市", "中央区", id="without-prefecture"),
        pytest.param("北海道札幌市 中央区", "札幌市", "中央区", id="with-prefecture"),
        pytest.param("札幌市（中央区）", "札幌市", "中央区", id="in-brackets"),
        pytest.param("愛知県港区", "名古屋市", "港区", id="city-left-out"),
        pytest.param("浜松市浜名区", "浜松市", "浜名区", id="since-2024"),
    ],
)
def test_a_ward_of_a_designated_city_is_its_city(text, city, ward):
    found = directory().lookup(text)
    assert (found.name, found.ward, found.kind) == (city, ward, BodyKind.DESIGNATED_CITY)


def test_a_special_ward_is_a_body_and_no_ward():
    found = directory().lookup("東京都港区")
    assert (found.code, found.ward, found.kind) == ("131032", None, BodyKind.SPECIAL_WARD)


@pytest.mark.parametrize(
    ("text", "prefecture", "name", "kind"),
    [
        pytest.param("南信州広域連合", None, "南信州広域連合", "union", id="regional-union"),
        pytest.param("長野県南信州広域連合", "長野県", "南信州広域連合", "union", id="prefecture-leads"),
        pytest.param("○○地区消防事務組合", None, "○○地区消防事務組合", "union", id="fire-service-union"),
        pytest.param(
            "飯田市土地開発公社", "長野県", "飯田市土地開発公社", "corporation", id="public-corporation-of-a-city"
        ),
        pytest.param("長野県 長野県土地開発公社", "長野県", "長野県土地開発公社", "corporation", id="prefecture-twice"),
        pytest.param("（株）飯田まちづくり", None, "（株）飯田まちづくり", "corporation", id="kabu-in-brackets"),
        pytest.param("㈱飯田まちづくり", None, "㈱飯田まちづくり", "corporation", id="kabu-as-one-character"),
        pytest.param(
            "株式会社飯田まちづくりカンパニー", None, "株式会社飯田まちづくりカンパニー", "corporation", id="company"
        ),
        pytest.param("（公社）飯田観光協会", None, "（公社）飯田観光協会", "nonprofit", id="kosha-is-an-association"),
        pytest.param("NPO法人いいだ", None, "NPO法人いいだ", "nonprofit", id="npo"),
        pytest.param(
            "社会福祉法人飯田市社会福祉協議会",
            None,
            "社会福祉法人飯田市社会福祉協議会",
            "nonprofit",
            id="welfare-council",
        ),
        pytest.param("南信州広域連合 総務課", None, "南信州広域連合", "union", id="its-section-cut-off"),
    ],
)
def test_bodies_outside_the_code_list(text, prefecture, name, kind):
    found = directory().lookup(text)
    assert (found.resolved, found.code) == (Resolved.EXACT, None)
    assert (found.prefecture, found.name, found.kind) == (prefecture, name, kind)


def test_a_hint_is_as_good_as_the_prefecture_before_the_name():
    assert directory().lookup("府中市", prefecture_hint="広島").full_name == "広島県府中市"
    assert directory().lookup("南部町", prefecture_hint="和歌山県").full_name == "和歌山県みなべ町"
    assert directory().lookup("長野県飯田市", prefecture_hint="長野県").resolved is Resolved.EXACT
    assert directory().lookup("飯田市", prefecture_hint="愛知県").resolved is Resolved.SUGGESTION
    assert directory().lookup("長野県飯田市", prefecture_hint="愛知県").resolved is Resolved.SUGGESTION
    assert directory().lookup("飯田市", prefecture_hint="不明").full_name == "長野県飯田市"


@pytest.mark.parametrize(
    ("text", "hint", "name"),
    [
        pytest.param("Iida-shi", "長野県", "長野県飯田市", id="in-latin-letters"),
        pytest.param("Iida-shi", "東京都", None, id="in-latin-letters-and-elsewhere"),
        pytest.param("飯田市", "ナガノ", "長野県飯田市", id="in-kana"),
        pytest.param("飯田市", "東京都", None, id="elsewhere"),
        pytest.param("長野県飯田市", "東京都", None, id="contradicts-the-name"),
        pytest.param("長野県飯田市", "長野県", "長野県飯田市", id="said-twice"),
        pytest.param("南信州広域連合", "長野県", "南信州広域連合", id="of-a-union"),
    ],
)
def test_what_another_cell_says_of_the_prefecture(text, hint, name):
    assert directory().lookup(text, prefecture_hint=hint).full_name == name


def test_a_place_at_the_start_is_told_as_it_stands():
    found = directory().leading("飯田市企画課の山口です")
    assert found is not None
    assert (found[0].full_name, found[0].written, found[1]) == ("長野県飯田市", "飯田市", "企画課ノ山口デス")
    assert directory().leading("企画課") is None


def test_the_bureau_in_charge():
    assert directory().lookup("飯田市").bureau == "信越総合通信局"
    assert directory().lookup("沖縄県").bureau == "沖縄総合通信事務所"


# --- codes, domains ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "ward"),
    [
        pytest.param("202053", "長野県飯田市", None, id="six-digits"),
        pytest.param("20205", "長野県飯田市", None, id="five-digits"),
        pytest.param("２０２０５－３", "長野県飯田市", None, id="full-width-with-dash"),
        pytest.param("12025", "北海道函館市", None, id="leading-zero-lost"),
        pytest.param("202053.0", "長野県飯田市", None, id="spreadsheet-float"),
        pytest.param("011011", "北海道札幌市", "中央区", id="ward"),
        pytest.param("202054", None, None, id="wrong-check-digit"),
        pytest.param("999999", None, None, id="no-such-body"),
        pytest.param("abc", None, None, id="letters"),
        pytest.param("abcdef", None, None, id="six-letters"),
        pytest.param("٢٠٢٠٥٣", None, None, id="digits-of-another-script"),
        pytest.param("1" * 500, None, None, id="endless"),
        pytest.param("", None, None, id="empty"),
        pytest.param("-", None, None, id="dash"),
    ],
)
def test_by_code(text, name, ward):
    found = directory().by_code(text)
    assert (found.full_name, found.ward) == (name, ward)


def test_check_digits_of_the_whole_table_are_right():
    assert all(check_digit(place.code[:5]) == place.code[5] for place in reference().municipalities)


@pytest.mark.parametrize(
    ("domain", "name", "resolved"),
    [
        pytest.param("city.iida.lg.jp", "長野県飯田市", "exact", id="listed"),
        pytest.param("MAIL.city.iida.lg.jp.", "長野県飯田市", "exact", id="below-it"),
        pytest.param("city.iida.nagano.jp", "長野県飯田市", "variant", id="sibling-by-pattern"),
        pytest.param("pref.nagano.jp", "長野県", "variant", id="sibling-of-a-prefecture"),
        pytest.param("city.fuchu.hiroshima.jp", "広島県府中市", None, id="homonym-by-prefecture"),
        pytest.param("city.fuchu.lg.jp", None, None, id="pattern-of-two-says-nothing"),
        pytest.param("gmail.com", None, None, id="free-mail"),
        pytest.param("evilcity.iida.lg.jp", None, None, id="longer-label-is-another"),
        pytest.param("city.iida.lg.jp.example.com", None, None, id="listed-in-front-only"),
        pytest.param("lg.jp", None, None, id="suffix"),
        pytest.param("", None, None, id="empty"),
        pytest.param("city.hachioji.tokyo.lg.jp", "東京都八王子市", "variant", id="sibling-in-tokyo"),
        pytest.param("pref.iwate.lg.jp", "岩手県", "variant", id="lg-sibling-of-a-prefecture"),
        pytest.param("village.achi.nagano.jp", "長野県阿智村", "variant", id="village-in-full"),
        pytest.param("a." * 119 + "city.iida.lg.jp", "長野県飯田市", "exact", id="as-long-as-a-domain-may-be"),
        pytest.param("aa." + "a." * 118 + "city.iida.lg.jp", None, None, id="one-more"),
        pytest.param("a." * 300, None, None, id="too-long"),
    ],
)
def test_by_domain(domain, name, resolved):
    found = directory().by_domain(domain)
    assert found.full_name == name
    assert resolved is None or found.resolved == resolved


# --- folding, cost ----------------------------------------------------------------------------------------------------


def test_folding_takes_for_one_what_only_looks_different():
    assert squeeze("ﾆｾｺ　町\u200b") == "ニセコ町"
    assert fold("［Ｒｅ］　テスト～") == fold("【re】てすと〜")
    assert directory().fold("龍ケ崎") == directory().fold("竜ヶ崎") == directory().fold("竜が崎")
    assert directory().fold("飯田市") != directory().fold("飯山市")
