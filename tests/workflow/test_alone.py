"""Only a bundle, the second verifier and a pinned digest: an answer is redone offline, one flipped byte is noticed."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys

import pytest

from assay.canon import digest
from assay.cli.main import main
from assay.cli.offline import offline
from assay.errors import AssayError, InternalError
from assay.evidence.bundle import read_bundle
from assay.workflow.bundles.attested import check_attested
from assay.workflow.bundles.verify import judge
from assay.workflow.keeping import trust
from assay.workflow.keeping.store import open_store
from second import VERIFIER, load

SCRIPTS = ("answer.py", "bundle.py", "ground.py", "inspected.py", "law.py", "proof.py", "reading.py", "redo.py")
BLOCKED = """
import runpy, sys
def hook(event, args):
    if event.startswith("socket."):
        raise RuntimeError("no network: " + event)
sys.addaudithook(hook)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A bundle out of a store, and the digest of the trust policy that was learnt elsewhere."""
    home = tmp_path_factory.mktemp("made")
    store, path = home / "store", home / "b.zip"
    assert main(["init", str(store), "--no-passphrase"]) == 0
    asked = ["--supplier", "ZTE", "--part", "ran", "--in", "GB", "--on", "2020-02-15", "--store", str(store)]
    assert main(["ask", *asked, "--bundle", str(path)]) == 0
    return path.read_bytes(), trust.trust_of(open_store(store)).digest


@pytest.fixture
def empty(tmp_path, made):
    """A folder that holds the bundle and the second verifier, and nothing else."""
    for name in SCRIPTS:
        shutil.copy(VERIFIER / name, tmp_path / name)
    (tmp_path / "b.zip").write_bytes(made[0])
    return tmp_path


def alone(folder, *words):
    command = [sys.executable, "-I", "-c", BLOCKED, str(folder / "redo.py"), *words]
    done = subprocess.run(
        command, cwd=folder, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def flipped(data, at, bit=0):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def test_a_bundle_and_a_digest_are_enough_to_redo_an_answer(empty, made):
    code, out = alone(empty, "b.zip", "--trust", made[1])
    assert code == 0, out
    assert out.endswith("same\n")
    assert "trust policy: the pinned one" in out


def test_a_wrong_digest_and_one_flipped_byte_are_noticed_there(empty, made):
    assert alone(empty, "b.zip", "--trust", "0" * 64)[0] == 3
    (empty / "b.zip").write_bytes(flipped(made[0], len(made[0]) // 2))
    code, out = alone(empty, "b.zip", "--trust", made[1])
    assert (code, out.splitlines()[-1]) == (3, "broken")


def test_one_flipped_byte_anywhere_is_noticed_by_both(made):
    second, chance = load("redo"), random.Random(0)
    data, pin = made
    for at in [*range(0, len(data), len(data) // 300), *(chance.randrange(len(data)) for _ in range(100))]:
        changed = flipped(data, at, chance.randrange(8))
        with pytest.raises(AssayError):
            check_attested(read_bundle(changed), pin)
        assert second.verify(changed, pin)[0] == 3, at


def test_the_first_verifier_redoes_it_with_every_socket_refused(made, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(made[0])
    with offline(), pytest.raises(InternalError, match="E0392"):
        socket.gethostname()  # the one call that the test suite itself does not guard
    assert main(["verify", str(path), "--offline", "--trust", made[1]]) == 0
    assert judge(read_bundle(made[0])).verdict == "same"
    assert digest(made[0]) == digest(path.read_bytes())
