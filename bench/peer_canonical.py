"""rfc8785 in the bench's own environment: `time FILE.json` or `same COUNT`. Prints one JSON line."""

import json
import sys
import time
from hashlib import sha256
from pathlib import Path

import rfc8785

from documents import CHUNK, documents


def main() -> None:
    what, argument = sys.argv[1:]
    if what == "time":
        rows = json.loads(Path(argument).read_text(encoding="utf-8"))
        begun = time.process_time()
        for _ in range(5):
            for row in rows:
                rfc8785.dumps(row)
        print(json.dumps({"seconds": (time.process_time() - begun) / 5}))
        return
    digests = []
    for chunk in range(int(argument) // CHUNK):
        digests.append(sha256(b"".join(map(rfc8785.dumps, documents(chunk)))).hexdigest())
    print(json.dumps({"digests": digests}))


if __name__ == "__main__":
    main()
