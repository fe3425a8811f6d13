"""A writer in a process of its own, for tests that kill it: appends entries, prints each index once acknowledged.

Arguments: log folder, origin, seed of the key in hex, prefix of the entries, how many.
"""

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assay.evidence.log import TiledLog
from assay.evidence.signers import KeySigner


def main():
    folder, origin, seed, prefix, count = sys.argv[1:]
    signer = KeySigner.of(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)))
    print("ready", flush=True)
    with TiledLog(Path(folder), origin, signer) as log:
        for number in range(int(count)):
            entry = f"{prefix}-{number}"
            print(log.append(entry.encode()).index, entry, flush=True)


if __name__ == "__main__":
    main()
