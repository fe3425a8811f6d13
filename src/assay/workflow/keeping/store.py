"""A store on disk: make one with its keys and first trust policy, open it and its keys."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from assay.canon import canonical
from assay.errors import InputError, IntegrityError, UsageError
from assay.evidence import disk
from assay.evidence.errors import EvidenceError
from assay.evidence.keys import Signer
from assay.evidence.log import TiledLog
from assay.evidence.note import VerifierKey, verifier_key
from assay.evidence.profile import parse_canonical
from assay.evidence.signers import KeySigner, generate_key, load_key, save_key
from assay.evidence.store import EvidenceStore
from assay.evidence.text import decode_time
from assay.workflow.keeping.trust import first_policy, put_policy

__all__ = [
    "Keys",
    "Passphrase",
    "check_place",
    "load_signer",
    "make_store",
    "new_key",
    "open_keys",
    "open_store",
    "read_file",
]

_FORMAT: Final = "assay-store/v1"
_CONFIG: Final = "store.json"
_LOG_KEY: Final = "keys/log.pem"
_SIGNER_KEY: Final = "keys/signer.pem"
_ORIGIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*")
_CLEAR: Final = b"-----BEGIN PRIVATE KEY-----"

Passphrase = Callable[[str], bytes]
"""Asked for the passphrase of a key by its file's name, only when a key is encrypted."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an addition: those that sign the statement, and the log's."""

    signers: tuple[Signer, ...]
    log: Signer


def make_store(
    folder: Path, passphrase: bytes | None, now: str, holder: str = "the store's holder", origin: str = ""
) -> dict[str, Any]:
    """Make a store whose two keys are encrypted with the passphrase, or lie in the clear if it is None.

    Its first trust policy, the log's first entry, lets the signer key of `holder` do all but judge, from `now` on.
    `origin` names the log for good, best as a URL without scheme that its holder owns (C2SP tlog-checkpoint).
    It appears whole: everything is written beside `folder` and renamed. Raises as `check_place`, and InputError
    (E0401) where it cannot be written.
    """
    check_place(folder, origin)
    target = folder.resolve()
    draft = target.with_name(f"{disk.TEMPORARY}{os.getpid()}-{os.urandom(4).hex()}")
    try:
        disk.ensure_directory(draft / "keys")
        draft.chmod(0o700)
        made = _fill(draft, passphrase, now, holder, origin)
        os.rename(draft, target)
        disk.flush_directory(target.parent)
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(folder)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return {"schema": "assay-store-made/1", "store": str(folder), **made, "encrypted": passphrase is not None}


def check_place(folder: Path, origin: str) -> None:
    """Refuse a folder in which no store can be made, and an origin that is none; raises UsageError (E0512, E0530)."""
    if origin and not _ORIGIN.fullmatch(origin):
        raise UsageError(
            "E0530", f"{origin[:80]!r} names no log", where="--origin",
            expected="a URL without scheme that its holder owns, as in log.authority.example/assay",
        )  # fmt: skip
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("E0512", "a store is made in a new or empty folder only", where=str(folder))
    if folder.resolve() == Path.cwd():
        # The rename would leave the caller's shell in a folder that is gone.
        raise UsageError("E0512", "the folder you stand in cannot become a store", remedy="name a new folder")


def _fill(draft: Path, passphrase: bytes | None, now: str, holder: str, origin: str) -> dict[str, Any]:
    log_signer, signer = generate_key(), generate_key()
    for name, key in ((_LOG_KEY, log_signer), (_SIGNER_KEY, signer)):
        _save(draft / name, key, passphrase)
    log_key = verifier_key(origin or f"assay.example/log/{log_signer.public_key.key_id[:16]}", log_signer.public_key)
    store = EvidenceStore(draft, log_key)
    TiledLog(store.log, log_key.name, log_signer).close()
    disk.create(draft / _CONFIG, canonical({"format": _FORMAT, "log": str(log_key)}))
    policy = first_policy(log_key, signer.public_key, holder, decode_time(now))
    trust = put_policy(store, policy, (signer,), log_signer, now)
    return {"log": str(log_key), "signer": signer.public_key.key_id, "trust": trust.digest}


def new_key(path: Path, passphrase: bytes | None) -> KeySigner:
    """Make a private key in a new file, encrypted unless the passphrase is None, its public half in `.pub` beside.

    Raises UsageError (E0512) if something is there, InputError (E0401) where it cannot be written.
    """
    key, public = generate_key(), path.with_suffix(".pub")
    try:
        if public.exists():  # before the private half is made: it may be that of another key
            raise FileExistsError(errno.EEXIST, "exists", str(public))
        _save(path, key, passphrase)
        disk.create(public, key.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except FileExistsError as error:
        raise UsageError("E0512", "a key is never written over a file", where=str(error.filename or path)) from error
    except OSError as error:
        raise InputError("E0401", f"cannot be written: {error.strerror}", where=str(path)) from error
    return key


def _save(path: Path, key: KeySigner, passphrase: bytes | None) -> None:
    if passphrase is not None:
        save_key(path, key, passphrase)
        return
    disk.create(path, key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)


def open_store(folder: Path) -> EvidenceStore:
    """Open a store to read; raises UsageError (E0511) if none is there, IntegrityError (E0518) if its head broke."""
    try:
        data = (folder / _CONFIG).read_bytes()
    except OSError as error:
        raise UsageError(
            "E0511", "no store is here", where=str(folder), expected=_CONFIG, remedy=f"assay init {folder}"
        ) from error
    try:
        value = parse_canonical(data)
        if set(value) != {"format", "log"} or value["format"] != _FORMAT:
            raise ValueError("fields are not those of a store")
        return EvidenceStore(folder, VerifierKey.parse(value["log"]))
    except (EvidenceError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError("E0518", f"the store's head is broken: {error}", where=str(folder / _CONFIG)) from error


def open_keys(store: EvidenceStore, key: Path | Sequence[Path] | None, passphrase: Passphrase) -> Keys:
    """The log's key and the signers': the store's own or those of key files.

    Raises KeyRefusedError (E0335), InputError (E0401), IntegrityError (E0518) for another log key.
    """
    log = load_signer(store.folder / _LOG_KEY, passphrase)
    if log.public_key != store.log_key.public_key:
        raise IntegrityError("E0518", "the log's private key is not that of the store's head", where=_LOG_KEY)
    paths = (key,) if isinstance(key, Path) else tuple(key or (store.folder / _SIGNER_KEY,))
    return Keys(tuple(load_signer(path, passphrase) for path in paths), log)


def load_signer(path: Path, passphrase: Passphrase) -> KeySigner:
    """The signer of a key file, encrypted or not; raises KeyRefusedError (E0335), InputError (E0401, E0519)."""
    data = read_file(path)
    if not data.startswith(_CLEAR):
        return load_key(path, passphrase(path.name))
    try:
        key = load_pem_private_key(data, None)
    except ValueError as error:
        raise InputError("E0519", f"not a key file: {error}", where=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("E0519", "the private key is not ed25519", where=str(path), expected="ed25519")
    return KeySigner.of(key)


def read_file(path: Path) -> bytes:
    """The bytes of a file; raises InputError (E0401)."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E0401", f"cannot be read: {error.strerror}", where=str(path)) from error
