"""A name for each field: the known one where the label means the same, else English or romanised from its words.

In: labels. Out: keys as form.yaml allows them ([a-z][a-z0-9_]*, ≤ 40), unique, the same for the same form. Pure.
The words are those of the forms that ministries publish. A label with no known word becomes `field_<n>`, and is told.
"""

from __future__ import annotations

import re
from unicodedata import normalize

import jaconv

from mailflow.forms.text import fold, label_forms

# Japanese word → English; the longest that fits is taken.
_WORDS = {
    "団体名": "organization_name", "団体": "organization", "自治体": "local_government", "地方公共団体": "local_government", "都道府県": "prefecture",
    "市区町村": "municipality", "市町村": "municipality", "法人": "corporation", "法人番号": "corporate_number", "法人名": "corporation_name", "会社": "company",
    "企業": "company", "企業名": "company_name", "事業者": "operator", "事業者名": "operator_name", "事業所": "office", "施設": "facility", "施設名": "facility_name",
    "代表者": "representative", "代表": "representative", "責任者": "manager", "担当者": "contact", "担当": "contact", "連絡先": "contact", "申請者": "applicant",
    "応募者": "applicant", "提案者": "proposer", "首長": "mayor", "実施主体": "implementing_body", "実施機関": "implementing_body", "協力": "cooperation", "連携": "partner",
    "氏名": "name", "名前": "name", "お名前": "name", "名称": "name", "ふりがな": "kana", "フリガナ": "kana", "カナ": "kana", "役職": "position", "職名": "position",
    "職": "position", "肩書": "position", "所属": "department", "部署": "department", "部課": "department", "課室": "section", "係": "unit", "郵便番号": "postal_code",
    "住所": "address", "所在地": "address", "電話番号": "phone", "電話": "phone", "tel": "phone", "fax番号": "fax", "fax": "fax", "ファクス": "fax", "ファックス": "fax",
    "メールアドレス": "email", "電子メール": "email", "メール": "email", "e-mail": "email", "mail": "email", "url": "url", "ホームページ": "website", "内線": "extension",
    "事業名": "project_name", "事業": "project", "事業概要": "project_summary", "取組": "initiative", "取組名": "initiative_name", "計画": "plan", "計画名": "plan_name",
    "テーマ": "theme", "題名": "title", "件名": "title", "表題": "title", "概要": "summary", "内容": "content", "詳細": "details", "目的": "purpose", "背景": "background",
    "課題": "issues", "地域課題": "local_issues", "現状": "current_state", "状況": "situation", "目標": "goal", "効果": "effect", "成果": "outcome", "成果物": "deliverables",
    "指標": "indicator", "kpi": "kpi", "期間": "period", "開始": "start", "終了": "end", "完了": "completion", "予定": "planned", "開始日": "start_date", "終了日": "end_date",
    "年月日": "date", "日付": "date", "日": "date", "申請日": "application_date", "提出日": "submission_date", "作成日": "created_on", "記入日": "filled_on", "設立": "founded",
    "時期": "timing", "スケジュール": "schedule", "体制": "structure", "人数": "headcount", "職員数": "staff", "従業員数": "employees", "人口": "population",
    "世帯数": "households", "面積": "area", "高齢化率": "aging_rate", "財政力指数": "fiscal_index", "コード": "code", "番号": "number", "金額": "amount", "額": "amount",
    "経費": "expenses", "費用": "cost", "総事業費": "total_cost", "事業費": "project_cost", "補助金": "subsidy", "補助": "subsidy", "交付": "grant", "予算": "budget",
    "予算額": "budget_amount", "自己負担": "own_share", "財源": "funding", "希望": "requested", "種別": "kind", "種類": "kind", "区分": "category", "分類": "category",
    "分野": "field", "業種": "industry", "有無": "yes_no", "可否": "permitted", "理由": "reason", "必要性": "necessity", "実績": "track_record", "経験": "experience",
    "過去": "past", "参加": "participation", "参加者": "participants", "対象": "target", "対象者": "target_persons", "対象地域": "target_area", "地域": "region", "場所": "place",
    "会場": "venue", "実施": "implementation", "実証": "pilot", "検証": "verification", "調査": "survey", "支援": "support", "専門家": "expert", "相談": "consultation",
    "派遣": "dispatch", "研修": "training", "講師": "lecturer", "機器": "equipment", "システム": "system", "ネットワーク": "network", "通信": "telecom", "環境": "environment",
    "技術": "technology", "デジタル": "digital", "データ": "data", "セキュリティ": "security", "住民": "residents", "合意": "consensus", "同意": "consent", "承諾": "consent",
    "公表": "publication", "公開": "publication", "訪問": "visit", "現地": "site", "備考": "remarks", "特記事項": "remarks", "その他": "other", "添付": "attachment",
    "資料": "materials", "確認": "confirmation", "チェック": "check", "性別": "gender", "年齢": "age", "生年月日": "birth_date", "資格": "qualification", "経歴": "career",
    "口座": "account", "銀行": "bank", "支店": "branch", "方法": "method", "手段": "means", "手法": "method", "工夫": "ingenuity", "特徴": "features", "新規性": "novelty",
    "課": "section", "部": "division", "時間": "hours", "週": "weekly", "年度": "fiscal_year", "月": "month", "年": "year", "回数": "times", "件数": "count", "台数": "units",
    "今後": "future", "展開": "rollout", "方針": "policy", "役割": "role", "分担": "share", "リスク": "risks", "対策": "measures", "質問": "question", "要望": "requests",
    "意見": "opinions", "導入": "introduction", "利用": "use", "活用": "use", "運用": "operation", "維持": "maintenance", "管理": "management", "整備": "construction",
    "主": "main", "副": "deputy", "第一": "first", "第二": "second", "第三": "third", "希望日": "preferred_date", "希望日時": "preferred_time", "日時": "datetime", "時刻": "time",
    "コース": "course", "メニュー": "menu", "選択": "selection", "作業": "work", "稼働": "available", "事務": "office", "構成": "members", "参画": "participating", "自治": "autonomy",
    "申請": "application", "応募": "application", "提案": "proposal", "機関": "institution", "関係": "related", "見込": "expected", "見込み": "expected", "必要": "needed",
    "総": "total", "合計": "total", "計": "total", "数": "count", "率": "rate", "名": "name", "書": "document", "者": "person", "先": "destination", "日程": "schedule",
    "受講": "attendance", "講座": "course", "動機": "motivation", "形式": "form", "配慮": "consideration", "事項": "matters", "相談内容": "inquiry", "謝金": "honorarium",
    "負担": "burden", "免許": "licence", "取得": "acquisition", "地区": "district", "農地": "farmland", "受益": "beneficiary", "戸数": "households", "経緯": "history",
    "検討": "review", "窓口": "contact_point", "アドバイザー": "adviser", "コンソーシアム": "consortium", "見積": "estimate", "契約": "contract", "委託": "outsourcing",
    "姿": "vision", "歳入": "revenue", "歳出": "expenditure", "決算": "settlement", "開催": "event", "定員": "capacity", "出席": "attendance", "欠席": "absence",
    "国籍": "nationality", "性質": "nature", "規模": "scale", "単価": "unit_price", "数量": "quantity", "税": "tax", "内訳": "breakdown", "根拠": "basis", "法令": "law",
}  # fmt: skip
_LONGEST = max(map(len, _WORDS))
_FOLDED = {fold(word): english for word, english in _WORDS.items()}
MOST_PARTS = 4
_MOST = 34


