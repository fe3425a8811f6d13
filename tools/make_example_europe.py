"""Writes examples/europe/estate.csv: real positions, everything else drawn from a seed.

Reads the open site data named in examples/europe/README.md from a folder (default: ../shared/estate) when it is there:
`pl_uke_sites_2024-09-25.csv`, `uk_cdcam_final_processed_sites.csv`, `uk_cdcam__processed_postcode_sectors.csv`.
Station numbers and operators of the registers are dropped: nothing synthetic may hang on a real station or company.
Same input, same seed, same bytes.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

SEED = 20220213
COLUMNS = (
    "element", "operator", "jurisdiction", "site", "lon", "lat", "part", "function", "supplier", "generation", "layer",
    "site_class", "installed", "contract_end", "traffic", "population",
)  # fmt: skip
OTHERS = ("supplier-south", "supplier-west", "supplier-east")
CENTRES = 40
"""Regions per operator: each has one radio supplier, as real networks are built."""


@dataclass(frozen=True)
class Operator:
    """A fictional operator: how many radio sites, and how many of 1,000 are Supplier North's."""

    name: str
    country: str
    sites: int
    north: int


OPERATORS = (
    Operator("Operator Alpha (fictional)", "GB", 900, 410), Operator("Operator Beta (fictional)", "GB", 700, 240),
    Operator("Operator Gamma (fictional)", "GB", 400, 400), Operator("Operator Delta (fictional)", "PL", 1000, 330),
    Operator("Operator Epsilon (fictional)", "PL", 800, 500),
)  # fmt: skip
CORE = ("AMF", "SMF", "UPF", "UPF", "UDM", "AUSF", "NRF", "PCF", "NSSF", "SEPP")


@dataclass(frozen=True)
class Place:
    """A position in hundredths of a degree (about a kilometre), with the people around it where a source says so."""

    lon: int
    lat: int
    people: int | None


def national_grid(east: float, north: float) -> tuple[float, float]:
    """British national grid (EPSG:27700) to degrees on its own ellipsoid.

    The step to WGS 84 (some 100 m) is left out: positions are rounded to a kilometre anyway.
    Series: Ordnance Survey, A guide to coordinate systems in Great Britain, annexe C.
    """
    a, b, scale = 6377563.396, 6356256.909, 0.9996012717
    lat0, lon0 = math.radians(49), math.radians(-2)
    e2, n = 1 - (b * b) / (a * a), (a - b) / (a + b)
    lat = lat0
    arc = 0.0
    while abs(north + 100000 - arc) > 0.001:
        lat += (north + 100000 - arc) / (a * scale)
        d, s = lat - lat0, lat + lat0
        arc = b * scale * (
            (1 + n + 1.25 * n**2 + 1.25 * n**3) * d - (3 * n + 3 * n**2 + 2.625 * n**3) * math.sin(d) * math.cos(s)
            + (1.875 * n**2 + 1.875 * n**3) * math.sin(2 * d) * math.cos(2 * s)
            - 35 / 24 * n**3 * math.sin(3 * d) * math.cos(3 * s)
        )  # fmt: skip
    sin2 = math.sin(lat) ** 2
    nu = a * scale / math.sqrt(1 - e2 * sin2)
    rho = a * scale * (1 - e2) / (1 - e2 * sin2) ** 1.5
    tan, x = math.tan(lat), east - 400000
    out_lat = lat - tan / (2 * rho * nu) * x**2
    out_lon = lon0 + x / (nu * math.cos(lat)) - x**3 / (6 * nu**3 * math.cos(lat)) * (nu / rho + 2 * tan**2)
    return math.degrees(out_lon), math.degrees(out_lat)


