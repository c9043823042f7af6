"""Pages, sources and files made for the tests that read documents."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from scrapers.model import Page, Source

NOW = datetime(2026, 8, 22, 10, 0, tzinfo=UTC)

PROSE = (
    "We, the members of the observation campaign, followed every stage of the vote in all six regions of the country.",
    (
        "Our volunteers were removed from polling stations, and several of them were fined although they had"
        " broken no law."
    ),
    "We call on the authorities to release those who were detained and to let independent observers do their work.",
)
"""Three paragraphs that any method takes for the text of a page."""


def page(body: str | bytes, *, url: str = "https://ngo.example/en/news/101", kind: str = "text/html") -> Page:
    """Answer with a body; text is sent as UTF-8."""
    return Page(
        url=url,
        requested=url,
        status=200,
        headers={"content-type": kind},
        body=body.encode() if isinstance(body, str) else body,
        fetched_at=NOW,
        capture_id=UUID(int=1),
    )


def source(**fields: object) -> Source:
    """A source of articles."""
    given: dict[str, object] = {
        "id": "ngo",
        "title": "An NGO",
        "family": "listing",
        "start": "https://ngo.example/en/news",
    }
    return Source(**{**given, **fields})  # type: ignore[arg-type]


def article(inner: str, *, head: str = "", title: str = "Observers protest - An NGO", lang: str = "en") -> str:
    """A page with the usual furniture around its text."""
    return (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>{head}</head><body class="single">'
        '<header><a href="/">An NGO</a><nav><ul><li><a href="/en/news">News</a></li><li><a'
        ' href="/en/about">About us</a></li>'
        '<li><a href="/en/donate">Donate</a></li></ul></nav></header>'
        f"<main>{inner}</main>"
        '<aside class="sidebar"><h3>Latest news</h3><ul><li><a href="/en/news/99">Another headline of'
        " another day</a></li></ul></aside>"
        '<footer><p>Copyright An NGO. All rights reserved.</p><a href="/en/privacy">Privacy</a></footer></body></html>'
    )


def paragraphs(*texts: str) -> str:
    """Wrap texts in paragraphs."""
    return "".join(f"<p>{text}</p>" for text in texts or PROSE)


def pdf(pages: list[list[str]], *, title: str = "", size: int = 11) -> bytes:
    """Write a small PDF: each page a list of lines in Helvetica."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids = []
    for lines in pages:
        text = b"BT /F1 %d Tf 14 TL 60 780 Td " % size
        for line in lines:
            written = line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            text += b"(" + written + b") Tj T* "
        text += b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects.append(b"<< /Title (%s) /CreationDate (D:20010203040506Z) >>" % title.encode("cp1252"))
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        table,
    )
