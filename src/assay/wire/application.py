"""Names of the messages of F1AP (TS 38.473), E1AP (TS 37.483), XnAP (TS 38.423) and S1AP (TS 36.413).

A procedure that is answered gives three names: request, response, failure. Where a specification says `command`,
`complete` or `acknowledge` this says the same as for all others, so that one rule reads all names.
"""

from __future__ import annotations

from typing import Final

from assay.wire.aper import KINDS, Pdu

__all__ = ["PROTOCOLS", "name"]

_F1_ONE: Final = {
    2: "error-indication", 9: "ue-mobility-command", 10: "ue-context-release-request-by-du",
    11: "initial-ul-rrc-message-transfer", 12: "dl-rrc-message-transfer", 13: "ul-rrc-message-transfer",
    14: "private-message", 15: "ue-inactivity-notification", 17: "system-information-delivery-command", 18: "paging",
    19: "notify", 22: "pws-restart-indication", 23: "pws-failure-indication", 24: "gnb-du-status-indication",
    25: "rrc-delivery-report", 27: "network-access-rate-reduction", 28: "trace-start", 29: "deactivate-trace",
}  # fmt: skip
_F1_TWO: Final = {
    0: "reset", 1: "f1-setup", 3: "gnb-du-configuration-update", 4: "gnb-cu-configuration-update",
    5: "ue-context-setup", 6: "ue-context-release", 7: "ue-context-modification",
    8: "ue-context-modification-required", 16: "gnb-du-resource-coordination", 20: "write-replace-warning",
    21: "pws-cancel", 26: "f1-removal",
}  # fmt: skip
_E1_ONE: Final = {
    1: "error-indication", 2: "private-message", 12: "bearer-context-release-request-by-up",
    13: "bearer-context-inactivity-notification", 14: "dl-data-notification", 15: "data-usage-report",
    17: "gnb-cu-up-status-indication",
}  # fmt: skip
_E1_TWO: Final = {
    0: "reset", 3: "gnb-cu-up-e1-setup", 4: "gnb-cu-cp-e1-setup", 5: "gnb-cu-up-configuration-update",
    6: "gnb-cu-cp-configuration-update", 7: "e1-release", 8: "bearer-context-setup",
    9: "bearer-context-modification", 10: "bearer-context-modification-required", 11: "bearer-context-release",
}  # fmt: skip
_XN_ONE: Final = {
    1: "sn-status-transfer", 2: "handover-cancel", 4: "ran-paging", 5: "xn-u-address-indication",
    6: "ue-context-release", 8: "s-node-reconfiguration-complete", 13: "s-node-counter-check", 15: "rrc-transfer",
    21: "error-indication", 22: "private-message", 23: "notification-control", 24: "activity-notification",
    26: "secondary-rat-data-usage-report", 27: "deactivate-trace", 28: "trace-start",
}  # fmt: skip
_XN_TWO: Final = {
    0: "handover-preparation", 3: "retrieve-ue-context", 7: "s-node-addition", 9: "s-node-modification",
    10: "s-node-modification-required", 11: "s-node-release", 12: "s-node-release-required", 14: "s-node-change",
    16: "xn-removal", 17: "xn-setup", 18: "ng-ran-node-configuration-update", 19: "cell-activation", 20: "reset",
    25: "resource-coordination",
}  # fmt: skip
_S1_ONE: Final = {
    2: "handover-notify", 10: "paging", 11: "downlink-nas-transport", 12: "initial-ue-message",
    13: "uplink-nas-transport", 15: "error-indication", 16: "nas-non-delivery-indication",
    18: "ue-context-release-request-by-enb", 22: "ue-capability-info-indication", 24: "enb-status-transfer",
    25: "mme-status-transfer", 34: "overload-start", 35: "overload-stop",
}  # fmt: skip
_S1_TWO: Final = {
    0: "handover-preparation", 1: "handover-resource-allocation", 3: "path-switch", 4: "handover-cancel",
    5: "e-rab-setup", 6: "e-rab-modify", 7: "e-rab-release", 9: "initial-context-setup", 14: "reset",
    17: "s1-setup", 21: "ue-context-modification", 23: "ue-context-release", 29: "enb-configuration-update",
    30: "mme-configuration-update", 36: "write-replace-warning",
}  # fmt: skip

PROTOCOLS: Final = {18: "s1ap", 61: "xnap", 62: "f1ap", 64: "e1ap"}
"""Payload protocol identifier -> protocol."""

_TABLES: Final = {
    "s1ap": (_S1_ONE, _S1_TWO), "xnap": (_XN_ONE, _XN_TWO), "f1ap": (_F1_ONE, _F1_TWO), "e1ap": (_E1_ONE, _E1_TWO),
}  # fmt: skip
_ENDINGS: Final = ("request", "response", "failure")


def name(protocol: str, pdu: Pdu) -> str:
    """A message in words."""
    one, two = _TABLES[protocol]
    if pdu.procedure in two:
        return f"{two[pdu.procedure]}-{_ENDINGS[KINDS.index(pdu.kind)]}"
    return one.get(pdu.procedure) or f"procedure-{pdu.procedure}-{pdu.kind}"
