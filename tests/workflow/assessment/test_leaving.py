"""Recordings leave with other names, same lengths and frames; every verdict is redone or told as not."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date

import pytest

from assay.canon import canonical
from assay.errors import AssayError, UsageError
from assay.evidence.bundle import INSPECTION, Part, build_bundle, read_bundle
from assay.model.assessment import Product
from assay.workflow.assessment.cases import RECORDINGS
from assay.workflow.assessment.identities import identities
from assay.workflow.assessment.inspect import inspect, read_recording
from assay.workflow.assessment.inspection import document
from assay.workflow.assessment.keys import KeySet, read_key_files
from assay.workflow.assessment.leaving import leaving
from assay.workflow.assessment.pseudonyms import Pseudonyms, replaced
from assay.workflow.bundles.inspection_bundle import bundle_inspection
from assay.workflow.bundles.verify import judge
from encode.tape import Http2, Tape

DAY, SALT = date(2026, 11, 28), bytes(32)
GOOD = RECORDINGS / "open5gs-lab" / "n2_o5gs_registration_simple-test.pcap"
CORE = RECORDINGS / "open5gs-lab" / "core_default_ueransim.pcap"
KEYS = read_key_files([RECORDINGS / "keys.toml"])


def left(path, *, keys=KEYS, salt=SALT, release=False, nf=("AMF",)):
    done = inspect([path], keys, Product(), nf)
    return done, leaving(done, [path], keys, salt, release=release)


def named(data, keys=KEYS):
    held, _ = read_recording("x.pcap", data, keys, 0)
    return {(one.kind, one.value) for event in held for one in identities(event)}


@pytest.mark.parametrize("path", [GOOD, CORE], ids=lambda path: path.stem)
def test_nobody_is_named_and_length_and_frames_stay(path):
    done, given = left(path, nf=("AMF", "UDM"))
    before, after = path.read_bytes(), given.held[0]
    assert named(before)
    assert not named(before) & named(after)
    assert {kind for kind, _ in named(before)} == {kind for kind, _ in named(after)}
    assert len(before) == len(after)
    assert before != after
    assert given.done.recordings[0].frames == done.recordings[0].frames
    for kind, value in named(before):
        assert value.encode() not in after, kind


def test_networks_and_types_of_equipment_stay():
    _, given = left(GOOD)
    old, new = sorted(named(GOOD.read_bytes())), sorted(named(given.held[0]))
    assert [(kind, value[: 8 if "imei" in kind else 5]) for kind, value in old] == [
        (kind, value[: 8 if "imei" in kind else 5]) for kind, value in new
    ]


def test_the_same_salt_gives_the_same_bytes_and_another_one_others():
    assert left(GOOD)[1].held == left(GOOD)[1].held
    assert left(GOOD)[1].held != left(GOOD, salt=b"other" * 8)[1].held


def report_of(given):
    return document(given.done)


def test_what_rests_on_replaced_bytes_is_marked_and_all_else_is_redone():
    done, given = left(GOOD, release=True)
    report = report_of(given)
    assert {row["id"]: row["verdict"] for row in report["cases"]} == {
        one.case.id: one.verdict.value for one in done.findings
    }
    found = judge(read_bundle(bundle_inspection(report, given, release_keys=True).data))
    marked = [row["id"] for row in report["cases"] if row.get("rests_on")]
    assert found.verdict == ("cannot-be-established" if marked else "same")
    assert all(own in " ".join(found.open) for own in marked)
    assert report["evidence"][0]["original_sha256"] == done.recordings[0].sha256
    decided = [row["id"] for row in report["cases"] if row["verdict"] in ("pass", "fail") and not row.get("rests_on")]
    assert "33.512-4.2.2.3.2-B" in decided


def test_without_session_keys_their_holders_and_those_of_the_original_are_named_apart():
    _, given = left(GOOD)
    found = judge(read_bundle(bundle_inspection(report_of(given), given, release_keys=False).data))
    assert found.verdict == "cannot-be-established"
    assert any("holders of the keys" in text for text in found.open)


def test_long_term_keys_do_not_make_a_bundle_different_whose_names_were_replaced():
    _, given = left(GOOD)
    data = bundle_inspection(report_of(given), given, release_keys=False).data
    assert judge(read_bundle(data), keys=KEYS).verdict == "cannot-be-established"


def test_a_changed_verdict_that_is_not_marked_is_found():
    _, given = left(GOOD, release=True)
    report = report_of(given)
    data = bundle_inspection(report, given, release_keys=True).data
    row = next(row for row in report["cases"] if row["id"] == "33.512-4.2.2.3.2-B")
    row["verdict"] = "fail"
    members = {**read_bundle(data).members, INSPECTION: canonical(report)}
    forged = build_bundle([Part(name, held) for name, held in members.items()], {})
    found = judge(read_bundle(forged))
    assert found.verdict == "different"
    assert "33.512-4.2.2.3.2-B" in " ".join(found.differences)


def test_no_identity_is_in_report_or_bundle():
    for keys in (KEYS, KeySet()):
        _, given = left(GOOD, keys=keys)
        text = json.dumps(report_of(given))
        for _, value in named(GOOD.read_bytes()):
            assert value not in text


def sbi(path, tmp_path, body=b"", kind="application/json"):
    tape = Tape()
    http = Http2(tape, ("10.0.0.4", 40004), ("10.0.0.5", 7777))
    http.exchange("POST", path, body, kind=kind)
    out = tmp_path / "sbi.pcap"
    out.write_bytes(tape.pcap())
    return out


def test_paths_and_documents_get_the_same_name(tmp_path):
    own = "imsi-001010123456789"
    path = sbi(f"/nudm-sdm/v2/{own}/am-data", tmp_path, b'{"supi":"%s","gpsi":"msisdn-4915112345678"}' % own.encode())
    _, given = left(path, nf=("UDM",))
    after = given.held[0]
    assert own.encode() not in after
    assert b"4915112345678" not in after
    assert len(set(re.findall(rb"imsi-(\d{15})", after))) == 1


def test_identities_of_other_kinds_are_told_and_nothing_leaves(tmp_path):
    path = sbi("/nudm-sdm/v2/nai-somebody@home.example/am-data", tmp_path)
    with pytest.raises(UsageError, match="E0648"):
        left(path, nf=("UDM",))
    left(path, nf=("UDM",), salt=None)


@pytest.mark.parametrize("digits", ["001010000000001", "999700000021309", "262019876543210"])
def test_new_names_are_unlike_old_ones_and_as_long_in_huffman_code(digits):
    from assay.workflow.assessment.pseudonyms import _code

    names = Pseudonyms(SALT, {digits[:5]})
    names.old = {("imsi", digits)}
    new = names.of("imsi", digits)
    assert new != digits
    assert new[:5] == digits[:5]
    assert _code(new.encode())[1] == _code(digits.encode())[1]


def test_a_recording_that_names_nobody_leaves_as_it_is(tmp_path):
    path = sbi("/nnrf-nfm/v1/nf-instances", tmp_path)
    _, given = left(path, nf=("UDM",))
    assert given.held == (path.read_bytes(),)
    assert replaced(path.read_bytes(), [], Pseudonyms(SALT)) == (path.read_bytes(), {})


def test_a_packed_recording_is_the_recording(tmp_path):
    packed = tmp_path / "x.pcap.gz"
    packed.write_bytes(gzip.compress(GOOD.read_bytes()[:9_000]) + gzip.compress(GOOD.read_bytes()[9_000:]))
    done, given = left(packed, salt=None)
    plain = inspect([GOOD], KEYS, Product(), ("AMF",))
    assert done.recordings[0].sha256 == plain.recordings[0].sha256
    assert given.held == (GOOD.read_bytes(),)
    assert [one.verdict for one in done.findings] == [one.verdict for one in plain.findings]


@pytest.mark.parametrize("data", [b"\x1f\x8bnothing of the kind", gzip.compress(b"no capture"), b"\x1f\x8b"])
def test_what_is_packed_and_no_recording_is_an_error(data, tmp_path):
    path = tmp_path / "x.pcap.gz"
    path.write_bytes(data)
    with pytest.raises(AssayError):
        inspect([path], KeySet(), Product())


def test_names_in_a_compressed_body_are_found_and_nothing_leaves(tmp_path):
    tape = Tape()
    body = gzip.compress(b'{"supi":"imsi-001010123456789"}', mtime=0)
    http = Http2(tape, ("10.0.0.4", 40004), ("10.0.0.5", 7777))
    http.exchange("POST", "/nudm-sdm/v2/x", body, fields=[("content-encoding", "gzip")])
    path = tmp_path / "sbi.pcap"
    path.write_bytes(tape.pcap())
    assert named(path.read_bytes()) == {("imsi", "001010123456789")}
    with pytest.raises(UsageError, match="E0648"):
        left(path, nf=("UDM",))


def test_session_keys_of_nas_on_f1_are_released():
    path = RECORDINGS / "made" / "gnb-nea2.pcap"
    with pytest.raises(UsageError, match="E0648"):  # these keys open a message that names the subscriber
        left(path, nf=("GNB",), release=True)
    assert left(path, nf=("GNB",))[1].done.recordings[0].replaced == {"SUPI": 1}
    _, given = left(path, nf=("GNB",), release=True, salt=None)
    assert [len(found) for found in given.sessions.values()] == [1]
    report = report_of(given)
    found = judge(read_bundle(bundle_inspection(report, given, release_keys=True).data))
    decided = {row["id"]: row["verdict"] for row in report["cases"] if not row.get("rests_on")}
    assert decided["33.511-4.2.2.1.6"] == "pass"
    assert found.verdict == "same"
    assert not found.differences
