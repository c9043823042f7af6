"""Reads one document by what it is, whatever family it was found by."""

from __future__ import annotations

from scrapers import article, pdf
from scrapers.model import Draft, Link, Page, Source

_PDF_TYPES = frozenset(("application/pdf", "application/x-pdf"))


def read(source: Source, page: Page, link: Link | None) -> Draft:
    """Read a PDF or a page, told apart by the first bytes rather than by the label (ISO 32000-2, 7.5.2)."""
    if b"%PDF-" in page.body[:1024] or (page.content_type in _PDF_TYPES and b"<html" not in page.body[:1024].lower()):
        return pdf.read(source, page, link, page.fetched_at)
    return article.read(source, page, link, page.fetched_at)
