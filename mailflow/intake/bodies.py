"""Bodies outside the code list: what else the bracket may hold (募集要領 2(1), DESIGN §4).

一部事務組合 and 広域連合, corporations that a local government funds, non-profits. They have no code; their legal form
stands in the name. In: a name, squeezed (see folding). Out: its `BodyKind`, None where no legal form is found.
Pure. Whether a corporation is funded by a local government can't be read from a name: that is a person's question.
"""

from __future__ import annotations

import re

from mailflow.model import BodyKind

# In this order: 「（公社）」 is a 公益社団法人 though 「公社」 is a corporation; 社会福祉協議会 is no 協議会 of local governments.
_FORMS: tuple[tuple[BodyKind, re.Pattern[str]], ...] = (
    (
        BodyKind.NONPROFIT,
        re.compile(
            r"(?:一般|公益)?(?:社団|財団)法人|特定非営利活動法人|NPO法人|社会福祉法人|学校法人|医療法人|宗教法人|更生保護法人"
            r"|\((?:一社|公社|一財|公財|特非|社福|福|学|社|財|医)\)|社会福祉協議会|社協|観光協会|商工会|非営利法人",
            re.IGNORECASE,
        ),
    ),
    (
        BodyKind.OTHER,
        re.compile(r"協同組合|森林組合|商店街振興組合|財産区|国立大学|公立大学|独立行政法人|高等専門学校|大学$"),
    ),
    (
        BodyKind.UNION,
        re.compile(
            r"広域連合|事務組合|行政組合|企業団|広域組合|組合$|(?:協議会|広域市町村圏)$|一部事務組合|地方開発事業団"
        ),
    ),
    (
        BodyKind.CORPORATION,
        re.compile(
            r"株式会社|有限会社|合同会社|合資会社|合名会社|\((?:株|有|同|地独)\)|第三セクター|公社|事業団|地方独立行政法人"
        ),
    ),
)
# A legal form that stands alone names nobody: 【広域連合】.
_ALONE = re.compile(
    r"広域連合|一部事務組合|事務組合|行政組合|企業団|組合|(?:一般|公益)?(?:社団|財団)法人|NPO法人|特定非営利活動法人|社会福祉法人|学校法人"
    r"|(?:株式|有限|合同)会社|公社|事業団|協議会|社会福祉協議会|社協|観光協会|商工会(?:議所)?|出資法人|非営利法人|大学",
    re.IGNORECASE,
)
_LOCAL_AGENCY = re.compile(r"地方独立行政法人|公立大学法人")  # founded and funded by a local government


def body_kind(squeezed: str) -> BodyKind | None:
    """The kind that the legal form in a name says; None for a legal form without a name."""
    if _ALONE.fullmatch(squeezed):
        return None
    if _LOCAL_AGENCY.search(squeezed):
        return BodyKind.CORPORATION
    for kind, form in _FORMS:
        if form.search(squeezed):
            return kind
    return None
