"""pymerkle in the bench's own environment: FOLDER SINGLE BATCH. Prints rates as one JSON line."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pymerkle import SqliteTree


def rate(count: int, work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"cpu": count / (time.process_time() - cpu), "wall": count / (time.perf_counter() - wall)}


def main() -> None:
    place, single, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory(dir=place) as folder:
        one, many = (SqliteTree(str(Path(folder) / name)) for name in ("one", "many"))

        def append() -> None:
            for number in range(single):
                one.append_entry(b"s%031d" % number)

        found = {"single": rate(single, append)}
        found["bulk"] = rate(batch, lambda: many.append_entries([b"b%031d" % number for number in range(batch)]))
        one.close()
        many.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
