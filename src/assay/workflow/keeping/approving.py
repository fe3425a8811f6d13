"""Law packs approved by their readers: each signs, with his own key, that he read a pack of this digest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from assay.decide.pack import pack_bytes
from assay.errors import InputError, UsageError
from assay.evidence.bundle import PACK_FILES
from assay.evidence.catalogue import open_catalogue
from assay.evidence.errors import PolicyError
from assay.evidence.policy import Policy, standing_of
from assay.evidence.predicates import LAW_PACK
from assay.evidence.record import law_pack_statement
from assay.evidence.statement import Subject
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time
from assay.workflow.ground.library import pack_folders
from assay.workflow.keeping.store import Keys
from assay.workflow.keeping.trust import known_roles, standing, trust_of

__all__ = ["approve_packs", "readers_of"]

ROLE: Final = "law-pack"


def approve_packs(
    store: EvidenceStore, names: Sequence[str], keys: Keys, received: str, laws: tuple[Path, ...] = ()
) -> list[dict[str, Any]]:
    """Sign and log that the holders of these keys approve law packs as they are; the same said again adds nothing.

    The store keeps what a pack's digest is the sha256 of. One reader at a time may sign: the row of each pack says how
    many have and how many the trust policy asks for. Raises UsageError (E0120) for an unknown pack, PackError,
    PolicyError (E0382, E0383) where one of the keys is no reader's, InputError (E0401).
    """
    folders = pack_folders(laws)
    unknown = [name for name in names if name not in folders]
    if unknown:
        raise UsageError("E0120", f"no pack `{unknown[0]}`", expected="one of " + ", ".join(folders))
    policy = trust_of(store).policy
    _require_reader(policy, keys, received)
    bodies = {name: pack_bytes(name, _files(folders[name])) for name in names}
    try:
        kept = []
        for name, data in bodies.items():
            statement = law_pack_statement(Subject(name, store.blobs.put(data)), received)
            kept.append(store.keep(statement, keys.signers))
        store.complete(keys.log, [record.id for record, _ in kept])
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(store.folder)) from error
    needed = policy.role(ROLE).threshold
    return [
        {
            "pack": record.statement.subjects[0].name, "digest": record.digest, "statement": record.id, "added": new,
            "readers": readers_of(store, policy, record.statement.subjects[0]), "needed": needed,
        }
        for record, new in kept
    ]  # fmt: skip


def readers_of(store: EvidenceStore, policy: Policy, pack: Subject) -> list[str]:
    """The holders who approved a law pack of this digest, sorted."""
    found = [record for record in open_catalogue(store).records((LAW_PACK,)) if record.statement.subjects[0] == pack]
    return sorted({holder for record in found for holder in standing(policy, record).holders})


def _require_reader(policy: Policy, keys: Keys, received: str) -> None:
    known_roles(policy, (ROLE,))
    signing = [signer.public_key for signer in keys.signers]
    found = standing_of(policy, ROLE, LAW_PACK, signing, decode_time(received))
    wrong = [f"key {key.key_id[:12]} has not that role" for key in signing if key.key_id not in policy.role(ROLE).keys]
    wrong += [reason for _, reason in found.refused]
    if wrong:
        raise PolicyError(
            "E0383", "not the key of a reader of law packs", where="; ".join(wrong),
            remedy=f"assay trust enrol KEY --holder NAME --role {ROLE}",
        )  # fmt: skip


def _files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in PACK_FILES if (folder / name).is_file()}
