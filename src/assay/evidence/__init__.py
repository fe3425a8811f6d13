"""Evidence that anyone can redo: store, signatures, transparency log, containers, trust policy.

Pure (bytes in, value or named error out): errors, merkle, note, checkpoint, tiles, proof, cosign,
points, keys, profile, envelope, predicates, statement, record, container, manifest, policy.
With I/O: disk, blobs, log and its parts, signers, witness.
The byte rules stand in docs/evidence.md, the vectors in vectors/.
"""
