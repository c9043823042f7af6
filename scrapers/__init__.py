"""The outside world: bytes in, drafts out; no database."""
