"""OFAC SDN and consolidated lists: sdn.xml and sdn.csv of the US Treasury. Entities only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from assay.readers.document import Document
from assay.readers.extract import Extract
from assay.readers.format import Format
from assay.readers.listing import LISTED, Entry, listed, many
from assay.readers.refusal import refusal, wrong_version
from assay.readers.strict_table import parse
from assay.readers.strict_text import read_day_of
from assay.readers.strict_xml import Element, collect, local, space

__all__ = ["FORMAT"]

_SPACES: Final = ("sanctionslistservice.ofac.treas.gov", "tempuri.org/sdnList.xsd")
_ADVANCED: Final = ("www.un.org/sanctions/1.0", "ofac.treas.gov")
_TITLE: Final = "OFAC"
_COLUMNS: Final = (
    "ent_num", "SDN_Name", "SDN_Type", "Program", "Title", "Call_Sign", "Vess_type", "Tonnage", "GRT", "Vess_flag",
    "Vess_owner", "Remarks",
)  # fmt: skip
"""The columns of sdn.csv, which brings no header."""
_ROW: Final = re.compile(r'\d{1,9},"[^"]*",(?:-0- |"[a-z]+"|[a-z]+ ?),')
_NULL: Final = "-0-"
_END: Final = b"\x1a"


def _fits(document: Document) -> bool:
    if document.xml is not None:
        return local(document.xml.tag) == "sdnList" or _advanced(document.xml.tag)
    return bool(_ROW.match(document.first_line()))


def _advanced(tag: str) -> bool:
    return local(tag) == "Sanctions" and any(name in space(tag) for name in _ADVANCED)


def _read(document: Document) -> Extract:
    return _read_csv(document) if document.xml is None else _read_xml(Element(document.xml))


def _read_xml(top: Element) -> Extract:
    if _advanced(top.tree.tag):
        raise refusal(
            "E0808", "the advanced form of the list is not read", "/Sanctions", "sdn.xml, consolidated.xml or sdn.csv",
            "take the plain form of the same list: it names the same entities",
        )  # fmt: skip
    if not any(name in space(top.tree.tag) for name in _SPACES):
        raise wrong_version("SDN list", space(top.tree.tag), _SPACES, "/sdnList")
    head = top.needed("publshInformation")  # the list spells it so
    issued = read_day_of(head.text("Publish_Date"), "m/d/y", f"{head.place}/Publish_Date")
    entries = top.children("sdnEntry")
    announced = head.text("Record_Count", "")
    if announced and announced != str(len(entries)):
        head.fail("Record_Count", f"{announced[:20]} entries are announced, {len(entries)} are there", code="E0810")
    passed: Counter[str] = Counter()
    found = list(_entities(entries, passed))
    return listed("ofac-sdn", _TITLE, found, passed, issued, collect(top))


def _entities(entries: list[Element], passed: Counter[str]) -> Iterator[Entry]:
    for entry in entries:
        kind = entry.text("sdnType")
        if kind != "Entity":
            passed[kind] += 1
            entry.skip()
            continue
        names = tuple(aka.text("lastName", "") for aka in entry.under("akaList", "aka"))
        programmes = tuple(node.content() for node in entry.under("programList", "program"))
        countries = tuple(node.text("country", "") for node in entry.under("addressList", "address"))
        name = entry.text("lastName")
        if not name:
            entry.fail("lastName", "an entity without a name", "a text")
        yield Entry(entry.text("uid"), name, entry.place, names, programmes, countries)


def _read_csv(document: Document) -> Extract:
    table = parse(document.data.rstrip(b"\r\n").removesuffix(_END), header=_COLUMNS)
    passed: Counter[str] = Counter()
    entries = []
    for row in table.rows:
        kind = row["SDN_Type"]
        if kind not in ("", _NULL):
            passed[kind.capitalize()] += 1
        elif not row["ent_num"].isdigit():
            raise refusal("E0809", f"{row['ent_num'][:20]!r} is no entry number", row.place, "a number")
        else:
            programmes = many(row["Program"].replace("] [", ";"))
            entries.append(Entry(row["ent_num"], row.needed("SDN_Name"), row.place, (), programmes))
    return listed("ofac-sdn", _TITLE, entries, passed, None, ())


FORMAT: Final = Format(
    "ofac-sdn", "OFAC SDN list and consolidated list, XML or CSV", ("sdn.xml of the service since 2024 and before",
    "sdn.csv with twelve columns"), "https://ofac.treasury.gov/sanctions-list-service", _fits, _read,
    "Publish_Date, Record_Count; of entities: uid, lastName, akaList, programList, countries; persons, vessels and "
    "aircraft are counted and not read",
    LISTED,
)  # fmt: skip
