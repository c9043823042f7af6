"""What the program tells a person it cannot do."""

from __future__ import annotations


class CannotDo(Exception):
    """What was asked cannot be done; the message says why in a sentence."""


class BadSettings(CannotDo):
    """A setting cannot be used; the message names it."""
