"""TS 33.511: a gNB that lost a UE's user-plane security while the UE was inactive, seen on F1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assay.checks.log import Log
from assay.checks.settings import true_of
from assay.model.assessment import Seen

__all__ = ["resumption"]

_RRC: Final = "nr-rrc"


def resumption(log: Log) -> Iterator[Seen]:
    """33.511 4.2.2.1.19: a request to resume is answered with a fresh set-up where the stored status was deleted.

    That it was deleted is the lab's statement: setting `up-status-deleted`. What a resumed connection says is
    enciphered, so it is told by its bearer: a message to the UE on SRB 1 and one from the UE after it.
    """
    for request in log.of(_RRC, "rrc-resume-request"):
        later = log.after(request, _RRC)
        answer = next((one for one in later if one.key("direction") == "down"), None)
        if answer is None:
            yield Seen.open("no answer to the request to resume is in the recording", request)
            continue
        goes_on = next((one for one in later if one.number > answer.number and one.key("direction") == "up"), None)
        if answer.kind == "rrc-setup" and answer.key("srb") == "0":
            if true_of(log, "up-status-deleted"):
                yield Seen.good("the request to resume is answered with a fresh set-up", request, answer)
            else:
                yield Seen.open("a fresh set-up; that the status was deleted is not stated", request, answer)
        elif answer.key("srb") not in ("", "0") and goes_on is not None and goes_on.key("srb") not in ("", "0"):
            if true_of(log, "up-status-deleted"):
                yield Seen.bad("the connection is resumed though its status was deleted", request, answer, goes_on)
            else:
                yield Seen.open("resumed; that the status was deleted is not stated", request, answer)
        else:
            yield Seen.open("neither set up nor resumed: rejected, released or cut off", request, answer)
