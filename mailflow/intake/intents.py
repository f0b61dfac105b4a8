"""What a mail's new text asks for (DESIGN §3 `also-asks`, §4 "Kinds"): conservative, sentence by sentence.

In: subject and new text (no quotes, no signature). Out: `Intent`s; none where the words leave doubt. A sentence that
asks whether one may (「差し替えは可能でしょうか」), says that one won't, or speaks of a case (「…の場合は」) is no wish.
Pure, never raises; the patterns have no nested quantifiers, and texts are cut by `sentences`.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import normalize

from mailflow.intake.naming import case_number
from mailflow.intake.senders import below_any
from mailflow.intake.sentences import MAX_TEXT, URL, sentences
from mailflow.model import Intent
from mailflow.settings.settings import Settings

MAX_LINKS = 20


class Wish(NamedTuple):
    """`says` in a sentence without `unless`. `subject`: words that suffice in a subject."""

    says: re.Pattern[str]
    unless: re.Pattern[str]
    subject: re.Pattern[str] | None = None


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


# Not done, only thought of.
_UNREAL = (
    r"場合|でしたら|ときは|際は|可能(?:です|でしょう|か)|できます(?:でしょう)?か|できるか|よろしいでしょうか|よいでしょうか|方法|手順"
    r"|予定は(?:ありません|ございません|ない)|つもりは|必要(?:は|が|です|でしょう)|不要|ではありません|ではございません|しなくて"
)

_WISHES: dict[Intent, Wish] = {
    Intent.APPLY: Wish(
        _words(
            r"応募(?:いた|致)?します",
            r"応募(?:させて(?:いただ|頂)|申し上げ)",
            r"(?:応募|申請)(?:書類|様式)?(?:一式)?を.{0,15}提出(?:いた(?!だ)|致|し|させ|申し)",
            r"(?:様式|書類|別添|添付).{0,20}提出(?:いた(?!だ)|致|し|させ|申し)",
            r"(?:提出|応募)(?:いた|致)?します",
            r"提出させて(?:いただ|頂)",
        ),
        _words(
            r"応募(?:いた|致)?しません|(?:提出|応募)(?:いた|致)?しました|(?:送付|お送り)(?:いた|致)?しました(?:が|けれど|ところ|件)",
            r"(?:固ま|整い|でき|完成し|決ま|まとま|終わ)り?(?:まし)?たら|正式な?応募(?:様式|書類)?[はに]|後日|追って|改めて|のちほど|後ほど|明日|来週|今週|本日中|今日中|近日|\d日(?:\(.\))?(?:中に|までに|の?(?:午前|午後))|でき次第|完成次第|整い次第|までに.{0,10}(?:提出|応募)|(?:記入|作成|修正|完成|決裁|相談)(?:した)?後",
            r"(?:提出|応募|送付|お送り)する(?:予定|前|つもり|か)|(?:問題|指摘|不備)(?:が|も)?なければ|よろしければ|予定です|検討(?!を重ね|の結果|した結果|し?まし?た結果|を行った結果)",
            r"案を|たたき台|途中|下書き|(?:提出|応募)して(?:も)?(?:よ|良|い|差し支え)",
            _UNREAL,
        ),
    ),
    Intent.CONSULT: Wish(
        _words(
            r"(?:事前相談|相談会|個別相談|電話相談|オンライン相談).{0,25}(?:希望|申し?込み|お願い|予約|参加(?:し|させ)|受けたい|可能でしょうか|調整)",
            r"(?:申し?込み|希望|予約).{0,12}(?:事前相談|相談会)",
            r"相談(?:させて|したい|したく|をしたい|をしたく|に乗って|を?(?:お願い|希望)|の(?:日程|日時|予約|お時間)|することは可能|いたしたく)",
            r"(?:時|分|午前|午後|午後イチ|終日|半|頃|以降|曜|\d{1,2}:\d{2}|\d日).{0,14}(?:でお願い|にお願い|はいかがで|を?希望(?:し|いた|です)|お電話いただけ|でご調整)",
            r"(?:事前相談|相談).{0,40}(?:キャンセル|取り?消|取り?[や止]め|変更|後ろ倒し|前倒し|見送|中止|延期|欠席)",
            r"(?:予約|予定).{0,40}(?:変更(?:を|して|でき)|キャンセル|取り?消|後ろ倒し|前倒し)",
            r"候補(?:日)?の.{0,20}(?:お願い|希望)|^第?\s?\d{1,2}\s?(?:番|希望)?(?:目)?で(?:お願い|大丈夫)|ご提示いただいた日程|希望日時",
            r"第1希望.{0,40}\d|\d/\d{1,2}の(?:方|ほう)で|(?:WEB|Zoom|Teams|オンライン|電話).{0,4}希望|日程は.{0,12}(?:あわせ|合わせ|お?任せ)",
            r"(?:午前|午後|曜|\d日|\d/\d|来週|今週|明日|\d時(?!間)).{0,25}(?:可能です|大丈夫|構いません|助かります|お願いできれば)",
        ),
        _words(
            r"相談(?:ください|下さい|いただけ(?:ます$|る)|頂け|できます(?!か))|(?:申し?込み?|予約)(?:の)?(?:方法|先|フォーム|手順).{0,20}(?:教|ご教示|どこ|どちら|でしょう|ですか)|どのように|どうすれば|どうしたら|どうやって",
            r"(?:延長|締切|期限).{0,12}相談|相談(?:会)?(?:では|の際|の折|時に|にて|で).{0,25}(?:ました|いただい|伺|ご助言|ご指摘|うかが)|踏まえ",
            r"(?:お世話|ありがとう|御礼|お礼|参加(?:し|いたし)ました|いただきました)",
            r"までに.{0,6}(?:ご?回答|ご?返信|ご?返答)|以外の(?:件|こと)|訪問|ヒアリング|支援(?:期間|開始|時期)",
        ),
        re.compile(
            r"(?:事前相談|相談会).{0,15}(?:申し?込|希望|予約|日程|依頼|お願い|変更|キャンセル|取り?消)|(?:事前相談|相談会)$"
        ),
    ),
    Intent.REPLACE: Wish(
        _words(
            r"差し?(?:替え|換え|替|換)(?:願い|ます|させて|いたし|致し|版|を?お願い|たい|たく|のため|として|です|て(?:いただ|くださ|下さ))|差し?[替換]え?$|差しかえ",
            r"再送(?:いた|致|し(?!て(?:くださ|下さ|いただ|頂))|させて|版|分|です)|再送$",
            r"再提出(?:いた|致|し(?!て(?:くださ|下さ))|させて)|(?:修正|訂正|改訂)版",
            r"(?:修正|訂正)(?:した|済み?の|後の|いたしました|しました).{0,25}(?:送|提出|添付|様式|もの|ファイル)|(?:修正|訂正)(?:し|いたし|のうえ|の上)[、て]?.{0,15}(?:送|提出|添付)",
            r"(?:再度|もう一度|改めて|あらためて)(?:、)?.{0,12}(?:提出|送付|お送り|送り|送信)(?:いた|致|し|させ)",
            r"(?:提出|送付|送り|出し)し?直(?:し(?:ます|いた|させ|たもの|を)|します|させ)",
            r"入れ替え(?:を?お願い|て(?:いただ|くださ|下さ)|ます|させて)|(?:最終|更新|確定|正式)版(?:を|です|として|と(?:し|な))|こちらを(?:お?使|採用|優先|有効)|(?:追記|加筆)(?:した|しました).{0,12}(?:ので|ため|もの|様式|ファイル)|こちら(?:を|が)正(?:しい|と|式な?もの)",
            r"(?:前回|先日|先ほど|先程|さきほど|以前|前に|\d日(?:\(.\))?(?:付け?)?(?:で|に)).{0,25}(?:無効|破棄|削除|取り?消し|代え|かえ)(?:と(?:し|さ)|して|のうえ|し、|いただ|て(?:、|本|今|こ))",
            r"(?:記載|入力|内容|一部).{0,10}(?:修正|訂正|変更|更新)(?:が(?:あり|生じ|ござい)|しました|いたしました|があった)(?:ため|ので|.{0,12}(?:添付|送|提出))",
        ),
        _words(
            r"(?:明日|明後日|あす|翌日|来週|週明け|本日中|今日中|今週中|近日|\d日(?:\(.\))?(?:中に|の?(?:午前|午後)|までに)|までに|でき次第|整い次第|なり次第).{0,25}(?:再送|再提出|差し?[替換]え|修正|訂正|送|提出)",
            r"(?:再送|再提出|差し?[替換]え|(?:修正|訂正)(?:版|後)?(?:の(?:提出|送付))?|提出|送付)[はが](?:、)?.{0,12}(?:明日|明後日|翌|来週|週明け|今週|後日|\d日|午前|午後|夕方).{0,14}(?:なり|なる|予定|見込|たい|思い|お?待)",
            r"(?:再送|再提出|差し?[替換]え?)(?:は|を|が)?(?:して|お願いでき|いただけ|いただき|必要|でき|予定)|(?:送|提出)(?:って|して)(?:くださ|下さ|いただけ)|修正(?:する)?(?:箇所|点)は|予定|後日|追って|後ほど|正式|助言|相談",
            _UNREAL,
        ),
        re.compile(r"差し?[替換]え?|差しかえ|再送|再提出|(?:修正|訂正)(?:版|分|済)"),
    ),
    Intent.WITHDRAW: Wish(
        _words(
            r"(?:応募|申請|申込み?|計画策定支援|本件).{0,25}(?:取り?下げ|辞退|取り?やめ|取り?止め|撤回)",
            r"(?:応募|申請).{0,15}(?:見送|断念|キャンセル|取り?消)(?:り|ら|し|さ|い|た|を|に|す|る(?:こと(?:と|に)|判断|運び|方針)|で)|(?:応募|申請)(?:を|は|の)?.{0,6}中止|(?:応募|申請).{0,15}なかったことに|(?:応募|申請)(?:は|を)?(?:しない|行わない)こと(?:と|に)",
            r"(?:取り?下げ|辞退|撤回)(?:いた|致|し|させ|ます|たい|たく|を?(?:お願い|申し|希望)|願)",
        ),
        _words(
            r"(?:取り?下げ|辞退|撤回|取り?やめ|見送)(?:る|する|り)?(?:予定|つもり|こと)は|(?:取り?下げ|辞退|撤回|見送り)(?:ません|しません|いたしません|は(?:しな|あり|ござ|考え))|(?:取り?下げ|辞退).{0,20}(?:撤回|取り?消|取りやめ|なかったことに)",
            r"相談|予約|(?<!ただけます)(?<!ただけません)(?<!ただけない)(?<!らえます)でしょうか|ですか|期限|いつまで|他(?:市|町|団体|自治体)|と(?:聞き|聞い|伺|うかが)|隣の|近隣|検討(?:して|中)|(?:昨年|前年|前回).{0,14}(?:取り?下げ|辞退)|(?:見送|断念|キャンセル|取り?消|なかった).{0,14}(?:方法|手続)",
            _UNREAL,
        ),
        re.compile(
            r"^(?!.*(?:相談|予約)).*(?:(?:応募|申請|計画策定支援).{0,12}(?:取り?下げ|辞退|撤回|取り?やめ|中止)|(?:取り?下げ|辞退)(?:届|書|願|の|】|$))"
        ),
    ),
    Intent.PASSWORD: Wish(
        _words(
            r"(?:パスワード|password|passwd|(?<![a-z])pw|暗号鍵|解凍キー|開封キー).{0,6}[:=]\s?\S",
            r"パスワード(?:は|が).{0,12}(?:次|以下|下記|いつも|前回|共通|同じ|[「『]|[!-~]{4,})|パスワードは.{3,60}(?:です|となります|になります|としました)。?$",
            r"(?<![ァ-ヶー])パス(?:は|:).{0,4}[!-~]{4,}",
            r"パスワード(?:を|について|の件)?.{0,15}(?:お知らせ(?:し|いた|致)|ご?連絡(?:し|いた|致)|ご?通知(?:し|いた)|送付(?:し|いた)|お送り(?:し|いた))",
        ),
        _words(
            r"別(?:途|便|メール|送|に)|後(?:ほど|日|で)|追って|次のメール|続けて|この後|電話|教えて|ご教示|忘れ|不明|わから|分から|届い(?:て|た)|いただけ|お願いし|かけ(?:て|ず)|設定し|なし|ありません|必要",
        ),
        re.compile(
            r"(?:パスワード|password|(?<![a-z])pw(?![a-z])).{0,6}(?:お知らせ|連絡|通知|送付|の件|$)|(?:パスワード|password|(?<![a-z])pw)[】\])]?[:\s]*[!-~]{4,}$",
            re.IGNORECASE,
        ),
    ),
    Intent.CONFIRM_RECEIPT: Wish(
        _words(
            r"(?:届いて|届きまし|到着して|着信して|受信(?:でき|され)て|受け取って|受け取れて|受領(?:され|いただ|して)).{0,14}(?:か(?![らっ])|確認|教え|知らせ)",
            r"(?:受信|受領|到着|着信|受付)(?:の)?(?:ご)?(?:確認|連絡|有無).{0,12}(?:お願い|いただけ|頂け|ください|したく|幸い)",
            r"(?:届いた|受け取った|受領した|届く|着いた)か|間に合って(?:おり|い).{0,8}か",
            r"(?:提出|送付|送信|応募)(?:した|して(?:いる|おり|い)).{0,6}(?:はず|つもり)",
            r"(?:返信|返事)が(?:まだ)?(?:ない|なく|ありません|ございません|来|いただけて).{0,10}(?:ため|ので|が、|ですが|けれど)",
            r"(?:着いて|到達して|受け付けられて|受け付けて(?:いただけて|もらえて)|受付(?:が|は)?(?:完了し|済んで|され)て?).{0,12}(?:か(?![らっ])|確認|教え|知り|知らせ)",
            r"(?:受領|受信|受付)(?:の)?(?:ご)?(?:メール|連絡|通知|返信)は.{0,8}(?:いつ|まだ)",
            r"到達(?:の)?(?:ご)?(?:確認|有無)|(?:受領|受信|受付)(?:の)?(?:メール|連絡|通知|返信).{0,10}(?:届い|来|ない|いただい|受け取っ)(?:て|な|い|ら)",
        ),
        _words(
            r"(?:資料|通知|結果|案内|パスワード|返信|ご?回答|様式|メール)が(?:まだ)?届いて(?:いない|おりません|いません)"
        ),
        re.compile(r"届いて|(?:受信|受領|到着|到達|受付)(?:の)?(?:ご)?確認|受付(?:状況|完了)"),
    ),
    Intent.CONTACT_CHANGE: Wish(
        _words(
            r"後任(?:は|の|として|者|に)",
            r"(?:担当(?:者)?|連絡先|連絡窓口|メールアドレス|電話番号)(?:が|の|を|に|は)?.{0,14}(?:変更(?:に|と|し|いた|が|を|の(?:お知らせ|ご?連絡))|変わ(?:り|る)|交代|交替)",
            r"(?:人事)?異動(?:に(?:より|伴い)|となり|いたし|し(?:ま|て)|のため).{0,40}(?:担当|後任|連絡|変|着任|交代)",
            r"新(?:しい)?(?:担当(?:者)?|連絡先|アドレス|電話番号)(?:は|の|と|が|を|:)|(?:担当|業務|本件|前任).{0,14}引き?継|着任(?:し|いた|致)|(?:担当|窓口)(?:が|は).{0,10}替わ|代わりに.{1,14}が担当|休(?:業|職)に入",
            r"(?:CC|写し|送付先|宛先|送信先|配信先)(?:に|へ|の).{0,40}(?:追加|加えて|入れて)(?:いただ|頂|くださ|下さ|を?お願|してくださ|して(?:いただ|頂))|(?:送付先|宛先|送信先|連絡先|アドレス)(?:の|を)(?:追加|変更)",
            r"(?:退職|転出)(?:し|いた|致|と).{0,12}|(?:組織(?:改編|改正|再編|変更)|機構改革|庁舎移転).{0,40}(?:なり|変わ|変更|移転|連絡先)",
        ),
        _words(r"変更(?:は|が)(?:あり|ござい|な)|変わりません|変わらず", _UNREAL),
        re.compile(
            r"(?:担当(?:者)?|連絡先|送付先|宛先|電話番号|アドレス)(?:の|が)?.{0,4}(?:変更|交代|交替|追加|訂正)|(?:異動|退職|着任)の(?:お知らせ|ご?挨拶|ご?連絡)"
        ),
    ),
    Intent.EXTENSION: Wish(
        _words(
            r"(?:締め?切り?|〆切り?|期限|期日|提出日).{0,25}(?:延長|延ば|延期|猶予|伸ば|のば|過ぎて|遅れ)",
            r"(?:提出|応募|送付)(?:期限)?を?.{0,15}(?:延長|延期|猶予)|(?:延長|猶予).{0,8}(?:お願い|いただ|可能|ご検討|でき)",
            r"(?:1日|一日|\d日|数日|数時間|明日|翌日|来週).{0,14}(?:待って|お待ち|猶予)|遅れて(?:の|も)?.{0,8}(?:提出|応募|受け?付|よろし|可能|大丈夫)",
            r"(?:締め?切り?|〆切り?|期限|期日|\d時)(?:に|には|まで(?:に|には)?)?.{0,12}間に合(?:わ(?!せ)|い(?:そうに|かね))|(?:提出|送付|応募|送信)(?:が|は|も)?.{0,6}間に合(?:わ(?!せ)|いそうに|いかね)|(?:本日|今日|明日|今から|これから)(?:で|から)?も.{0,10}(?:受け?付|間に合|応募でき|応募可|提出でき|提出可)|(?:締め?切り?|期限|期日)まで(?:に|には)?.{0,14}(?:(?:揃い|整い|でき)そうに|揃わ|整わ)|期限後(?:の|に|でも)|期限を(?:過ぎ|超え)|(?:\d時|\d日|期限|締め?切り?|期日)(?:まで|どおり|通り|内)(?:に|の)?.{0,8}(?:提出|送信|送付|応募|修正|対応)(?:が|は|する(?:こと|の)(?:が|は)).{0,6}(?:難し|困難|でき(?:な|ませ)|厳し)",
            r"(?:\d日|明日|翌日|来週|週明け).{0,14}(?:提出|送付|応募)(?:でも|では?|と(?:なって|した)も?).{0,8}(?:だめ|駄目|よろし|良い|いい|可能|大丈夫|受け?付|構)",
            r"(?:提出|送付|応募)が.{0,10}(?:明日|翌日|来週|週明け|\d日|遅れ|遅く).{0,24}(?:受け?付|待|よろし|可能|認め|構いま|ご容赦いただけ)",
        ),
        _words(
            r"延長の(?:お知らせ|案内|連絡)|延長(?:は|が)?(?:あり|ござい|され(?:まし|た)|不要|せず)|遅れ(?:て)?申し訳|返信が遅|回答が遅|ご連絡が遅"
        ),
        re.compile(r"(?:締め?切り?|〆切|期限|期日|提出).{0,8}(?:延長|延期|猶予|遅延|遅れ)"),
    ),
    Intent.MISSENT: Wish(
        _words(
            r"誤送信|誤送付|誤配信|誤添付|送信ミス|(?:前の|先ほどの|先程の|さきほどの|さっきの)メールは?.{0,6}(?:間違い|誤り|手違い)|無視して(?:くださ|下さ|いただ)|至急.{0,6}(?:破棄|削除)(?:を|して|いただ|くださ|願)|個人情報.{0,20}(?:含まれ|混入し|添付され)て(?:おりまし|いまし|しま)|開封せ?ず.{0,8}(?:破棄|削除)",
            r"(?:添付|ファイル)(?:ファイル)?を(?:誤り|誤っ|間違え|取り違え|取違え)|(?:関係のない|無関係の?|別の?(?:町|市|村|県|区|自治体|団体|課|部署|案件|事業)の?).{0,25}(?:添付|送信|お送り|混入)(?:さ|し|い|が)|(?:添付|資料|ファイル).{0,12}別件の(?:もの|ファイル|資料)",
            r"(?:誤って|間違えて|間違って|手違いで).{0,20}(?:送信|送付|お送り|送って|送り|添付|お届け)(?:し|いた|致|てしま|ま|て)",
            r"(?:宛先|送り先|送信先|送付先).{0,8}(?:間違|誤)",
            r"(?:先ほど|先程|前の|前回の|さきほど|当該).{0,12}(?:メール|ファイル|添付).{0,20}(?:破棄|削除|取り?消)(?:し|を|いただ|くださ|願)",
            r"を取り消します$|would like to recall",
        ),
        _words(
            r"場合|心当たり|でしたら|方は|ときは|された|届い|届き|転送|お気づき|防止|対策|受信(?:し|され)|intended",
        ),
        re.compile(
            r"誤(?:送[信付]|配信|添付)|^(?:取り消し|取消|recall)\s?[::]|【取消】|メール(?:の)?(?:削除|破棄|取り?消し)(?:の)?(?:依頼|お願い)",
            re.IGNORECASE,
        ),
    ),
    Intent.DRAFT_FORM: Wish(
        _words(
            r"記入(?:途中|中(?![央心]))|(?:様式|書類).{0,20}(?:作成|記載)(?:途中|中)|(?:作成|記載)(?:途中|中)の(?:もの|様式|書類|段階)|書きかけ|下書き|未完成",
            r"(?:たたき台|ドラフト)(?:です|では?あり|の段階|として|を(?:添付|送|お送り))|(?:様式|応募書類|記載内容|記入内容)の?(?:[(【]案[)】]|案(?:を|です|の段階|$))",
            r"[(【]案[)】]を?(?:添付|送|お送り)|(?:様式|書類|記入|作成).{0,15}途中(?:の(?:もの|段階)|です|ではあり|まで)",
            r"(?:見て|ご覧|目を通して|添削して|チェックして)(?:いただけ|いただき|いただく|頂け|もらえ|くださ)",
            r"(?:提出|応募)(?:する)?前に.{0,20}(?:確認|見て|ご覧|相談|チェック)",
            r"(?:提出|応募|送付)して(?:も)?(?:よい|良い|よろしい|いい|差し支えない)か|案の段階|たたき(?:です|を|[)）])|(?:ご)?意見(?:を)?(?:ください|下さい)|(?:まだ|現時点では?|あくまで)(?:も)?.{0,6}案(?:です|では?あり|の)|素案|叩き台|暫定版|未定稿|(?:相談|打ち?合わ?せ|面談).{0,14}(?:使|用い|資料として|たたき台|ご覧いただ)|(?:今の|現)時点(?:の|で(?:の|記入))",
            r"(?:内容|方向性|記載|書き方|これで|この).{0,24}(?:合って|問題な|よろし|良い|大丈夫|足り).{0,14}(?:意見|アドバイス|助言|コメント|見て|ご確認)|(?:ご意見|コメント|アドバイス|ご助言)を?(?:いただけ(?!た)|いただき(?:たい|たく)|頂け(?!た)|頂き(?:たい|たく)|もらえ|お願い|賜れ)",
        ),
        _words(
            r"(?:あれば|ありましたら|ございましたら|あるよう).{0,20}(?:意見|コメント|アドバイス|助言)|計画[(【]案|(?:以下|下記|別添|リンク|URL|資料|詳細).{0,10}ご覧|ご覧(?:ください|下さい)|(?:提出|応募)(?:いた|致)?します"
        ),
        re.compile(
            r"【案】|\(案\)|ドラフト|たたき(?:台|\))|記入途中|素案|事前(?:の)?確認|相談(?:会)?(?:の|用)?(?:資料|材料)"
        ),
    ),
}

# 「応募様式をお送りします」 applies only where the mail does not also ask for a talk about it (DESIGN §4 "Kinds").
_SENDS = Wish(
    _words(r"(?:様式|応募書類|申請書類?|別添|添付).{0,25}(?:送付|お送り|送り|添付)(?:いた(?!だ)|致|し|させ|申し)"),
    _words(_WISHES[Intent.APPLY].unless.pattern, r"誤って|間違|漏れ|ておりま(?:した|せん)|パスワード"),
)
# 「記載漏れがないか確認してもらえますか」: courtesy beside an application, the wish itself where nothing is handed in.
_LOOK_OVER = re.compile(
    r"(?:書き方|記載|内容|記入|様式|これ).{0,20}(?:か|かどうか)(?:を|の|、)?(?:事前に|一度)?ご?確認(?:を|して)?(?:もらえ|いただけ(?:ます|ない|ません)|頂け(?:ます|ない)|お願い|ください)"
    r"|(?:こんな(?:感じ|内容)|これ)で(?:大丈夫|よろし|よい|良い|いい)"
)
_IF_NEEDED = re.compile(
    r"(?:ございましたら|ありましたら|(?:分か|わか|決ま|固ま)りましたら|あれば|ようでしたら|必要(?:な場合|であれば|でしたら)|不備.{0,6}場合).{0,30}(?:教示|教え|知らせ|連絡|指摘)"
)
_ASKS = _words(
    r"[?？]$",
    r"(?:でしょう|です|ます|ました|ません|ましょう)か[。?？]?$",
    r"確認させて(?:くださ|下さ|いただ)|お聞きし(?:たい|たく|ます)|知りたい|ご教示|教えて(?:くださ|下さ|いただ|頂|ほし)|お聞かせ|(?:お)?伺い(?:したい|したく|いたします|します)|お尋ね(?!の)|質問(?:が|です|させ|いたし|事項|したい)",
    r"問い?合わ?せ(?:です|いたし|させ|します)",
)
_POLITE = _words(
    r"(?:いただけ|頂け|いただく|頂く|頂戴|もらえ|くださいます|お願いでき|お願い(?:は|が)?可能|ご調整|お?時間を).{0,12}(?:でしょうか|ますか|ませんか|ないか)[。?？]?$",
    r"(?:いかが|いつ頃|よろしい)でしょう(?:か)?[。?？]?$",
    r"(?:空いて|残って)(?:い|お)?り?ます(?:でしょう)?か[。?？]?$",
    r"(?:お元気|いかがお過ごし)",
)
_QUESTION_STILL = re.compile(
    r"送って(?:もら|いただ)|(?<![でに]ご)対応(?:して)?(?:いただ|頂)|支援して|訪問|費用|何[をが]|いくら|どのよう|どこまで|教え|教示|お聞かせ|お答え|ご回答|対象|必要|様式|書き方|記載|よろしい|いつ頃"
)
# How a mail that hands something in is ended: it wants a look, no words for an answer. What the sentence states first may say
# anything (「コースを直しましたので、…」); what it asks about a matter (「対象になるかご確認ください」) is a question.
_COURTESY = _words(
    r"^(?:これ|こちら|以上|上記|この(?:内容|形|修正|記載|記入|対応|とおり|通り)|(?:修正|記載|記入|添付|送付)(?:後)?(?:の)?(?:内容|箇所|点)?は?、?(?:これ|こちら))で"
    r"(?:よろしい|宜しい|よい|良い|大丈夫|結構|問題(?:は)?(?:ない|ありません|ございません)|足り(?:ます|て(?:い|おり)ます))(?:です|でしょう)?か[。?？]?$",
    r"(?:確認|査収|検収|受領|お?受け?取り?|一読|目通し|高覧)(?:の(?:ほど|程|うえ|上))?(?:を|、)?(?:お願い|いただ|頂|願え|して(?:いただ|頂|もらえ|くださ)).{0,12}か[。?？]?$",
    r"(?:不備|漏れ|もれ|誤り|不足)(?:など|等|点)?(?:は|が|も)?、?(?:ない|ありません|ございません)(?:です|でしょう)?か[。?？]?$",
)
_STATED = re.compile(r"^.*(?:ので|ため|した(?:が|けれど))、?")
_MATTER = re.compile(
    r"対象|要件|締め?切|費用|経費|理解|認識|解釈|考え|財政力|書き方|押印|(?:い|る|た|ます|です)か(?:どうか)?(?:を|、|につ|も|ご|の)"
)
_LOOKED_OVER = re.compile(
    r"(?:不備|漏れ|もれ|誤り|間違い|不足|問題|届い|受信|開け|読め|読み取れ).{0,8}か(?:どうか)?(?:を|、|につ|も|ご|の)"
)
_ASK_SUBJECT = re.compile(r"質問|問い?合わ?せ|照会|ご教示|お尋ね(?!の)|[?？]$|教えて|書き方")
_ABOUT = re.compile(
    r"方法|(?:取り?下げ|辞退)(?:届|書)?の(?:様式|書式|手続|撤回|取り?消)|可否|できますか|可能|について(?:の)?[(【]?(?:ご?質問|ご?照会|問い?合わ?せ|お伺い|確認)|^(?:re|返信) ?:.{0,10}【(?:受領|修正のお願い)",
    re.IGNORECASE,
)
# A subject about the consultation makes a sentence about an appointment a wish for one.
_CONSULT_MATTER = re.compile(r"事前相談|相談会")
_HOW = re.compile(
    r"(?:申し?込み?|予約)(?:の)?(?:方法|先|フォーム|手順)|(?:申し?込み?|予約)(?:は|を|には?)[^。]{0,8}(?:どのように|どうすれば|どうしたら|どうやって)|どこ(?:から|に|へ)"
)
_THANKS = re.compile(r"お礼|御礼|方法|ありがとう")
_APPOINTMENT = re.compile(
    r"\d{1,2}[/月.]\d{1,2}|\d日|曜|午前|午後|\d時(?!間)|\d{1,2}:\d{2}|[来今翌]週|週明け|明日|明後日|あさって|本日|今日|月末|[上中下]旬|いつでも|都合|\d番|希望|キャンセル|見送|取り?消"
)


# What went out shouldn't have gone to us at all: more than an own older file.
_OTHERS_DATA = re.compile(
    r"誤送[信付]|誤配信|個人情報|関係のな|無関係|開封せ?ず|別の?(?:町|市|村|県|区|自治体|団体|課|部署|省庁|案件|事業|方)"
)
# A file of the sender's that waits behind a link, and what is only there to be read.
_FETCHED = re.compile(
    r"(?:ダウンロード|取得|受領|受け取|受取).{0,6}(?:ください|下さい|お願い|いただ|頂|期限|URL|リンク|可能)|添付ファイル(?:は|を|の).{0,20}(?:URL|リンク|下記|以下|ダウンロード)"
    r"|(?:ファイル|様式).{0,10}(?:アップロード|格納|置きました|共有)(?:し|いた|させ|。|$)"
)
_ONLY_READ = re.compile(
    r"ご?(?:覧|参照|参考)(?:くだ|下さ|まで|に)|ホームページ|ウェブサイト|(?:要領|様式)(?:は|を).{0,40}ダウンロードし(?:まし|た)"
)
_PUBLIC = ("go.jp",)


def intents(subject: str | None, new_text: str) -> frozenset[Intent]:
    """All that the mail says it wants."""
    title = " ".join(sentences((subject or "")[:500]))
    spoken = sentences(new_text)
    found = {intent for intent, wish in _WISHES.items() if _wished(wish, title, spoken)}
    if _ASK_SUBJECT.search(title) or any(_asked(sentence) for sentence in spoken):
        found.add(Intent.ASK)
    if _CONSULT_MATTER.search(title) and not _said(_WISHES[Intent.CONSULT], spoken):
        found = (
            (found | {Intent.CONSULT})
            if _consults(title, spoken, Intent.CONSULT in found)
            else (found - {Intent.CONSULT})
        )
    if Intent.REPLACE in found and Intent.MISSENT in found and not _OTHERS_DATA.search(f"{title}{new_text[:MAX_TEXT]}"):
        found.discard(Intent.MISSENT)  # an own wrong or older file, replaced by this one
    if Intent.PASSWORD in found and Intent.ASK in found and not _said(_WISHES[Intent.PASSWORD], spoken):
        found.discard(Intent.PASSWORD)  # a question about passwords
    if not found & {Intent.CONSULT, Intent.DRAFT_FORM} and _said(_SENDS, spoken):
        found.add(Intent.APPLY)
    if not found & {Intent.APPLY, Intent.REPLACE} and any(_LOOK_OVER.search(one) for one in spoken):
        found.add(Intent.DRAFT_FORM)
    if Intent.WITHDRAW in found:
        found.discard(Intent.APPLY)
    if Intent.EXTENSION in found and not any(_CONSULT_MATTER.search(one) for one in (title, *spoken)):
        found.discard(Intent.CONSULT)  # 「期日どおりの提出が困難です。ご相談させてください」
    return frozenset(found)


def _wished(wish: Wish, title: str, spoken: tuple[str, ...]) -> bool:
    if wish.subject is not None and wish.subject.search(title) and not _elsewhere(title):
        return True
    return _said(wish, spoken)


def _said(wish: Wish, spoken: tuple[str, ...]) -> bool:
    return any(wish.says.search(sentence) and not wish.unless.search(sentence) for sentence in spoken)


def _consults(title: str, spoken: tuple[str, ...], by_subject: bool) -> bool:
    """Under a subject about the consultation, with no wish for one in so many words: a sentence about an appointment is
    one; 「申込方法を教えてください」 is a question, however the subject reads."""
    if _THANKS.search(title) or any(_HOW.search(sentence) for sentence in spoken):
        return False
    unless = _WISHES[Intent.CONSULT].unless
    return by_subject or any(_APPOINTMENT.search(one) and not unless.search(one) and not _asked(one) for one in spoken)


def _elsewhere(title: str) -> bool:
    """A subject that asks about a thing instead of doing it, takes one back, or is our own letter's, answered."""
    return _ABOUT.search(title) is not None or case_number(title) is not None


