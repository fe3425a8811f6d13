from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

from assay.canon import canonical
from assay.decide.decide import ask
from assay.decide.document import decision_id, document
from worlds import LISTED, answered, library, question, rule

LAW = rule("ban", "prohibit", LISTED) + rule("terms", "condition") + rule("letter", "prohibit", instrument="letter")


def test_the_order_of_rules_does_not_change_the_bytes():
    world = library(LAW)
    turned = replace(world.packs[0], rules=world.packs[0].rules[::-1])
    two = ask(replace(world, packs=(turned,)), question())
    assert canonical(document(ask(world, question()))) == canonical(document(two))


def test_the_same_question_gives_the_same_bytes_and_another_gives_others():
    first = canonical(document(answered(LAW, question())))
    assert first == canonical(document(answered(LAW, question())))
    assert first != canonical(document(answered(LAW, question(on="2021-01-02"))))


def test_the_id_is_the_digest_of_the_bytes():
    assert len(decision_id(document(answered(LAW, question())))) == 64


def test_bytes_do_not_depend_on_hash_seed_or_time_zone():
    script = "import sys; from assay.cli.main import main; sys.exit(main(sys.argv[1:]))"
    argv = ["ask", "--supplier", "ZTE", "--part", "ran", "--in", "AU", "--on", "2020-02-15", "--known-at", "2026-11-24"]
    seen = set()
    for seed, zone in (("0", "UTC"), ("1", "Pacific/Auckland"), ("2", "America/New_York")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "ASSAY_STATE": ""}
        run = subprocess.run(
            [sys.executable, "-c", script, *argv, "--format", "json"], env=env, capture_output=True, check=True
        )
        seen.add(run.stdout)
    assert len(seen) == 1
