"""Writes the estates of examples/germany-2024, examples/united-kingdom-2020 and examples/small-network.

Germany: no register is open, so sites are scattered round the German cities of Natural Earth (in the folder of open
site data: ne_50m_populated_places_simple.json) in proportion to their people, a third of them over the country at
large. United Kingdom: the British rows of examples/europe/estate.csv as they might have stood in July 2020. Small
network: every sixth radio site and the inner parts of one of them, as they stand in examples/europe. Operators
and suppliers are fictional. Same input, same seed, same bytes.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from make_example_europe import CORE, Operator, Place, day, position, suppliers_by_region

SEED = 20240711
ROWS = (
    "element", "operator", "jurisdiction", "site", "lon", "lat", "part", "function", "supplier", "generation", "layer",
    "site_class", "installed", "support_end", "traffic", "population",
)  # fmt: skip
GERMAN = (
    Operator("Operator Zeta (fictional)", "DE", 900, 600), Operator("Operator Eta (fictional)", "DE", 800, 450),
    Operator("Operator Theta (fictional)", "DE", 700, 300),
)  # fmt: skip
WEST, EAST, SOUTH, NORTH = 650, 1450, 4780, 5440
"""A rectangle inside Germany, in hundredths of a degree."""


def german_places(folder: Path, draw: random.Random, count: int) -> list[Place]:
    """Two thirds round the cities by their people, a third anywhere in the rectangle."""
    features = json.loads((folder / "ne_50m_populated_places_simple.json").read_text(encoding="utf-8"))["features"]
    cities = [(f["geometry"]["coordinates"], f["properties"]["pop_max"]) for f in features
              if f["properties"]["adm0_a3"] == "DEU"]  # fmt: skip
    out = []
    for number in range(count):
        if number % 3 == 2:
            spot = (draw.randrange(WEST, EAST), draw.randrange(SOUTH, NORTH))
        else:
            (lon, lat), _ = draw.choices(cities, [people for _, people in cities])[0]
            spot = (round(lon * 100 + draw.gauss(0, 30)), round(lat * 100 + draw.gauss(0, 20)))
        out.append(Place(min(max(spot[0], WEST), EAST), min(max(spot[1], SOUTH), NORTH), draw.randrange(300, 9000)))
    return out


def support_end(draw: random.Random, installed: str) -> str:
    return f"{int(installed[:4]) + draw.randrange(7, 11)}-12-31"


def radio(
    draw: random.Random, operator: Operator, places: Sequence[Place], first: date, last: date
) -> Iterator[dict[str, object]]:
    named = suppliers_by_region(draw, operator, list(places))
    for number, (place, supplier) in enumerate(zip(places, named, strict=True), 1):
        site = f"{operator.country}-{operator.name.split()[1]}-{number:04}"
        installed, people = day(draw, first, last), place.people or 0
        yield {
            "element": f"{site}-gNB", "operator": operator.name, "jurisdiction": operator.country, "site": site,
            **position(place), "part": "ran", "function": "gNB", "supplier": supplier, "generation": "5G",
            "layer": "mobile-network", "site_class": "ordinary", "installed": installed,
            "support_end": support_end(draw, installed), "traffic": people * draw.randrange(60, 141) // 100,
            "population": people,
        }  # fmt: skip


def inner(draw: random.Random, operator: Operator, places: Sequence[Place], radio_suppliers: Sequence[str],
          first: date, last: date) -> Iterator[dict[str, object]]:  # fmt: skip
    """A core of twenty functions, orchestration, and an element manager of each radio supplier."""
    short = f"{operator.country}-{operator.name.split()[1]}"
    wanted = [("core", f, "supplier-north" if n < 8 else "supplier-south") for n, f in enumerate(CORE * 2)]
    wanted += [("management", "EMS", supplier) for supplier in radio_suppliers]
    wanted += [("management", f, "supplier-south") for f in ("OSS", "MANO")]
    for number, (part, function, supplier) in enumerate(wanted, 1):
        installed = day(draw, first, last)
        yield {
            "element": f"{short}-{part}-{number:03}", "operator": operator.name, "jurisdiction": operator.country,
            "site": f"{short}-inner-{number:03}", **position(draw.choice(list(places))), "part": part,
            "function": function, "supplier": supplier, "generation": "5G", "layer": "mobile-network",
            "site_class": "ordinary", "installed": installed, "support_end": support_end(draw, installed),
            "traffic": "", "population": "",
        }  # fmt: skip


def network(
    draw: random.Random, operator: Operator, places: Sequence[Place], first: date, last: date
) -> list[dict[str, object]]:
    sites = list(radio(draw, operator, places, first, last))
    suppliers = sorted({str(row["supplier"]) for row in sites})
    return [*sites, *inner(draw, operator, places, suppliers, first, last)]


def germany(folder: Path, out: Path) -> None:
    draw = random.Random(SEED)
    rows = []
    for operator in GERMAN:
        places = german_places(folder, draw, operator.sites)
        rows += network(draw, operator, places, date(2019, 6, 1), date(2024, 6, 1))
    write(out / "estate.csv", ROWS, rows)


def kingdom(europe: Path, out: Path) -> None:
    """Two of the British networks of examples/europe, and sites of Operator Beta that are still to be built."""
    draw = random.Random(SEED + 1)
    with europe.open(encoding="utf-8", newline="") as file:
        british = [r for r in csv.DictReader(file) if r["jurisdiction"] == "GB" and r["part"] == "ran"]
    rows: list[dict[str, object]] = []
    for name, north in (("Operator Alpha (fictional)", 410), ("Operator Beta (fictional)", 240)):
        here = [r for r in british if r["operator"] == name]
        places = [Place(round(float(r["lon"]) * 100), round(float(r["lat"]) * 100), int(r["population"])) for r in here]
        operator = Operator(name, "GB", len(places), north)
        rows += network(draw, operator, places, date(2017, 1, 1), date(2020, 6, 30))
    write(out / "estate.csv", ROWS, rows)
    later = [r for r in british if r["operator"] == "Operator Gamma (fictional)"][:90]
    planned = [
        {
            "element": f"GB-Beta-new-{n:03}", "operator": "Operator Beta (fictional)", "jurisdiction": "GB",
            "site": f"GB-Beta-new-{n:03}", "lon": r["lon"], "lat": r["lat"], "part": "ran", "function": "gNB",
            "generation": "5G", "layer": "mobile-network", "site_class": "ordinary", "population": r["population"],
            "traffic": r["traffic"],
        }
        for n, r in enumerate(later, 1)
    ]  # fmt: skip
    columns = tuple(c for c in ROWS if c not in ("supplier", "installed", "support_end"))
    write(out / "planned.csv", columns, planned)


def small(europe: Path, out: Path) -> None:
    """Every sixth radio site of one British network of examples/europe, with all its inner parts."""
    with europe.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["operator"] == "Operator Alpha (fictional)"]
    kept: list[dict[str, object]] = [{**row} for n, row in enumerate(rows) if row["part"] != "ran" or n % 6 == 0]
    write(out / "estate.csv", tuple(rows[0]), kept)


def write(path: Path, columns: Sequence[str], rows: Sequence[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} rows in {path}")


def main(folder: Path, examples: Path) -> int:
    kingdom(examples / "europe" / "estate.csv", examples / "united-kingdom-2020")
    small(examples / "europe" / "estate.csv", examples / "small-network")
    if not (folder / "ne_50m_populated_places_simple.json").is_file():
        print(f"no open data in {folder}: the German estate is left as it is", file=sys.stderr)
        return 1
    germany(folder, examples / "germany-2024")
    return 0


if __name__ == "__main__":
    here = Path(__file__).parent.parent
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "shared" / "estate"
    sys.exit(main(given, here / "examples"))
