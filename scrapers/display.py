"""Show the blocks of a page again as sanitised markup."""

from __future__ import annotations

from html import escape

import lxml.html
from lxml import etree

from scrapers import body, clean
from scrapers.blocks import INLINE


def html(found: body.Body, base: str) -> str:
    """Write the text that was found as paragraphs, lists, tables and links, sanitised."""
    if not found.blocks:
        return clean.finish(paragraphs(found.text))
    out: list[str] = []
    listing: etree._Element | None = None
    seen: set[lxml.html.HtmlElement] = set()
    for block in found.blocks:
        element = block.element
        table = next(element.iterancestors("table"), None) if element.tag in ("td", "th") else None
        element = table if table is not None else element
        parent = element.getparent() if element.tag == "li" else None
        if listing is not None and parent is not listing:
            out.append(f"</{_list_tag(listing)}>\n")
        if parent is not None and parent is not listing:
            out.append(f"<{_list_tag(parent)}>")
        listing = parent
        if element in seen:
            continue
        if element.tag in clean.KEPT and _flat(element, table=table is not None):
            seen.add(element)
            out.append("".join(clean.render(element, base)).strip() + "\n")
        else:
            tag = element.tag if element.tag in ("li", "blockquote") else "p"
            out.append(f"<{tag}>{escape(block.text, quote=False).replace(chr(10), '<br>')}</{tag}>\n")
    if listing is not None:
        out.append(f"</{_list_tag(listing)}>")
    return clean.finish("".join(out))


def paragraphs(text: str) -> str:
    """Write plain text as paragraphs."""
    return "".join(f"<p>{escape(part, quote=False)}</p>\n" for part in text.split("\n\n") if part)


def _list_tag(element: etree._Element) -> str:
    return "ol" if element.tag == "ol" else "ul"


def _flat(element: lxml.html.HtmlElement, *, table: bool) -> bool:
    """Whether an element holds only running text, so that showing it whole shows one block."""
    return table or all(
        child.tag in INLINE or child.tag == "br" or not isinstance(child.tag, str)
        for child in element.iter()
        if child is not element
    )
