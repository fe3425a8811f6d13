"""The log among threads and forks: all share flushes, none waits for ever."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from assay.evidence import log as log_module
from assay.evidence import proof
from assay.evidence.checkpoint import open_checkpoint
from assay.evidence.errors import LogError
from assay.evidence.fsck import fsck
from assay.evidence.log import TiledLog
from assay.evidence.reader import LogReader

ORIGIN = "log.example/one"
SOURCE = Path(log_module.__file__).resolve().parents[2]
ENOUGH = 120
"""Seconds after which something counts as hanging, on a slow machine too."""


def test_threads_share_flushes_and_get_their_own_index(folder, signer, keys):
    found = {}
    with TiledLog(folder, ORIGIN, signer) as log:

        def write(name):
            for number in range(20):
                entry = f"{name}-{number}".encode()
                found[entry] = log.append(entry).index

        threads = [threading.Thread(target=write, args=(name,)) for name in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    entries = LogReader(folder).entries(0, 320)
    assert {entry: at for at, entry in enumerate(entries)} == found
    assert fsck(folder, ORIGIN, keys) == fsck(folder, ORIGIN, keys)
    assert fsck(folder, ORIGIN, keys).clean


def test_an_entry_is_public_soon_after_a_burst(folder, signer, keys):
    with TiledLog(folder, ORIGIN, signer) as log:
        for number in range(5):
            log.append(str(number).encode())
        for _ in range(200):
            if open_checkpoint(log.reader.checkpoint(), ORIGIN, keys)[0].size == 5:
                break
            time.sleep(0.02)
        assert fsck(folder, ORIGIN, keys).leftovers == ()
        receipt = log.receipt(2)
        assert proof.verify_proof(receipt, b"2", ORIGIN, keys).index == 2


def test_a_log_closed_while_its_publisher_publishes_closes(folder, signer, keys, monkeypatch):
    log = TiledLog(folder, ORIGIN, signer)
    closing = threading.Thread(target=log.close, daemon=True)
    catch_up = log._catch_up

    def catch_up_while_closing():
        if threading.current_thread().name == "log publisher" and closing.ident is None:
            closing.start()
            # Long enough for the close to come to its first wait before the publisher takes back what it owes.
            time.sleep(0.05)
        catch_up()

    monkeypatch.setattr(log, "_catch_up", catch_up_while_closing)
    # As if something had just been published, so that the entry is left to the publisher.
    log._published = time.monotonic() + 60
    log.append_many([b"first", b"second"])
    while closing.ident is None:
        time.sleep(0.01)
    closing.join(ENOUGH)
    assert not closing.is_alive()
    assert fsck(folder, ORIGIN, keys).size == 2


@pytest.mark.parametrize("turn", range(4))
def test_threads_that_append_prove_publish_and_close_at_once_all_come_to_an_end(folder, signer, keys, turn):
    chance = random.Random(turn)
    log = TiledLog(folder, ORIGIN, signer)
    kept, wrong = {}, []

    def work(name, acts):
        for number, act in enumerate(acts):
            entries = [f"{name}.{number}.{at}".encode() for at in range(act)] + [b"shared"]
            try:
                kept.update(zip(entries, (found.index for found in log.append_many(entries)), strict=True))
                log.publish() if act == 2 else None
                log.receipt(kept[entries[0]]) if act == 3 else None
            except LogError as error:
                wrong.extend([] if error.code == "E0362" else [error])
                return
            except BaseException as error:
                wrong.append(error)
                return

    def close_soon(delay):
        time.sleep(delay)
        log.close()

    threads = [
        threading.Thread(target=work, args=(name, [chance.randrange(5) for _ in range(40)]), daemon=True)
        for name in range(12)
    ]
    threads += [threading.Thread(target=close_soon, args=(chance.uniform(0, 0.2),), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENOUGH)
    assert not [thread for thread in threads if thread.is_alive()]
    assert not wrong
    report = fsck(folder, ORIGIN, keys)
    assert report.clean
    entries = LogReader(folder).entries(0, report.size)
    assert all(entries[index] == entry for entry, index in kept.items())
    assert len(set(entries)) == len(entries)


FORK = """
import os, sys
from pathlib import Path
from assay.evidence.errors import LogError
from assay.evidence.log import TiledLog
from assay.evidence.signers import generate_key
with TiledLog(Path(sys.argv[1]), "log.example/one", generate_key()) as log:
    log.append(b"of the parent")
    child = os.fork()
    if not child:
        try:
            log.append(b"of the child")
        except LogError as error:
            log.close()
            os._exit(error.code == "E0362")
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert log.append(b"after").index == 1
"""


def test_a_forked_child_is_refused_and_leaves_the_parents_log_alone(folder):
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-W", "ignore", "-c", FORK, str(folder)]
    assert subprocess.run(command, env=environment, timeout=ENOUGH, check=False).returncode == 0