def key_from(label: str) -> str | None:
    """「総事業費（千円）」 → total_cost; None where no word is known."""
    text = _words_of(label)
    parts: list[str] = []
    unknown = 0
    at = 0
    while at < len(text):
        size = next((n for n in range(min(_LONGEST, len(text) - at), 0, -1) if fold(text[at : at + n]) in _FOLDED), 0)
        if size:
            parts.append(_FOLDED[fold(text[at : at + size])])
            at += size
            continue
        run = re.match(r"[a-z0-9]+|[ァ-ヺー]{2,}", text[at:])
        if run is None:
            unknown += not re.match(r"[ぁ-ゖ・()_/、,-]", text[at])  # 「の」「する」: what joins the words
            at += 1
            continue
        romaji = str(jaconv.kana2alphabet(jaconv.kata2hira(run[0])))
        parts.append(run[0] if run[0].isascii() else re.sub(r"[^a-z0-9]", "", romaji))
        at += len(run[0])
    kept = [part for part in dict.fromkeys(parts) if part]
    if not kept or (unknown > len(text) // 2 and not parts):
        return None
    while len(kept) > 1 and len("_".join(kept[:MOST_PARTS])) > _MOST:
        kept.pop(-2 if len(kept) > 2 else 0)  # the last word says what it is
    return _plain("_".join(kept[:MOST_PARTS]))


def _words_of(label: str) -> str:
    """The label without numbers, marks and what stands in brackets, its katakana as it is."""
    forms = label_forms(label)
    if not forms:
        return ""
    plain = "".join(normalize("NFKC", label).casefold().split())
    bare = re.sub(r"[(\[【〔][^()\[\]【】〔〕]{0,60}[)\]】〕]", "", plain)
    for text in (bare, plain):
        for form in sorted(forms, key=len):
            at = fold(text).find(form)
            if at >= 0 and len(form) >= 2 and len(fold(text)) == len(text):
                return text[at : at + len(form)]
    return forms[-1]


def _plain(text: str) -> str | None:
    key = re.sub(r"_+", "_", re.sub(r"[^a-z0-9_]", "_", normalize("NFKC", text).lower())).strip("_")[:_MOST].strip("_")
    if not key:
        return None
    return key if key[0].isalpha() else f"f_{key}"


def unique(key: str, taken: set[str]) -> str:
    """The key, with a number behind it where it is taken; marks it as taken."""
    found, number = key[:40], 2
    while found in taken:
        found = f"{key[:36]}_{number}"
        number += 1
    taken.add(found)
    return found
