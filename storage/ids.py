"""Time-ordered identifiers, made before the row is written."""

from __future__ import annotations

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Make a UUID version 7: 48 bits of Unix milliseconds, 12 of their fraction, then random bits.

    The fraction (RFC 9562, section 6.2, method 3) keeps ids made one after another in one process in that order.
    """
    millis, nanos = divmod(time.time_ns(), 1_000_000)
    fraction = (nanos << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return UUID(int=(millis & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random)


def new_position() -> int:
    """Make a time-ordered 63-bit integer: milliseconds since 2020, then 21 random bits."""
    millis = time.time_ns() // 1_000_000 - 1_577_836_800_000
    return millis << 21 | int.from_bytes(os.urandom(3), "big") >> 3
