"""The people of the story. Every officer is invented, and so is every address (its local part ends in 「-sample」).

Bodies, codes and domains are real ones, as judging needs them: code list, 財政力指数, `data/domains.csv`. Telephone
numbers are zeros. Nothing here says anything about the real bodies.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailflow.demo.samples.clients import Client

CITY = "市区町村"
PREFECTURE = "都道府県"
NONPROFIT = "非営利法人"

PHONE = "0000-00-0000"
PHONE_IN_FORM = "0000-00-0001"  # nobody's either: no area code begins so; of zeros only it would be asked for again


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who writes, for which body. `fiscal_index`: of 令和6年度, as the body would copy it from the ministry's table."""

    prefecture: str
    municipality: str | None
    code: str | None
    domain: str
    section: str
    name: str
    kana: str
    local: str = "kikaku-sample"
    client: Client = Client.OUTLOOK
    applicant_type: str = CITY
    corporation: str | None = None
    fiscal_index: float | None = None
    post: str | None = None

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def body(self) -> str:
        """The applicant's full name."""
        return self.corporation or f"{self.prefecture}{self.municipality or ''}"

    @property
    def short_body(self) -> str:
        """As its own people say."""
        return self.corporation or self.municipality or self.prefecture

    @property
    def family_name(self) -> str:
        return self.name.split("　", maxsplit=1)[0]


def _officer(  # noqa: PLR0917 - one line for each officer below
    place: str,
    code: str | None,
    domain: str,
    section: str,
    person: str,
    fiscal_index: float | None = None,
    client: Client = Client.OUTLOOK,
    **more: str,
) -> Officer:
    prefecture, _, municipality = place.partition(" ")
    name, _, kana = person.partition("/")
    return Officer(
        prefecture=prefecture,
        municipality=municipality or None,
        code=code,
        domain=domain,
        section=section,
        name=name,
        kana=kana,
        fiscal_index=fiscal_index,
        client=client,
        **more,
    )


