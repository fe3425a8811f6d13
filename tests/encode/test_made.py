"""Made recordings are what the encoder writes, and an independent reader finds the same messages in them."""

from __future__ import annotations

import pytest

from encode.make import MADE, files

FILES = files()


def test_every_made_recording_is_written_by_the_encoder():
    assert {path.stem for path in MADE.glob("*.pcap")} == set(FILES)


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_encoder_writes_the_same_bytes_again(name):
    assert (MADE / f"{name}.pcap").read_bytes() == FILES[name]()