def _asked(sentence: str) -> bool:
    """A question that wants words for an answer: no polite request, no wish for a date, no 「届いておりますか」, no 「ご確認いただけますか」
    to what was handed in."""
    if not _ASKS.search(sentence) or len(sentence) < 4 or _IF_NEEDED.search(sentence):
        return False
    if _WISHES[Intent.CONFIRM_RECEIPT].says.search(sentence):
        return False
    stated = _STATED.sub("", sentence).strip()
    if _COURTESY.search(stated):
        return _MATTER.search(_LOOKED_OVER.sub("", stated)) is not None
    if _QUESTION_STILL.search(sentence):
        return True
    consult = _WISHES[Intent.CONSULT]
    return not _POLITE.search(sentence) and not (consult.says.search(sentence) and not consult.unless.search(sentence))


def _around(text: str, start: int, end: int) -> str:
    """The line of a link, two before it and one behind, without the link."""
    before = text[:start].rsplit("\n", 3)[-3:]
    return "\n".join((*before, *text[end:].split("\n", 2)[:2]))[-600:]


def file_service_links(new_text: str, settings: Settings) -> tuple[str, ...]:
    """Links behind which the sender's file lies, as typed, each once: to the file services of parties.yaml, and any other
    that the text around it says the file is to be fetched from (a city's own gateway)."""
    found: dict[str, None] = {}
    text = new_text[:MAX_TEXT]
    for match in URL.finditer(text):
        link = match[0].rstrip(".,;:!?)]>")
        host = re.split(r"[/?#:]", link.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
        around = normalize("NFKC", _around(text, match.start(), match.end()))
        fetched = _FETCHED.search(around) is not None and not _ONLY_READ.search(around) and not below_any(host, _PUBLIC)
        if fetched or below_any(host, settings.parties.file_services):
            found[link] = None
    return tuple(found)[:MAX_LINKS]
