"""ZUC, the stream cipher under 128-NEA3 and 128-NIA3 (ETSI/SAGE, EEA3 and EIA3, document 2)."""

from __future__ import annotations

from typing import Final

__all__ = ["keystream"]

_WORD: Final = 0xFFFFFFFF
_PRIME: Final = (1 << 31) - 1
_S0: Final = bytes.fromhex(
    "3e725b47cae0003304d1549809b96dcb7b1bf932af9d6aa5b82dfc1d08530390"
    "4d4e8499e4ced991ddb685488b296eaccdc1f81e734369c6b5bdfd396320d438"
    "767db2a7cfed57c5f32cbb142106559be3ef5e314f7f5aa40d8251495fba581c"
    "4a16d517a892241f8cffd8ae2e01d3ad3b4bda46ebc9de9a8f87d73a806f2fc8"
    "b1b437f70a2213287ccc3c89c7c3965607bf7ef00b2b975235417961a64c10fe"
    "bc2695888ab0a3fbc01894f2e1e5e95dd0dc1166645cec59427512f5749caa23"
    "0e86abbe2a02e767e644a26cc2939ff1f6fa36d250689e6271153dd640c4e20f"
    "8e83776b25053f0c30ea70b7a1e8a9658d271adb81b3a0f4457a19dfee783460"
)  # fmt: skip
_S1: Final = bytes.fromhex(
    "55c263713bc847869f3cda5b29aafd778cc5940ca61a1300e3a8167240f9f842"
    "4426689681d9453e1076c6a78b3943e13ab5562ac06db3052266bfdc0bfa6248"
    "dd20110636c9c1cff62752bb69f5d4877f844cd29c57a4bc4f9adffed68d7aeb"
    "2b53d85ca11417fb23d57d3067730809eeb7703f61b2198e4ee54b938f5ddba9"
    "adf1ae2ecb0dfcf42d466e1d97e8d1e94d37a5755e839eab829db91ce0cd4989"
    "01b6bd5824a25f387899159050b895e4d091c7ceed0fb46fa0ccf0024a79c3de"
    "a3efea51e66b18ec1b2c80f774e7ff215a6a541e41319235c433070aba7e0e34"
    "88b1987cf33d606c7bcad31f3265042864be859b2f598ad7b025acaf1203e2f2"
)  # fmt: skip
_D: Final = (
    0x44D7, 0x26BC, 0x626B, 0x135E, 0x5789, 0x35E2, 0x7135, 0x09AF,
    0x4D78, 0x2F13, 0x6BC4, 0x1AF1, 0x5E26, 0x3C4D, 0x789A, 0x47AC,
)  # fmt: skip


def _mixed(value: int, turns: tuple[int, int, int, int]) -> int:
    """L1 or L2 of the specification, then its S-boxes."""
    out = value
    for turn in turns:
        out ^= (value << turn | value >> (32 - turn)) & _WORD
    return _S0[out >> 24] << 24 | _S1[out >> 16 & 0xFF] << 16 | _S0[out >> 8 & 0xFF] << 8 | _S1[out & 0xFF]


def keystream(key: bytes, iv: bytes, words: int) -> list[int]:
    """`words` words of 32 bits from a key and an initial vector of 16 bytes each."""
    s = [k << 23 | d << 8 | v for k, d, v in zip(key, _D, iv, strict=True)]
    r1 = r2 = 0
    out = []
    for step in range(-33, words):
        x0 = (s[15] & 0x7FFF8000) << 1 | s[14] & 0xFFFF
        x1 = (s[11] & 0xFFFF) << 16 | s[9] >> 15
        x2 = (s[7] & 0xFFFF) << 16 | s[5] >> 15
        w = ((x0 ^ r1) + r2) & _WORD
        w1, w2 = (r1 + x1) & _WORD, r2 ^ x2
        r1 = _mixed((w1 << 16 | w2 >> 16) & _WORD, (2, 10, 18, 24))
        r2 = _mixed((w2 << 16 | w1 >> 16) & _WORD, (8, 14, 22, 30))
        v = (s[15] << 15) + (s[13] << 17) + (s[10] << 21) + (s[4] << 20) + s[0] * 257
        if step < -1:
            v += w >> 1  # initialisation mode: the output goes back into the register
        elif step >= 0:
            out.append(w ^ ((s[2] & 0xFFFF) << 16 | s[0] >> 15))
        del s[0]
        s.append(v % _PRIME or _PRIME)
    return out
