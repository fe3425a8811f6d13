"""CycloneDX XML: turned into its JSON form along the shape of the format, then read as JSON is."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from xml.etree.ElementTree import Element as Tree

from assay.readers.cyclonedx import FIELDS, SOURCE, YIELDS, read_bom
from assay.readers.cyclonedx_shape import SHAPE, VERSIONS
from assay.readers.document import Document
from assay.readers.extract import Extract
from assay.readers.format import Format
from assay.readers.refusal import refusal
from assay.readers.shape import Field
from assay.readers.strict_xml import local, space

__all__ = ["FORMAT"]

_SPACE: Final = "http://cyclonedx.org/schema/bom/"
_OWN_TEXT: Final = {"hash": "content", "attachment": "content", "property": "value"}
_RENAMED: Final = {("attachment", "content-type"): "contentType", ("analysis", "responses"): "response"}
_DIRECT: Final = {
    ("organisation", "url"), ("organisation", "contact"), ("attestation", "map"), ("claim", "evidence"),
    ("claim", "counterEvidence"), ("requirement", "openCre"), ("component", "data"), ("component", "omniborId"),
    ("component", "swhid"), ("evidence", "identity"),
}  # fmt: skip
"""Lists whose entries stand in their parent, without an element around them."""


def _fits(document: Document) -> bool:
    return document.xml is not None and space(document.xml.tag).startswith(_SPACE)


def _read(document: Document) -> Extract:
    assert document.xml is not None
    if local(document.xml.tag) != "bom":
        raise refusal("E0809", f"<{local(document.xml.tag)}> is no bill of materials", "/", "<bom>")
    bom = _object(document.xml, "bom")
    version = space(document.xml.tag).removeprefix(_SPACE)
    found = read_bom("cyclonedx-xml", {**bom, "bomFormat": "CycloneDX", "specVersion": version})
    return replace(found, limits=(*found.limits, "elements of other namespaces are not read"))


def _object(element: Tree, role: str) -> dict[str, Any]:
    """One element as the object of a role; unknown elements come through, so that the shape refuses them."""
    fields = SHAPE.roles[role]
    found: dict[str, Any] = {}
    for name, text in element.attrib.items():
        key = _RENAMED.get((role, name), name)
        if key in fields:  # the specification lets any attribute stand anywhere
            found[key] = _scalar(text, fields[key].types[0])
    if role in _OWN_TEXT:
        found[_OWN_TEXT[role]] = (element.text or "").strip() if role == "hash" else element.text or ""
    if role == "dependency":
        return found | _edges(element)
    for child in _own(element):
        _add(found, child, role, fields)
    return found


def _own(element: Tree) -> list[Tree]:
    """The children of the same namespace; extensions of others may stand anywhere."""
    return [child for child in element if space(child.tag) == space(element.tag)]


def _add(found: dict[str, Any], child: Tree, role: str, fields: dict[str, Field]) -> None:
    key = _RENAMED.get((role, local(child.tag)), local(child.tag))
    if (role, key) in _DIRECT:
        found.setdefault(key, []).append(_value(child, fields[key].types[0].removesuffix("*")))
    elif key in found:
        raise refusal("E0809", f"<{key}> stands twice in a {role}", f"<{local(child.tag)}>", "once")
    else:
        found[key] = _value(child, _kind(child, fields[key])) if key in fields else ""


def _edges(element: Tree) -> dict[str, Any]:
    edges: dict[str, Any] = {}
    for child in element:
        name = "dependsOn" if local(child.tag) == "dependency" else local(child.tag)
        edges.setdefault(name, []).append(child.attrib.get("ref", ""))
    return edges


def _kind(element: Tree, field: Field) -> str:
    kind = field.types[0]
    return "tool*" if kind == "tools" and any(local(child.tag) == "tool" for child in element) else kind


def _value(element: Tree, kind: str) -> Any:  # noqa: ANN401  JSON
    if kind == "any":
        return "(not read)"
    if kind == "licences":
        return [_licence(child) for child in _own(element)]
    if kind == "service-data*":
        return [_data(child) for child in _own(element)]
    if kind.endswith("*"):
        return [_value(child, kind[:-1]) for child in _own(element)]
    if kind in SHAPE.roles:
        return _object(element, kind)
    return _scalar(element.attrib.get("ref") or element.text or "", kind)


def _licence(element: Tree) -> dict[str, Any]:
    match local(element.tag):
        case "license":
            return {"license": _object(element, "licence")}
        case "expression-detailed":
            return {"expression": element.attrib.get("expression", "")}
        case name:
            known = SHAPE.roles["licence-choice"]
            return {**{key: text for key, text in element.attrib.items() if key in known}, name: element.text or ""}


def _data(element: Tree) -> dict[str, Any]:
    """A flow of data: up to 1.4 the classification alone, later an element around it."""
    holder = element if local(element.tag) == "dataflow" else [element]
    found = {key: text for key, text in element.attrib.items() if key in ("name", "description")}
    for child in holder:
        if local(child.tag) == "classification":
            found |= {"classification": child.text or "", "flow": child.attrib.get("flow", "")}
    return found


def _scalar(text: str, kind: str) -> Any:  # noqa: ANN401  JSON
    """A text as the JSON value of a plain type; what does not fit stays text, so that the shape refuses it."""
    text = text.strip()
    if kind == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(text, text)
    if kind == "int":
        return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text
    if kind == "number":
        try:
            number = Decimal(text) if len(text) <= 40 else None
        except InvalidOperation:
            return text
        return number if number is not None and number.is_finite() and abs(number.adjusted()) < 400 else text
    return text


FORMAT: Final = Format(
    "cyclonedx-xml", "CycloneDX bill of materials, XML", VERSIONS, SOURCE, _fits, _read, FIELDS, YIELDS
)
