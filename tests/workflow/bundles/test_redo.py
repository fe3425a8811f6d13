"""The second engine, which shares no code with the first, gives the same answers and notices changed ones."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from datetime import date

import pytest

from assay.evidence.container import read_container, write_container
from assay.evidence.manifest import MANIFEST, format_manifest
from assay.workflow.answers.ask import answer_question, parse_assumptions, question_of
from assay.workflow.bundles.bundle import bundle_answer
from assay.workflow.ground.library import jurisdictions, load_library
from second import ROOT, VERIFIER, load

SCRIPT = VERIFIER / "redo.py"
KNOWN = date(2026, 11, 24)


@pytest.fixture(scope="module")
def second():
    return load("redo")


def bundled(code, supplier, on, *, presume=True, hidden=frozenset(), assume=(), part="ran", **context):
    library = load_library(frozenset({code}), supplier=supplier)
    asked = question_of(library, supplier, part, "purchase", code, on, KNOWN, context)
    answer = answer_question(library, asked, parse_assumptions(assume), presume=presume, hidden=hidden)
    return bundle_answer(answer, presume=presume).data


@pytest.mark.parametrize(
    "name", ["answer", "bundle", "ground", "inspected", "law", "proof", "reading", "redo", "vectors"]
)
def test_it_imports_nothing_but_itself_the_standard_library_and_cryptography(name):
    tree = ast.parse((SCRIPT.parent / f"{name}.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {"answer", "bundle", "ground", "inspected", "law", "proof", "reading", "redo", "cryptography"}
    assert {module.split(".")[0] for module in names} <= sys.stdlib_module_names | own


def test_it_writes_the_same_bytes_in_every_jurisdiction(second):
    chance = random.Random(20261124)
    for number, code in enumerate(jurisdictions()):
        data = bundled(
            code, chance.choice(["huawei", "zte", "ericsson"]),
            date(chance.randint(2018, 2029), chance.randint(1, 12), 15), presume=number % 3 > 0,
            part=chance.choice(["core", "ran", "any"]), **({"generation": ("5G",)} if number % 2 else {}),
        )  # fmt: skip
        assert second.verify(data)[0] == 0, (code, second.verify(data)[1])


def test_it_writes_the_same_bytes_under_assumptions_and_hidden_facets(second):
    data = bundled("SE", "zte", date(2028, 1, 1), hidden=frozenset({"origin"}), assume=["eu.csa2@2027-07-01"])
    assert second.verify(data)[0] == 0


def test_it_writes_the_same_bytes_about_made_up_law(second):
    make = load("make_decisions", ROOT / "vectors")
    for world in make.drawn_worlds(seed=1, count=25):
        request = world.request()
        members = {name: text.encode() for name, text in world.files.items()}
        law = second.Law(members, [{"id": pack, "private": False} for pack in make.PACKS], "")
        assert second.write_json(second.decide(law, request)).encode() == make.decision_of(world.files, request)


def altered(data, name, old, new):
    members = read_container(data)
    assert old in members[name]
    members[name] = members[name].replace(old, new, 1)
    members[MANIFEST] = format_manifest(members)
    return write_container(members)


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "says"),
    [
        ("question.json", b'"presume"', b'"presume"', 0, "same"),
        ("decision.json", b'"outcome":"prohibited"', b'"outcome":"permitted"', 1, "outcome"),
        ("decision.json", b'"is":"true"', b'"is":"false"', 1, "when"),
        ("decision.json", b'"at":"', b'"at":"!', 1, "at"),
        ("question.json", b'"part":"ran"', b'"part":"core"', 1, "question"),
        ("packs/gb/rules.toml", b"advises operators", b"advizes operators", 1, "digest"),
        ("packs/gb/rules.toml", b"[[rule]]", b"[[rule", 3, "TOMLDecodeError"),
    ],
)
def test_it_runs_alone_and_names_what_differs(tmp_path, name, old, new, code, says):
    path = tmp_path / "b.zip"
    path.write_bytes(altered(bundled("GB", "zte", date(2020, 2, 15)), name, old, new))
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert says in done.stdout


def test_a_member_that_is_not_the_manifests_is_damage(tmp_path):
    members = read_container(bundled("GB", "zte", date(2020, 2, 15)))
    members["packs/gb/rules.toml"] += b"\n"
    path = tmp_path / "b.zip"
    path.write_bytes(write_container(members))
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 3
