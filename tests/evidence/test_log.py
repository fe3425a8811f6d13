"""The log on disk: what is acknowledged stays, whatever dies when."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.evidence import disk, merkle, proof, signers
from assay.evidence import log as log_module
from assay.evidence.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from assay.evidence.errors import LogError
from assay.evidence.fsck import fsck
from assay.evidence.journal import Batch, Journal
from assay.evidence.log import TiledLog
from assay.evidence.reader import LogReader

ORIGIN = "log.example/one"
SOURCE = Path(log_module.__file__).resolve().parents[2]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 700])
def test_a_log_holds_what_was_appended_and_proves_it(folder, signer, keys, size):
    entries = [f"entry {i}".encode() for i in range(size)]
    with TiledLog(folder, ORIGIN, signer) as log:
        log.append_many(entries)
    head = open_checkpoint(LogReader(folder).checkpoint(), ORIGIN, keys)[0]
    assert head == Checkpoint(ORIGIN, size, merkle.root_hash(map(merkle.leaf_hash, entries)))
    assert LogReader(folder).entries(0, size) == entries
    assert fsck(folder, ORIGIN, keys).clean
    if size:
        receipt = LogReader(folder).receipt(size // 2, size, LogReader(folder).checkpoint())
        assert proof.verify_proof(receipt, entries[size // 2], ORIGIN, keys).index == size // 2


def test_one_by_one_and_in_batches_give_the_same_log(tmp_path, signer, keys):
    entries = [f"entry {i}".encode() for i in range(600)]
    with TiledLog(tmp_path / "a", ORIGIN, signer) as one, TiledLog(tmp_path / "b", ORIGIN, signer) as many:
        for entry in entries:
            one.append(entry)
        for at in range(0, 600, 97):
            many.append_many(entries[at : at + 97])
    files = [
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in "ab"
    ]
    shared = files[0].keys() & files[1].keys()
    assert all(files[0][name] == files[1][name] for name in shared)
    assert (tmp_path / "a/checkpoint").read_bytes() == (tmp_path / "b/checkpoint").read_bytes()
    assert fsck(tmp_path / "a", ORIGIN, keys) == fsck(tmp_path / "b", ORIGIN, keys)


def test_every_published_checkpoint_is_consistent_with_the_one_before(folder, signer, keys):
    chance = random.Random(3)
    last = None
    with TiledLog(folder, ORIGIN, signer) as log:
        for step in range(40):
            log.append_many([f"{step}.{i}".encode() for i in range(chance.randrange(1, 60))])
            log.publish()
            head = open_checkpoint(log.reader.checkpoint(), ORIGIN, keys)[0]
            if last is not None:
                path = log.reader.consistency(last.size, head.size)
                merkle.verify_consistency(last.size, head.size, path, last.root, head.root)
            last = head


def test_the_same_entry_twice_is_one_entry(folder, signer):
    with TiledLog(folder, ORIGIN, signer) as log:
        assert [found.index for found in log.append_many([b"a", b"b", b"a"])] == [0, 1, 0]
        assert log.append(b"b").size == 2
    with TiledLog(folder, ORIGIN, signer) as log:
        assert log.append(b"b").index == 1


def test_two_open_logs_see_each_others_entries(folder, signer, keys, monkeypatch):
    monkeypatch.setattr(log_module, "_SETTLE_AT", 2_000)
    with TiledLog(folder, ORIGIN, signer) as one, TiledLog(folder, ORIGIN, signer) as two:
        for number in range(60):
            writer = (one, two)[number % 2]
            assert writer.append(str(number).encode()).index == number
    assert fsck(folder, ORIGIN, keys).clean


def test_another_key_or_origin_is_refused(folder, signer):
    TiledLog(folder, ORIGIN, signer).close()
    with pytest.raises(LogError, match="E0364"):
        TiledLog(folder, ORIGIN, signers.generate_key())
    with pytest.raises(LogError, match="E0364"):
        TiledLog(folder, "log.example/two", signer)


def test_too_large_an_entry_and_a_closed_log_are_refused(folder, signer):
    log = TiledLog(folder, ORIGIN, signer)
    with pytest.raises(LogError, match="E0361"):
        log.append(bytes(65_536))
    log.append(bytes(65_535))
    log.close()
    log.close()
    with pytest.raises(LogError, match="E0362"):
        log.append(b"late")
    with pytest.raises(LogError, match="E0362"):
        log.append_many([b"late"])


def test_an_older_copy_of_the_journal_is_not_appended_to(folder, signer):
    TiledLog(folder, ORIGIN, signer).close()
    old = (folder / ".state/journal").read_bytes()
    with TiledLog(folder, ORIGIN, signer) as log:
        log.append(b"a")
    (folder / ".state/journal").write_bytes(old)
    with pytest.raises(LogError, match="fork"):
        TiledLog(folder, ORIGIN, signer)


def test_a_log_without_its_journal_is_not_started_anew(folder, signer):
    TiledLog(folder, ORIGIN, signer).close()
    (folder / ".state/journal").unlink()
    with pytest.raises(LogError, match="E0360"):
        TiledLog(folder, ORIGIN, signer)


def test_no_log_no_checkpoint(folder):
    with pytest.raises(LogError, match="E0363"):
        LogReader(folder).checkpoint()


def _crashed_copy(folder, target, signer):
    """The folder as it is while the log is open: journal not settled."""
    with TiledLog(folder, ORIGIN, signer) as log:
        for number in range(5):
            log.append(f"entry {number}".encode())
        log.publish()
        shutil.copytree(folder, target)
    return target


@pytest.mark.parametrize("lost", ["tile", "checkpoint", "both"])
def test_unflushed_tiles_and_checkpoint_come_back_from_the_journal(folder, tmp_path, signer, keys, lost):
    copy = _crashed_copy(folder, tmp_path / "copy", signer)
    if lost != "checkpoint":
        shutil.rmtree(copy / "tile")
    if lost != "tile":
        (copy / "checkpoint").write_bytes(b"")
    assert not fsck(copy, ORIGIN, keys).clean
    with TiledLog(copy, ORIGIN, signer) as log:
        assert log.append(b"entry 4").index == 4
    assert fsck(copy, ORIGIN, keys).clean
    assert (copy / "checkpoint").read_bytes() == (folder / "checkpoint").read_bytes()


def test_a_torn_last_batch_is_dropped_at_every_length(folder, tmp_path, signer, keys):
    copy = _crashed_copy(folder, tmp_path / "copy", signer)
    whole = (copy / ".state/journal").read_bytes()
    journal = Journal(copy / ".state/journal")
    journal.read()
    more = sign_checkpoint(Checkpoint(ORIGIN, 6, bytes(32)), signer)
    journal.append(Batch(5, more, b"\0\1x"))
    journal.close()
    longer = (copy / ".state/journal").read_bytes()
    for cut in range(len(whole), len(longer), 7):
        (copy / ".state/journal").write_bytes(longer[:cut])
        TiledLog(copy, ORIGIN, signer)
        assert fsck(copy, ORIGIN, keys).size == 5
    (copy / ".state/journal").write_bytes(whole + bytes(5000))
    with TiledLog(copy, ORIGIN, signer) as log:
        assert log.append(b"next").index == 5
    assert fsck(copy, ORIGIN, keys).clean


def test_every_damaged_byte_of_a_journal_is_noticed(folder, tmp_path, signer, keys):
    copy = _crashed_copy(folder, tmp_path / "copy", signer)
    whole = (copy / ".state/journal").read_bytes()
    for at in range(0, len(whole), 11):
        damaged = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
        (copy / ".state/journal").write_bytes(damaged)
        with pytest.raises(LogError):
            TiledLog(copy, ORIGIN, signer)
        assert not fsck(copy, ORIGIN, keys).clean


def test_fsck_notices_a_flipped_byte_in_every_file(folder, signer, keys):
    with TiledLog(folder, ORIGIN, signer) as log:
        log.append_many([f"entry {i}".encode() for i in range(300)])
        log.publish()
        log.append(b"last")
    assert fsck(folder, ORIGIN, keys).clean
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != "lock"]
    chance = random.Random(5)
    assert len(files) == 9
    for path in files:
        whole = path.read_bytes()
        for at in chance.sample(range(len(whole)), min(20, len(whole))):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
            assert not fsck(folder, ORIGIN, keys).clean, (path, at)
        path.write_bytes(whole)
    assert fsck(folder, ORIGIN, keys).clean


def test_fsck_calls_what_a_crash_left_leftovers(folder, signer, keys):
    with TiledLog(folder, ORIGIN, signer) as log:
        log.append(b"a")
    (folder / "tile/0/000.p/9").write_bytes(bytes(288))
    (folder / ".tmp-1-aa").write_bytes(b"")
    (folder / "tile/0/odd").write_bytes(b"")
    report = fsck(folder, ORIGIN, keys)
    assert report.leftovers == (".tmp-1-aa", "tile/0/000.p/9")
    assert report.problems == ("tile/0/odd: not a path of a tile",)


@pytest.mark.parametrize("call", ["fdatasync", "pwrite"])
def test_after_a_failed_write_the_log_refuses_until_reopened(folder, signer, keys, monkeypatch, call):
    log = TiledLog(folder, ORIGIN, signer)
    log.append(b"kept")

    def fail(*_args, **_options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match="No space"):
            log.append(b"lost or kept")
    with pytest.raises(LogError, match="E0362"):
        log.append(b"refused")
    log.close()
    with TiledLog(folder, ORIGIN, signer) as again:
        assert again.append(b"kept").index == 0
        assert again.append(b"more").index in (1, 2)
    assert fsck(folder, ORIGIN, keys).clean


def test_what_was_acknowledged_is_kept_where_it_cannot_be_made_public(folder, signer, keys, monkeypatch):
    log = TiledLog(folder, ORIGIN, signer)
    index = log.append(b"kept").index

    def fail(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="No space"):
            log.publish()
    with pytest.raises(LogError, match="E0362"):
        log.append(b"refused")
    assert "journal: 1 entries await publication" in fsck(folder, ORIGIN, keys).leftovers
    log.close()
    with TiledLog(folder, ORIGIN, signer) as again:
        assert again.append(b"kept").index == index
    found = fsck(folder, ORIGIN, keys)
    assert found.clean
    assert not any("await" in text for text in found.leftovers)


def test_a_log_that_could_not_settle_closes_and_gives_back_only_its_own_files(folder, signer, keys, monkeypatch):
    log = TiledLog(folder, ORIGIN, signer)
    log.append(b"kept")

    def fail(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "replace", fail)
        with pytest.raises(OSError, match="No space"):
            log.close()
    other = os.open(folder / "checkpoint", os.O_RDONLY)
    log.close()
    assert os.fstat(other).st_size
    os.close(other)
    with TiledLog(folder, ORIGIN, signer) as again:
        assert again.append(b"kept").index == 0
    assert fsck(folder, ORIGIN, keys).clean


def _start(folder, seed, prefix, count, *wrap):
    command = [*wrap, sys.executable, str(Path(__file__).parent / "appender.py")]
    command += [str(folder), ORIGIN, seed.hex(), prefix, str(count)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)


def _acknowledged(output):
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return {entry.encode(): int(index) for index, entry in (line for line in lines if len(line) == 2)}


def _check_nothing_lost(folder, signer, keys, acknowledged):
    with TiledLog(folder, ORIGIN, signer) as log:
        log.append(b"after the crash")
    report = fsck(folder, ORIGIN, keys)
    assert report.clean, report.problems
    entries = LogReader(folder).entries(0, report.size)
    assert len(set(entries)) == len(entries)
    for entry, index in acknowledged.items():
        assert entries[index] == entry


def test_killed_writers_lose_and_repeat_nothing(folder, seed, signer, keys):
    chance = random.Random(int(os.environ.get("ASSAY_SEED", "11")))
    rounds = int(os.environ.get("ASSAY_KILLS", "2"))
    acknowledged = {}
    for turn in range(rounds):
        writers = [_start(folder, seed, f"{turn}.{name}", 100_000) for name in range(4)]
        for writer in writers:
            writer.stdout.readline()
        for writer in writers:
            time.sleep(chance.uniform(0.02, 0.25))
            writer.kill()
        for writer in writers:
            acknowledged |= _acknowledged(writer.communicate()[0])
    assert acknowledged
    _check_nothing_lost(folder, signer, keys, acknowledged)


CALLS = ("fdatasync", "fsync", "ftruncate", "rename", "mkdir", "link", "write")
FAULTS = ("error=ENOSPC", "error=EIO", "signal=SIGKILL")
_CHANCE = random.Random(int(os.environ.get("ASSAY_SEED", "11")))
CASES = [(call, fault, nth) for call in CALLS for fault in FAULTS for nth in range(1, 13)]


@pytest.mark.skipif(shutil.which("strace") is None, reason="not run: strace absent")
@pytest.mark.parametrize(
    ("call", "fault", "nth"), CASES if os.environ.get("ASSAY_FULL") else sorted(_CHANCE.sample(CASES, 12))
)
def test_a_fault_at_a_file_syscall_loses_nothing(folder, seed, signer, keys, call, fault, nth):
    inject = f"inject={call}:{fault}:when={nth}"
    wrap = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)
    output = _start(folder, seed, "s", 6, *wrap).communicate(timeout=60)[0]
    _check_nothing_lost(folder, signer, keys, _acknowledged(output))
