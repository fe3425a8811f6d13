"""What signatures and log proofs of a bundle show, under the trust policy that it carries and that may be pinned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from assay.canon import digest
from assay.errors import IntegrityError
from assay.evidence.bundle import POLICY, Bundle, approval_member, claim_of, proof_member, statement_member
from assay.evidence.envelope import IN_TOTO, parse_envelope
from assay.evidence.errors import NoteError, PolicyError
from assay.evidence.policy import LEAST_LAW_SIGNERS, Policy, Standing, authorise
from assay.evidence.policy_file import parse_policy
from assay.evidence.predicates import BUNDLE, LAW_PACK
from assay.evidence.proof import Logged, parse_proof, verify_proof
from assay.evidence.record import Record, read_record, roles_of
from assay.evidence.statement import parse_statement
from assay.evidence.text import decode_time

__all__ = ["Attested", "Seen", "check_attested", "reviewers"]

_STATEMENTS: Final = "statements/"
_BODIES: Final = "bodies/"


@dataclass(frozen=True, slots=True)
class Seen:
    """A signed statement of a bundle whose signature and log proof were checked, and who stands behind it."""

    record: Record
    logged: Logged
    standing: Standing

    @property
    def at(self) -> int:
        """When it was signed: the time of the earliest witness, else the time that it names itself."""
        return self.logged.head.seen_by or self.record.received


@dataclass(frozen=True, slots=True)
class Attested:
    """A bundle's trust policy, whether it is the pinned one, its statements in the order of the log, and the seal."""

    policy: Policy | None = None
    pinned: bool = False
    seen: tuple[Seen, ...] = ()
    seal: Seen | None = None
    digest: str = ""

    @property
    def sealed(self) -> bool:
        """Whether enough holders of the role signed the manifest."""
        return self.seal is not None and self.seal.standing.enough


def check_attested(bundle: Bundle, pin: str = "") -> Attested:
    """Check every signature, log proof and body of a bundle; `pin` is 64 hex digits or empty.

    Raises IntegrityError: E0380 the policy, E0383 where the pinned policy did not let whoever sealed the bundle,
    E0387 a pin that is neither the policy's nor the manifest's digest, E0388 a statement, proof or body that has no
    place, and what envelopes, notes and Merkle proofs raise.
    """
    loose = [n for n in bundle.members if n.startswith((_STATEMENTS, _BODIES)) or n.endswith("/approval.dsse.json")]
    if POLICY not in bundle.members:
        if loose or bundle.seal or bundle.seal_proof:
            _refuse("signed members without a trust policy", POLICY)
        return Attested()
    data = bundle.members[POLICY]
    policy = parse_policy(data)
    seen = tuple(sorted(_statements(bundle.members, policy), key=lambda one: one.logged.index))
    _check_bodies(bundle.members, seen)
    seal = _seal(bundle, policy) if bundle.seal or bundle.seal_proof else None
    _check_heads((*seen, *([seal] if seal else [])))
    found = Attested(policy, pin == digest(data), seen, seal, digest(data))
    if found.pinned and not found.sealed:
        told = str(seal.standing) if seal else "no seal"
        raise PolicyError("E0383", f"the pinned trust policy does not stand behind this bundle: {told}", where=POLICY)
    return found


def reviewers(bundle: Bundle, attested: Attested, pack: str, pack_digest: str) -> tuple[int, int]:
    """How many holders approved a law pack, and how many are needed; raises IntegrityError for a broken approval.

    Each may have signed his own logged statement, or several the approval that the pack itself carries.
    """
    if attested.policy is None:
        return 0, LEAST_LAW_SIGNERS
    names = {name for one in attested.seen if _approves(one.record, pack, pack_digest) for name in one.standing.holders}
    data = bundle.members.get(approval_member(pack))
    if data is not None:
        names |= _approved(attested.policy, data, pack, pack_digest)
    needed = next((role.threshold for role in attested.policy.roles if role.name == "law-pack"), LEAST_LAW_SIGNERS)
    return len(names), needed