def british(folder: Path) -> list[Place]:
    people: dict[str, int] = {}
    with (folder / "uk_cdcam__processed_postcode_sectors.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people[row["id"]] = round(float(row["population"] or 0))
    with (folder / "uk_cdcam_final_processed_sites.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    here: dict[str, int] = {}
    for row in rows:
        here[row["id"]] = here.get(row["id"], 0) + 1
    out = []
    for row in rows:
        lon, lat = national_grid(float(row["easting"]), float(row["northing"]))
        out.append(Place(round(lon * 100), round(lat * 100), people.get(row["id"], 0) // here[row["id"]]))
    return out


def polish(folder: Path) -> list[Place]:
    with (folder / "pl_uke_sites_2024-09-25.csv").open(encoding="utf-8", newline="") as file:
        found = [(round(float(r["lon"]) * 100), round(float(r["lat"]) * 100)) for r in csv.DictReader(file)]
    inside = [(lon, lat) for lon, lat in found if 1400 <= lon <= 2420 and 4900 <= lat <= 5490]
    return [Place(lon, lat, None) for lon, lat in inside]


def suppliers_by_region(draw: random.Random, operator: Operator, places: list[Place]) -> list[str]:
    """Each site takes the supplier of its nearest centre; regions go to Supplier North until its share is reached."""
    centres = draw.sample(places, CENTRES)
    region = [min(range(CENTRES), key=lambda i, p=p: distance(p, centres[i])) for p in places]  # type: ignore[misc]
    order = list(range(CENTRES))
    draw.shuffle(order)
    chosen: dict[int, str] = {}
    held = 0
    for number in order:
        if held * 1000 < operator.north * len(places):
            chosen[number] = "supplier-north"
            held += region.count(number)
        else:
            chosen[number] = draw.choices(OTHERS, (45, 40, 15))[0]
    return [chosen[number] for number in region]


def distance(one: Place, other: Place) -> int:
    return ((one.lon - other.lon) * 6 // 10) ** 2 + (one.lat - other.lat) ** 2


def day(draw: random.Random, first: date, last: date) -> str:
    return (first + timedelta(days=draw.randrange((last - first).days))).isoformat()


def radio(draw: random.Random, operator: Operator, places: list[Place]) -> Iterator[dict[str, object]]:
    named = suppliers_by_region(draw, operator, places)
    for number, (place, supplier) in enumerate(zip(places, named, strict=True), 1):
        site = f"{operator.country}-{operator.name.split()[1]}-{number:04}"
        weight = (place.people if place.people is not None else draw.randrange(300, 9000)) + 50
        yield {
            "element": f"{site}-gNB", "operator": operator.name, "jurisdiction": operator.country, "site": site,
            **position(place), "part": "ran", "function": "gNB", "supplier": supplier, "generation": "5G",
            "layer": "mobile-network", "site_class": "sensitive" if draw.randrange(100) == 0 else "ordinary",
            "installed": day(draw, date(2020, 6, 1), date(2025, 6, 1)),
            "contract_end": day(draw, date(2027, 1, 1), date(2030, 12, 31)),
            "traffic": weight * draw.randrange(60, 141) // 100, "population": place.people,
        }  # fmt: skip


def inner(draw: random.Random, operator: Operator, places: list[Place]) -> Iterator[dict[str, object]]:
    """Core, transport and management at some of the operator's places."""
    short = f"{operator.country}-{operator.name.split()[1]}"
    wanted = [("core", f, "mobile-network") for f in CORE * 2]
    wanted += [("transport", "router", layer) for layer in ("DWDM", "microwave") for _ in range(15)]
    wanted += [("management", f, "mobile-network") for f in ("OSS", "EMS", "MANO")]
    for number, (part, function, layer) in enumerate(wanted, 1):
        place = draw.choice(places)
        north = draw.randrange(1000) < operator.north // 2
        yield {
            "element": f"{short}-{part}-{number:03}", "operator": operator.name, "jurisdiction": operator.country,
            "site": f"{short}-inner-{number:03}", **position(place), "part": part, "function": function,
            "supplier": "supplier-north" if north else draw.choice(OTHERS), "generation": "5G",
            "layer": layer, "site_class": "ordinary", "installed": day(draw, date(2019, 1, 1), date(2025, 6, 1)),
            "contract_end": day(draw, date(2027, 1, 1), date(2030, 12, 31)), "traffic": "", "population": "",
        }  # fmt: skip


def position(place: Place) -> dict[str, object]:
    def hundredths(value: int) -> str:
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"

    return {"lon": hundredths(place.lon), "lat": hundredths(place.lat)}


def main(folder: Path, out: Path) -> int:
    if not (folder / "pl_uke_sites_2024-09-25.csv").is_file():
        print(f"no open site data in {folder}: {out} is left as it is", file=sys.stderr)
        return 1
    draw = random.Random(SEED)
    there = {"GB": british(folder), "PL": polish(folder)}
    rows: list[dict[str, object]] = []
    for operator in OPERATORS:
        places = draw.sample(there[operator.country], operator.sites)
        rows += radio(draw, operator, places)
        rows += inner(draw, operator, places)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} rows in {out}")
    return 0


if __name__ == "__main__":
    here = Path(__file__).parent.parent
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "shared" / "estate",
                  here / "examples" / "europe" / "estate.csv"))  # fmt: skip
