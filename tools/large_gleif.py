"""Cuts wanted records out of made-up GLEIF copies of a gigabyte and more: CPU time, peak memory, what was found.

    python tools/large_gleif.py [--gigabytes 1.1] [--no-write]

The copies lie in a temporary folder and are fictional. Each cut runs in a process of its own. Writes its section of
docs/reliability.md; exit 1 if a cut misses a planted record, takes another, or needs more than 200 MiB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from assay.readers.table import read
from assay.workflow.keeping.cutting import cut_file
from reliability_page import circumstances, write_section

MOST_MEGABYTES = 200
PLANTED = (7, 100_003, 250_000)
"""Records that are asked for; the last planted one by its name."""


def lei(number: int) -> str:
    return f"FICT{number:014}{number % 97:02}"


def entity(number: int) -> str:
    """One record of level 1 with what a golden copy says of an entity, in its usual length."""
    address = "".join(
        f"<lei:{part} xml:lang=\"en\"><lei:FirstAddressLine>{number} Fictional Street</lei:FirstAddressLine>"
        f"<lei:AdditionalAddressLine>c/o Example &amp; Example</lei:AdditionalAddressLine>"
        f"<lei:City>Example City</lei:City>"
        f"<lei:Region>XN-1</lei:Region><lei:Country>XN</lei:Country><lei:PostalCode>{number:06}</lei:PostalCode></lei:{part}>"
        for part in ("LegalAddress", "HeadquartersAddress")
    )  # fmt: skip
    return (
        f"<lei:LEIRecord><lei:LEI>{lei(number)}</lei:LEI><lei:Entity><lei:LegalName xml:lang=\"en\">"
        f"Fictional Company {number} Holding &amp; Trading Limited</lei:LegalName><lei:OtherEntityNames>"
        f"<lei:OtherEntityName type=\"TRADING_OR_OPERATING_NAME\">Fictional {number}</lei:OtherEntityName>"
        f"</lei:OtherEntityNames>{address}<lei:RegistrationAuthority><lei:RegistrationAuthorityID>RA000000"
        f"</lei:RegistrationAuthorityID><lei:RegistrationAuthorityEntityID>{number}</lei:RegistrationAuthorityEntityID>"
        f"</lei:RegistrationAuthority><lei:LegalJurisdiction>XN</lei:LegalJurisdiction><lei:EntityCategory>GENERAL"
        f"</lei:EntityCategory><lei:LegalForm><lei:EntityLegalFormCode>9999</lei:EntityLegalFormCode></lei:LegalForm>"
        f"<lei:EntityStatus>ACTIVE</lei:EntityStatus><lei:EntityCreationDate>2000-01-01T00:00:00Z</lei:EntityCreationDate>"
        f"</lei:Entity><lei:Registration><lei:InitialRegistrationDate>2012-11-29T16:33:00Z</lei:InitialRegistrationDate>"
        f"<lei:LastUpdateDate>2025-05-14T00:00:00Z</lei:LastUpdateDate><lei:RegistrationStatus>ISSUED"
        f"</lei:RegistrationStatus><lei:NextRenewalDate>2026-05-14T00:00:00Z</lei:NextRenewalDate><lei:ManagingLOU>"
        f"{lei(0)}</lei:ManagingLOU><lei:ValidationSources>FULLY_CORROBORATED</lei:ValidationSources></lei:Registration>"
        f"</lei:LEIRecord>\n"
    )  # fmt: skip


def edge(number: int) -> str:
    return (
        "<rr:RelationshipRecord><rr:Relationship>"
        f"<rr:StartNode><rr:NodeID>{lei(number)}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:StartNode>"
        f"<rr:EndNode><rr:NodeID>{lei(number + 1)}</rr:NodeID><rr:NodeIDType>LEI</rr:NodeIDType></rr:EndNode>"
        "<rr:RelationshipType>IS_DIRECTLY_CONSOLIDATED_BY</rr:RelationshipType><rr:RelationshipPeriods>"
        "<rr:RelationshipPeriod><rr:StartDate>2020-01-01T00:00:00Z</rr:StartDate><rr:PeriodType>RELATIONSHIP_PERIOD"
        "</rr:PeriodType></rr:RelationshipPeriod></rr:RelationshipPeriods><rr:RelationshipStatus>ACTIVE"
        "</rr:RelationshipStatus></rr:Relationship><rr:Registration><rr:RegistrationStatus>PUBLISHED"
        "</rr:RegistrationStatus></rr:Registration></rr:RelationshipRecord>\n"
    )


def row(number: int) -> str:
    empty = ',""' * 300
    name = f"Fictional Company {number}, Holding & Trading Limited"
    return f'"{lei(number)}","{name}","en","XN","GENERAL","ACTIVE","ISSUED"{empty}\n'


COLUMNS = ("LEI", "Entity.LegalName", "Entity.LegalName.xmllang", "Entity.LegalAddress.Country",
           "Entity.EntityCategory", "Entity.EntityStatus", "Registration.RegistrationStatus",
           *(f"Entity.Other.{n}" for n in range(300)))  # fmt: skip
HEADS = {
    "level 1, XML": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<lei:LEIData xmlns:lei="http://www.gleif.org/data/schema/leidata/2016">'
        "<lei:LEIHeader><lei:ContentDate>2026-02-23T00:00:00Z</lei:ContentDate></lei:LEIHeader><lei:LEIRecords>\n",
        entity, "</lei:LEIRecords></lei:LEIData>\n",
    ),
    "level 2, XML": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rr:RelationshipData xmlns:rr="http://www.gleif.org/data/schema/rr/2016">'
        "<rr:Header><rr:ContentDate>2026-02-23T00:00:00Z</rr:ContentDate></rr:Header><rr:RelationshipRecords>\n",
        edge, "</rr:RelationshipRecords></rr:RelationshipData>\n",
    ),
    "level 1, CSV": (",".join(f'"{name}"' for name in COLUMNS) + "\n", row, ""),
}  # fmt: skip


def make(path: Path, kind: str, size: int) -> int:
    """A copy of at least `size` bytes; gives its number of records."""
    head, record, tail = HEADS[kind]
    number, written = 0, 0
    with path.open("w", encoding="utf-8") as file:
        written += file.write(head)
        while written < size:
            written += file.write("".join(map(record, range(number, number + 1_000))))
            number += 1_000
        file.write(tail)
    return number


def one(path: Path, words: list[str]) -> None:
    """In a process of its own: cut, read the cut, print what came out."""
    begun = time.process_time()
    out = path.with_name("cut" + path.suffix)
    whole = cut_file(path, words, out)
    spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found = read(out.read_bytes())
    named = sorted({claim.about.identifiers[0][1] for claim in found.claims if claim.about})
    print(json.dumps([whole["bytes"], whole["records"], whole["taken"], named, spent, peak]))


def asked_for(kind: str) -> Iterator[tuple[str, list[str], set[str]]]:
    """What is asked of a copy, and the numbers of the records that have to come out."""
    numbers = [lei(number) for number in PLANTED]
    if kind.startswith("level 2"):
        yield "three numbers", numbers, {lei(n + d) for n in PLANTED for d in (0, -1)}
        return
    yield "three numbers", numbers, set(numbers)
    name = f"FICTIONAL COMPANY {PLANTED[-1]} Holding and Trading Ltd."
    yield "two numbers, one name", [*numbers[:2], name], set(numbers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.1)
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    if asked.one:
        one(Path(asked.one[0]), asked.one[1:])
        return 0
    rows, good = [], True
    for kind in HEADS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"copy.{kind[-3:].lower()}"
            make(path, kind, int(asked.gigabytes * 1e9))
            for what, words, wanted in asked_for(kind):
                done = subprocess.run(
                    [sys.executable, __file__, "--one", str(path), *words], capture_output=True, check=True
                )
                size, records, taken, named, spent, peak = json.loads(done.stdout)
                fine = set(named) == wanted and peak <= MOST_MEGABYTES
                good &= fine
                rows.append(
                    f"| {kind} | {size / 1e9:.2f} GB, {records:,} records | {what} | {taken} | {spent:.1f} s, "
                    f"{size / spent / 1e6:,.0f} MB/s | {peak} MiB | {'good' if fine else '**missed**'} |"
                )
                print(rows[-1], flush=True)
    text = f"""## Cuts out of large GLEIF copies

{circumstances(f"python tools/large_gleif.py --gigabytes {asked.gigabytes}")}
`assay read COPY --only LEI|NAME --out CUT` takes the wanted records byte for byte out of a copy that no reader takes
whole; the cut is read as usual. Copies are made up; wanted: exactly the planted records, at most {MOST_MEGABYTES} MiB.

| copy | size | asked for | records taken | CPU | peak memory | |
|---|---|---|---|---|---|---|
"""
    if not asked.no_write:
        write_section("gleif", text + "\n".join(rows) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