def _approves(record: Record, pack: str, pack_digest: str) -> bool:
    subject = record.statement.subjects[0]
    return record.type == LAW_PACK and (subject.name, subject.sha256) == (pack, pack_digest)


def _approved(policy: Policy, data: bytes, pack: str, pack_digest: str) -> set[str]:
    """The holders who signed the approval that a pack carries."""
    envelope = parse_envelope(data)
    statement = parse_statement(envelope.payload)
    subject = statement.subjects[0]
    if envelope.payload_type != IN_TOTO or (subject.name, subject.sha256) != (pack, pack_digest):
        _refuse("an approval is about another law pack", pack)
    try:
        at = decode_time(str(statement.predicate.get("received", "")))
        standing = authorise(policy, "law-pack", envelope, at, witnessed=False)
    except (PolicyError, ValueError):
        return set()  # nobody has the role, or the approval names no time
    return set(standing.holders) if statement.predicate_type == LAW_PACK else set()


def _statements(members: Mapping[str, bytes], policy: Policy) -> Iterable[Seen]:
    for name, data in members.items():
        if not name.startswith(_STATEMENTS):
            continue
        record_id = name.removeprefix(_STATEMENTS)[:64]
        pair = (statement_member(record_id), proof_member(record_id))
        if not set(pair) <= set(members):
            _refuse("a statement and its log proof come together", name)
        if name == pair[0]:
            record = read_record(data)
            if record.id != record_id:
                _refuse("a statement is not named by its digest", name)
            yield _seen(record, members[pair[1]], policy)


def _seen(record: Record, proof: bytes, policy: Policy) -> Seen:
    parsed = parse_proof(proof)
    if parsed.extra is not None:
        _refuse("a log proof carries bytes that nothing vouches for", record.id)
    log = policy.log
    logged = verify_proof(
        parsed, bytes.fromhex(record.id), log.origin, policy.log_keys(), policy.witness_keys(), log.threshold
    )
    return Seen(record, logged, _standing(policy, record, logged.head.seen_by))


def _standing(policy: Policy, record: Record, witnessed: int | None) -> Standing:
    """Who of a role that may sign such a record did: the first role with enough, else the last one."""
    at = record.received if witnessed is None else witnessed
    given = {role.name for role in policy.roles}
    found = [Standing(role, 1, (), (), ()) for role in roles_of(record)]
    for place, empty in enumerate(found):
        if empty.role in given:
            try:
                found[place] = authorise(policy, empty.role, record.envelope, at, witnessed=witnessed is not None)
            except PolicyError:
                continue  # the policy does not let this role sign such statements
    return next((one for one in found if one.enough), found[-1])


def _check_heads(seen: Iterable[Seen]) -> None:
    """Refuse proofs that rest on two trees of one size: the log showed two histories."""
    roots: dict[int, bytes] = {}
    for one in seen:
        head = one.logged.head.checkpoint
        if roots.setdefault(head.size, head.root) != head.root:
            raise NoteError("E0319", "two signed checkpoints of one size have different roots", where=head.origin)


def _check_bodies(members: Mapping[str, bytes], seen: Iterable[Seen]) -> None:
    about = {one.record.digest for one in seen}
    for name, data in members.items():
        if name.startswith(_BODIES):
            key = name.removeprefix(_BODIES)
            if key not in about:
                _refuse("no statement is about these bytes", name)
            if digest(data) != key:
                _refuse("bytes are not those of their digest", name)


def _seal(bundle: Bundle, policy: Policy) -> Seen:
    if not bundle.seal or not bundle.seal_proof:
        _refuse("a seal and its log proof come together", "seal.dsse.json")
    record = read_record(bundle.seal)
    if record.type != BUNDLE or (record.digest, record.said["about"]) != (bundle.manifest, claim_of(bundle.members)):
        _refuse("the seal is about another bundle", "seal.dsse.json")
    return _seen(record, bundle.seal_proof, policy)


def _refuse(what: str, where: str) -> NoReturn:
    raise IntegrityError("E0388", what, where=where)