# fmt: off
C = Client
KAMIYAMA = _officer("徳島県 神山町", "363421", "town.kamiyama.lg.jp", "総務課企画係", "森口　なつき/もりぐち　なつき", 0.19, C.THUNDERBIRD)
SHIOJIRI = _officer("長野県 塩尻市", "202151", "city.shiojiri.lg.jp", "企画政策部デジタル戦略課", "小松原　健吾/こまつばら　けんご", 0.63, C.OUTLOOK, local="digital-sample")
KUZUMAKI = _officer("岩手県 葛巻町", "033022", "town.kuzumaki.iwate.jp", "政策秘書課", "沢田石　亮/さわたいし　りょう", 0.17, C.NOTES, local="seisaku-sample")
NAGAI = _officer("山形県 長井市", "062090", "city.nagai.yamagata.jp", "総合政策課デジタル推進室", "鈴井　美帆/すずい　みほ", 0.42, C.EXCHANGE, local="digital-sample")
OJIKA = _officer("長崎県 小値賀町", "423831", "town.ojika.lg.jp", "総務課", "浜辺　洋平/はまべ　ようへい", 0.10, C.GROUPWARE, local="soumu-sample")
TONO = _officer("岩手県 遠野市", "032085", "city.tono.iwate.jp", "総務企画部経営企画担当", "菊畑　理恵/きくはた　りえ", 0.33, C.THUNDERBIRD)
YAMAE = _officer("熊本県 山江村", "435121", "vill.yamae.lg.jp", "企画調整課", "蓑原　大樹/みのはら　だいき", 0.16, C.WEBMAIL)
GOTO = _officer("長崎県 五島市", "422118", "city.goto.nagasaki.jp", "総務企画部情報推進課", "才田　由紀/さいだ　ゆき", 0.24, C.OUTLOOK, local="joho-sample")
NISHIAWAKURA = _officer("岡山県 西粟倉村", "336432", "vill.nishiawakura.okayama.jp", "地方創生推進室", "春名田　聡/はるなだ　さとし", 0.12, C.GROUPWARE, local="sousei-sample")
OGA = _officer("秋田県 男鹿市", "052060", "city.oga.akita.jp", "総務企画部企画政策課", "加賀屋敷　誠/かがやしき　まこと", 0.34, C.OUTLOOK)
CHIZU = _officer("鳥取県 智頭町", "313289", "town.chizu.tottori.jp", "企画課", "国岡山　千晴/くにおかやま　ちはる", 0.19, C.EXCHANGE)
OHNAN = _officer("島根県 邑南町", "324493", "town.ohnan.lg.jp", "地域みらい課", "三宅川　翔/みやけがわ　しょう", 0.19, C.OUTLOOK, local="mirai-sample")
KAMISHIHORO = _officer("北海道 上士幌町", "016331", "kamishihoro.jp", "デジタル推進課", "早坂下　彩/はやさかした　あや", 0.24, C.EXCHANGE, local="digital-sample")
HAKONE = _officer("神奈川県 箱根町", "143821", "town.hakone.kanagawa.jp", "企画課", "仙石　律子/せんごく　りつこ", 1.30, C.OUTLOOK)
HIDAKA = _officer("埼玉県 日高市", "112429", "city.hidaka.lg.jp", "総務部情報政策課", "新井山　拓/あらいやま　たく", 0.80, C.OUTLOOK, local="joho-sample")
TOTTORI = _officer("鳥取県", "310000", "pref.tottori.lg.jp", "政策戦略本部デジタル改革課", "岸辺田　洋子/きしべだ　ようこ", 0.28178, C.EXCHANGE, local="digital-sample", applicant_type=PREFECTURE)
KURASHI = _officer("島根県 飯南町", None, "sanson-kurashi.example", "事務局", "松葉　恵/まつば　めぐみ", None, C.GMAIL, local="jimukyoku-sample", applicant_type=NONPROFIT, corporation="特定非営利活動法人山村くらし見本舎")
IIDA = _officer("長野県 飯田市", "202053", "city.iida.lg.jp", "企画部デジタル推進課", "熊谷田　俊/くまがいだ　しゅん", 0.54, C.THUNDERBIRD, local="digital-sample")
DATE_HOKKAIDO = _officer("北海道 伊達市", "012335", "city.date.hokkaido.jp", "企画財政部企画課", "有珠川　直人/うすがわ　なおと", 0.38, C.GROUPWARE)
DATE_FUKUSHIMA = _officer("福島県 伊達市", "072133", "city.fukushima-date.lg.jp", "未来政策部デジタル変革課", "霊山　沙織/りょうぜん　さおり", 0.41, C.OUTLOOK, local="dx-sample")
MITANE = _officer("秋田県 三種町", "053481", "town.mitane.akita.jp", "企画政策課", "児玉川　弘/こだまがわ　ひろし", 0.25, C.OUTLOOK)
KATSURAGI = _officer("奈良県 葛城市", "292117", "city.katsuragi.nara.jp", "企画部企画政策課", "當間　智子/とうま　ともこ", 0.49, C.EXCHANGE)
AJIGASAWA = _officer("青森県 鰺ヶ沢町", "023213", "town.ajigasawa.lg.jp", "政策推進課", "一戸田　剛/いちのへだ　つよし", 0.22, C.THUNDERBIRD, local="seisaku-sample")
TSUWANO = _officer("島根県 津和野町", "325015", "town.tsuwano.lg.jp", "つわの暮らし推進課", "青野原　亜美/あおのはら　あみ", 0.16, C.OUTLOOK, local="kurashi-sample")
TSUSHIMA = _officer("長崎県 対馬市", "422096", "city.tsushima.nagasaki.jp", "しまづくり推進部情報政策課", "阿比留田　航/あびるだ　わたる", 0.20, C.OUTLOOK, local="joho-sample")
AKIOTA = _officer("広島県 安芸太田町", "343684", "akiota.jp", "企画課", "佐々木原　雅之/ささきはら　まさゆき", 0.20, C.OUTLOOK)
NICHINAN = _officer("鳥取県 日南町", "314013", "town.nichinan.lg.jp", "総合政策課", "髙﨑　𠮷郎/たかさき　よしろう", 0.16, C.THUNDERBIRD, local="seisaku-sample")
UNNAN = _officer("島根県 雲南市", "322091", "city.unnan.shimane.jp", "政策企画部情報管理課", "髙﨑　章子/たかさき　あきこ", 0.26, C.NOTES, local="joho-sample")
AMA = _officer("島根県 海士町", "325252", "town.ama.shimane.jp", "人づくり特命担当課", "渡部島　光/わたなべじま　ひかる", 0.10, C.OUTLOOK)
HIDA = _officer("岐阜県 飛騨市", "212172", "city.hida.gifu.jp", "総務部デジタル推進課", "洞口田　樹/ほらぐちだ　いつき", 0.34, C.GROUPWARE, local="digital-sample")
YURIHONJO = _officer("秋田県 由利本荘市", "052108", "city.yurihonjo.lg.jp", "総務部ＤＸ推進課", "鳥海　奈緒/とりうみ　なお", 0.35, C.EXCHANGE, local="dx-sample")
TARAGI = _officer("熊本県 多良木町", "435058", "town.taragi.lg.jp", "企画観光課", "球磨野　隆/くまの　たかし", 0.23, C.OUTLOOK)
FURANO = _officer("北海道 富良野市", "012297", "city.furano.hokkaido.jp", "総務部スマートシティ戦略課", "空知　悠人/そらち　ゆうと", 0.36, C.THUNDERBIRD, local="smart-sample")
NAGI = _officer("岡山県 奈義町", "336238", "town.nagi.okayama.jp", "総務課", "豊沢　昌代/とよさわ　まさよ", 0.30, C.OUTLOOK, local="soumu-sample")
YUSUHARA = _officer("高知県 梼原町", "394050", "town.yusuhara.lg.jp", "まちづくり推進課", "津野山　航平/つのやま　こうへい", 0.14, C.OUTLOOK)
NIKAHO = _officer("秋田県 にかほ市", "052141", "city.nikaho.akita.jp", "企画調整部総合政策課", "象潟　克也/きさかた　かつや", 0.36, C.OUTLOOK)
SHIIBA = _officer("宮崎県 椎葉村", "454303", "vill.shiiba.miyazaki.jp", "地域振興課", "尾向　咲/おむかい　さき", 0.18, C.GROUPWARE, local="chiiki-sample")
UCHIKO = _officer("愛媛県 内子町", "384224", "town.uchiko.ehime.jp", "総務課政策調整班", "小田川　蓮/おだがわ　れん", 0.27, C.OUTLOOK, local="seisaku-sample")
KUMANO = _officer("三重県 熊野市", "242128", "city.kumano.lg.jp", "市長公室", "鬼ヶ城　和也/おにがじょう　かずや", 0.26, C.OUTLOOK)
KAWAMOTO = _officer("島根県 川本町", "324418", "town.shimane-kawamoto.lg.jp", "まちづくり推進課", "江川　梨花/えのかわ　りか", 0.15, C.THUNDERBIRD)
ACHI = _officer("長野県 阿智村", "204072", "vill.achi.lg.jp", "総務課企画係", "園原　泉/そのはら　いずみ", 0.25, C.WEBMAIL)
SHIMANE = _officer("島根県", "320005", "pref.shimane.lg.jp", "地域振興部情報戦略課", "宍道　正樹/しんじ　まさき", 0.27455, C.EXCHANGE, local="johosenryaku-sample", applicant_type=PREFECTURE)
HIGASHIKAWA = _officer("北海道 東川町", "014583", "town.higashikawa.hokkaido.jp", "企画総務課", "倉沼　拓海/くらぬま　たくみ", 0.24, C.EXCHANGE)
TOTSUKAWA = _officer("奈良県 十津川村", "294497", "vill.totsukawa.lg.jp", "総務課", "玉置川　遥/たまきがわ　はるか", 0.23, C.OUTLOOK, local="soumu-sample")
KAMIKATSU = _officer("徳島県 上勝町", "363022", "kamikatsu.jp", "企画環境課", "棚野　結衣/たなの　ゆい", 0.12, C.THUNDERBIRD)
UMAJI = _officer("高知県 馬路村", "393061", "vill.umaji.lg.jp", "総務課", "魚梁瀬　岳/やなせ　がく", 0.16, C.OUTLOOK, local="soumu-sample")
# fmt: on
