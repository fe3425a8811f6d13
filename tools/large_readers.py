"""Reads what is made to harm and what is merely large, each in a process of its own: CPU time, peak memory, outcome.

    python tools/large_readers.py [--no-write]

Writes its section of docs/reliability.md. Exit 1 if something harmful was read, or took more than 5 CPU seconds or
500 MiB.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from assay.errors import InputError
from assay.readers.document import LARGEST
from assay.readers.table import read
from assay.workflow.ground.sheet import read_sheet
from assay.workflow.keeping.read import Wanted, read_file
from reliability_page import circumstances, write_section

FULL = LARGEST - 1_000
MOST_SECONDS, MOST_MEGABYTES = 5.0, 500


def bomb() -> bytes:
    names = [f"e{n}" for n in range(10)]
    entities = ['<!ENTITY e0 "0123456789">']
    entities += [f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names)]
    return f"<!DOCTYPE x [{''.join(entities)}]><x>&e9;</x>".encode()


def workbook(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def gigabyte() -> object:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        os.truncate(file.fileno(), 2**30)
        return read_file(Path(file.name), Wanted())


def parts(number: int) -> bytes:
    one = {"type": "library", "version": "1.0", "licenses": [{"license": {"id": "Apache-2.0"}}]}
    named = [
        {**one, "bom-ref": f"r{n}", "name": f"part {n}", "purl": f"pkg:generic/part-{n}@1.0"} for n in range(number)
    ]
    main = {"component": {"type": "application", "name": "Northern Core", "version": "7.2"}}
    body = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": main, "components": named}
    return json.dumps(body).encode()


def scores(number: int) -> bytes:
    head = "#model_version:v2099.01.01,score_date:2026-02-15T00:00:00+0000\ncve,epss,percentile\n"
    return (head + "".join(f"CVE-2099-{n + 10_000},0.00043,0.11020\n" for n in range(number))).encode()


def entities(number: int) -> bytes:
    one = (
        "<sdnEntry><uid>{n}</uid><lastName>FICTION {n} LLC</lastName><sdnType>Entity</sdnType><programList>"
        "<program>F</program></programList><akaList><aka><lastName>F{n}</lastName></aka></akaList></sdnEntry>"
    )
    head = f"<Publish_Date>02/20/2026</Publish_Date><Record_Count>{number}</Record_Count>"
    body = "".join(one.replace("{n}", str(n)) for n in range(number))
    space = "http://tempuri.org/sdnList.xsd"
    return f'<sdnList xmlns="{space}"><publshInformation>{head}</publshInformation>{body}</sdnList>'.encode()


HARMFUL: dict[str, Callable[[], object]] = {
    "XML entity bomb": lambda: read(bomb()),
    "XML with an external entity": lambda: read(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///dev/zero">]><x>&e;</x>'),
    "JSON, 64 MiB of open brackets": lambda: read(b"[" * FULL),
    "JSON, 64 MiB of empty lists": lambda: read(b"[" + b"[]," * (FULL // 3) + b"[]]"),
    "JSON, 100,000 levels": lambda: read(b"[" * 100_000 + b"]" * 100_000),
    "JSON, one number of 60 million digits": lambda: read(b'{"bomFormat":' + b"9" * 60_000_000 + b"}"),
    "XML, 64 MiB of open elements": lambda: read(b"<a>" * (FULL // 3)),
    "XML, 1,000,000 levels": lambda: read(b"<a>" * 1_000_000 + b"</a>" * 1_000_000),
    "CSV, 64 MiB of separators": lambda: read(b"#model_version:v2099.01.01,score_date:2026-02-15\n" + b"," * FULL),
    "one file of 1 GiB": gigabyte,
    "workbook that unpacks to 300 MB": lambda: read_sheet(
        workbook(**{"xl/workbook.xml": b"0" * 300_000_000}), "x.xlsx"
    ),
    "workbook with a member ../../x": lambda: read_sheet(workbook(**{"../../x": b"x"}), "x.xlsx"),
}
LARGE: dict[str, Callable[[], object]] = {
    "CycloneDX of 50,000 parts": lambda: read(parts(50_000)),
    "EPSS table of 300,000 rows": lambda: read(scores(300_000)),
    "OFAC list of 20,000 entities": lambda: read(entities(20_000)),
}


def one(name: str) -> None:
    """In a process of its own: run one case and print outcome, CPU seconds and growth in MiB."""
    run = {**HARMFUL, **LARGE}[name]
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        outcome = f"read, {len(run().claims):,} claims"
    except InputError as error:
        outcome = error.code
    spent, most = time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([outcome, spent, (most - before) // 1024]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--no-write", action="store_true", help="print only")
    asked = parser.parse_args()
    if asked.one:
        one(asked.one)
        return 0
    rows, good = [], True
    for name in (*HARMFUL, *LARGE):
        done = subprocess.run([sys.executable, __file__, "--one", name], capture_output=True, check=True)
        outcome, spent, grown = json.loads(done.stdout)
        fine = name in LARGE or (outcome.startswith("E0") and spent <= MOST_SECONDS and grown <= MOST_MEGABYTES)
        good &= fine
        rows.append(f"| {name} | {outcome} | {spent:.1f} s | {grown:,} MiB | {'good' if fine else '**missed**'} |")
        print(rows[-1], flush=True)
    text = f"""## Harmful and large files

{circumstances("python tools/large_readers.py")}
Harmful files are refused within {MOST_SECONDS:.0f} CPU seconds and {MOST_MEGABYTES} MiB; large ones are read. Each in a
process of its own; making the file counts too.

| file | outcome | CPU | memory | |
|---|---|---|---|---|
"""
    if not asked.no_write:
        write_section("readers-size", text + "\n".join(rows) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
