"""Legal forms and words of organisations, as they stand in names. A table of words, no law. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["FORMS", "names_an_organisation", "normal_form"]

_FORMS: Final = """
ab ag aktiebolag aktiengesellschaft aktsiaselts ao aps as asa bhd bv bvba co company companies corp corporation cv doo
dd ead ehf eirl eood eurl fzc fzco fze gbr gesellschaft gmbh inc incorporated jsc kft kg kgaa kk kommanditgesellschaft
koop lda limitada limited llc llp lp ltd ltda mbh nv nyrt oao ood ooo oy oyj oü pao pjsc plc private proprietary pte pty
public pvt sa sal sapa sarl sas sasu sca scs sdn se sia sicav sl slu snc soc sociedad societa societe sp spa spk sprl
spzoo srl sro uab ug ulc unlimited vof zao zoo zrt 有限公司 股份有限公司 株式会社 有限会社 주식회사
"""
FORMS: Final = frozenset(_FORMS.split())
"""Words that say the legal form of a company, without dots, in lower case."""

_PHRASES: Final = (["z", "oo"], ["s", "ro"], ["sa", "rl"], ["de", "cv"])
"""Forms that stand in several words, as normal forms split them."""

_TELLING: Final = """
aktiengesellschaft association authority bank bhd bureau business center centre college commission company companies
consortium construction corp corporation council department eirl electronics engineering enterprise enterprises eurl
federation foundation gesellschaft gmbh group holding holdings inc incorporated industrial industries industry institute
international jsc kgaa laboratories laboratory limitada limited llc llp logistics ltd ltda machinery manufacturing
ministry network networks ooo organisation organization petroleum pjsc plc pte pty pvt research sarl sciences sdn
services shipping shipyard solutions systems technical technologies technology telecom telecommunications trading uab
university works 有限公司 股份有限公司 株式会社
"""
_ORGANISATIONS: Final = frozenset(_TELLING.split())
"""Forms and words that hardly stand in the name of a natural person; two-letter forms, which do, are left out."""

_SPLIT: Final = re.compile(r"[^\w]+")
_FOLDED: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "&": " and "}
)


def normal_form(name: str) -> str:
    """A name for comparison: case folded, compatibility characters, marks, punctuation and legal forms dropped.

    Single letters in a row become one word first, so that "S. A." is a form too. A name that is nothing but legal
    forms keeps them.
    """
    words = _words(name)
    kept = [word for word in _without_phrases(words) if word not in FORMS and word != "and"]
    return " ".join(kept or words)


def _without_phrases(words: list[str]) -> list[str]:
    """Drop forms of several words."""
    found: list[str] = []
    for word in words:
        found.append(word)
        for phrase in _PHRASES:
            if found[-len(phrase) :] == phrase:
                del found[-len(phrase) :]
    return found


def names_an_organisation(name: str) -> bool:
    """True where a name carries a word that tells an organisation from a natural person."""
    return any(word in _ORGANISATIONS for word in _words(name))


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKD", name).casefold().translate(_FOLDED)
    text = "".join(char for char in text if not unicodedata.combining(char) and char != ".")
    found: list[str] = []
    single = False
    for word in filter(None, _SPLIT.split(unicodedata.normalize("NFC", text))):
        if len(word) == 1 and single:
            found[-1] += word
        else:
            found.append(word)
        single = len(word) == 1
    return found
