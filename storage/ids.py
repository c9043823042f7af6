"""Time-ordered identifiers, made before the row is written."""

from __future__ import annotations

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Make a UUID version 7: 48 bits of Unix milliseconds, then random bits (RFC 9562, section 5.7)."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (millis & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_position() -> int:
    """Make a time-ordered 63-bit integer: milliseconds since 2020, then 21 random bits."""
    millis = time.time_ns() // 1_000_000 - 1_577_836_800_000
    return millis << 21 | int.from_bytes(os.urandom(3), "big") >> 3
