"""The table of evidence formats: bytes in, extract out, told by their content or by a type that the caller names."""

from __future__ import annotations

from typing import Final

from assay.readers import (
    answers,
    certificate,
    csaf,
    csl,
    cyclonedx,
    cyclonedx_xml,
    epss,
    eu_sanctions,
    gleif,
    inspection,
    intoto,
    junit,
    kev,
    ofac,
    openvex,
    origin,
    osv,
    sarif,
    spdx2,
    spdx3,
    uk_sanctions,
    x509,
)
from assay.readers.document import LARGEST, open_document
from assay.readers.extract import Extract
from assay.readers.format import Format
from assay.readers.refusal import refusal

__all__ = ["FORMATS", "read"]

FORMATS: Final[tuple[Format, ...]] = (
    certificate.FORMAT,
    answers.FORMAT,
    inspection.FORMAT,
    origin.FORMAT,
    cyclonedx.FORMAT,
    cyclonedx_xml.FORMAT,
    spdx2.FORMAT,
    spdx3.FORMAT,
    openvex.FORMAT,
    csaf.FORMAT,
    intoto.FORMAT,
    sarif.FORMAT,
    kev.FORMAT,
    osv.FORMAT,
    junit.FORMAT,
    epss.FORMAT,
    ofac.FORMAT,
    csl.FORMAT,
    eu_sanctions.FORMAT,
    uk_sanctions.FORMAT,
    gleif.LEVEL_1,
    gleif.LEVEL_2,
    x509.FORMAT,
)
"""One line a format; the first that fits reads."""


def read(data: bytes, wanted: str = "", largest: int = LARGEST) -> Extract:
    """Read evidence of any known format.

    `wanted` is a format's id from FORMATS; left empty, the format is told by the content. `largest` bounds the
    bytes. Raises InputError: E0800 no format fits, E0813 the type is not known or the content is of another one,
    E0801 to E0810 as the readers say. Nothing else comes out, whatever the bytes.
    """
    known = {entry.id: entry for entry in FORMATS}
    if wanted and wanted not in known:
        raise refusal("E0813", f"no format is called {wanted[:60]!r}", "--type", "one of " + ", ".join(sorted(known)))
    document = open_document(data, largest)
    found = next((entry for entry in FORMATS if entry.fits(document)), None)
    if wanted and found is not known[wanted]:
        is_rather = f"it looks like {found.id}" if found else "it looks like no format known here"
        raise refusal(
            "E0813", f"the file is no {known[wanted].title}: {is_rather}", "--type", remedy="leave --type out"
        )
    if found is None:
        raise refusal(
            "E0800", "no evidence format fits", expected="one of " + ", ".join(known), remedy="see docs/readers.md"
        )
    return found.read(document)
