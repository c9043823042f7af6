"""Cut a parsed page into the blocks a reader sees, and leave out what never belongs to the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import lxml.html
import msgspec

from scrapers import markup

INLINE: Final = markup.tags(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike "
    "strong sub sup"
    " time tt u var wbr nobr img amp-img picture source"
)
SKIPPED: Final = markup.tags(
    "script style noscript template iframe object embed applet form button select option textarea input svg math "
    "canvas audio"
    " video map head title meta link nav dialog figcaption menu"
)
_NOISE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|submenu|breadcrumbs?|footer|sidebar|side-?bar|rail|widget|social"
    r"|share|sharing|sharebar"
    r"|sharedaddy|addthis|comments?|commentlist|disqus|respond|related|recommended|recommendations?|recirc|promo"
    r"|promos|teasers?|newsletter"
    r"|subscribe|subscription|signup|sign-up|paywall|cookies?|consent|gdpr|advert\w*|ads?|adv|sponsor\w*|banner"
    r"|popup|modal|overlay|toolbar"
    r"|pagination|pager|paging|tags|tag-?list|taglist|categories|hashtags|author-?bio|bio|byline|bylines|meta"
    r"|postmeta|post-?info|entry-meta|printfriendly"
    r"|caption|wp-caption-text|credit|photo-?credit|copyright|skip-link|screen-reader-text|sr-only|visually-?hidden"
    r"|hidden|outbrain|taboola"
    r"|jp-relatedposts|most-?read|most-?popular|popular|trending|latest|more-?news|read-?more|readmore|see-?also"
    r"|also-?read|next-?prev|prev-?next"
    r"|print-?header|privacy|alert-?bar|alerts?|breaking-?(?:news|block|bar)|focused-?news|gallery|slideshow"
    r"|carousel|cta|more-?(?:posts|stories|articles|on|in|from)"
    r"|photo|image-?(?:embed|caption|credit|meta)|img-?caption|(?:post-?|about-?|article-?)?author(?:-?(?:info"
    r"|content|box|about|details?|card|name|block))?|about-the-author"
    r"|verdict|languages?(?:-?(?:selector|switcher|list))?|skip|notice|placeholder|inlinegallery|excerpt"
    r"|archive-view|relposts?|related\w*|rel-?(?:blck|wrp|links?|posts?)"
    r"|pull-?quote|pullout|tooltip|email-?(?:signup|form|subscribe)|sticky-?bar|topbar|top-?bar|bottom-?bar|dfp|mpu"
    r"|leaderboard|billboard|gpt"
    r"|you-?may(?:-?\w+){0,3}|inline-?(?:related|links?|newsletter|promo)|sub-?links?|shortlink|permalink|timestamp"
    r"|dateline-?time|post-?date|pub-?date|publish-?date|published|updated"
    r"|donate|donation|donations|disclaimer|feedback|rating|votes?|login|search|searchform|sitemap|syndicat\w*"
    r"|infobox|factbox|hatnote|toc)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"(?:^|[\s_-])(?:comments?(?!-(?:open|closed|enabled))|commentlist|disqus\w*|respond|related|recommended)(?:$"
    r"|[\s_-])",
    re.IGNORECASE,
)
_KEEP = re.compile(
    r"article-?body|articlebody|entry-content|post-?content|story-?body|main-?content|article-?content|post-?body"
    r"|field--name-body"
    r"|article__body|content-?body|article-text|news-?text|story-?text|govspeak|has-sidebar|no-sidebar|with-sidebar"
    r"|paragraph",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FURNITURE = re.compile(
    r"(?:advert(?:isement|ising)?|anzeige|publicité|publicidad|реклама|рэклама|caption|close|schließen|fermer"
    r"|cerrar|comments?|\d* ?comments?|tweet|share|print"
    r"|email|loading\W*|image \d+ of \d+|read more\b.{0,80}|read also\b.{0,120}|see also\b.{0,120}"
    r"|related(?: (?:links?|posts?|articles?|stories|content|news|topics?)|:).{0,100}|don'?t miss:?"
    r"|watch:? .{0,100}|more:? .{0,90}|story continues below.{0,40}|continue reading.{0,60}"
    r"|this slideshow requires.{0,40}|scroll (?:down )?(?:to|for).{0,60}|skip (?:to|advert).{0,40}"
    r"|mehr zum thema.{0,80}|lesen sie auch.{0,120}|lire aussi.{0,120}|à lire.{0,120}|leer también.{0,120}|le(?:e"
    r"|er) más.{0,80}|leggi anche.{0,120}|leia (?:também|mais).{0,120}"
    r"|czytaj (?:też|także|więcej).{0,120}|читайте (?:также|также:|ещё|еще|також|тоже).{0,150}"
    r"|смотрите также.{0,120}|чытайце (?:таксама|яшчэ).{0,150}|дивіться також.{0,120}"
    r"|(?:updated|published|posted|last modified|created)\b:?.{0,60}\d.{0,30}|by [A-Z][^.]{2,50}|https?://\S+)",
    re.IGNORECASE,
)
_APPEAL = re.compile(
    r"\b(?:our|your|daily|weekly|free|breaking)\b.{0,60}\bnewsletters?\b|\bsign(?:ing)? up (?:for|to|here|now)\b"
    r"|subscribe (?:to|now|today|here)\b|\bfollow (?:us|him|her|them|me|\w+) (?:on|@)"
    r"|delivered (?:to|through|straight)\b.{0,30}\b(?:inbox|letterbox|door)|(?:uses?|use of|accept|our) cookies\b"
    r"|cookie policy|privacy policy\b|all rights reserved|turn on notifications"
    r"|like us on facebook|download (?:our|the) app\b|affiliate (?:and|links?|commission)|подпис(?:ывайтесь"
    r"|аться) на\b|падпісвайцеся на\b|підписуйтесь на\b|наш(?:ем|ага|ому|ым)? (?:telegram|телеграм)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ROLES: Final = frozenset(
    ("navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar", "dialog", "alert")
)
_SPACE = re.compile(r"[^\S\n]*\n[^\S\n]*|[^\S\n]+")


class Block(msgspec.Struct, eq=False):
    """A run of text that stands on its own line, with how much of it is links."""

    element: lxml.html.HtmlElement
    text: str
    linked: int = 0

    @property
    def density(self) -> float:
        """The share of the text that is links."""
        return self.linked / len(self.text) if self.text else 1.0


def is_furniture(block: Block) -> bool:
    """Say whether a block is a label, a call to subscribe or a link to further reading rather than text."""
    length = len(block.text)
    if length <= 160 and _FURNITURE.fullmatch(block.text):
        return True
    return length <= 320 and _APPEAL.search(block.text) is not None


def is_noise(element: lxml.html.HtmlElement) -> bool:
    """Say whether an element is navigation, comments, promotion or hidden, by its name, class, id and role."""
    tag = element.tag
    if tag in SKIPPED or not isinstance(tag, str):
        return True
    if tag in ("body", "html", "main"):
        return False
    if tag == "article":  # an article inside another is a teaser
        return next(element.iterancestors("article"), None) is not None
    get = element.get
    if tag in ("footer", "aside"):
        return True
    if get("role") in _ROLES or get("hidden") is not None or get("aria-hidden") == "true":
        return True
    style = get("style")
    if style and _HIDDEN.search(style):
        return True
    if tag in INLINE and tag != "span":
        return False
    names = _names(element)
    if len(names) < 2:
        return False
    if get("itemprop") in ("articleBody", "text") or _KEEP.search(names):
        return False
    return _NOISE.search(names) is not None


def _names(element: lxml.html.HtmlElement) -> str:
    """Class and id with camelCase parted: `imageEmbedCaption` is a caption."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}"[:600]
    return _HUMP.sub("-", names) if not names.islower() else names


def cut(root: lxml.html.HtmlElement, *, prune: bool = True) -> list[Block]:
    """Cut what stands under an element into blocks, in reading order, without noise unless `prune` is False."""
    blocks: list[Block] = []
    pieces: list[str] = []
    linked = 0
    owner = root

    def flush() -> None:
        nonlocal linked
        text = _SPACE.sub(lambda match: "\n" if "\n" in match[0] and "\x01" in match[0] else " ", "".join(pieces))
        text = re.sub(r" ?\x01 ?", "\n", text).strip()
        if text:
            blocks.append(Block(owner, text, min(linked, len(text))))
        pieces.clear()
        linked = 0

    spared = _bearers(root) if prune else None
    for kind, element, in_link in _walk(root, spared):
        tag = element.tag
        if kind == "text":
            text = element.text
        elif kind == "tail":
            text = element.tail
        elif tag == "br":
            if "".join(pieces[-2:]).rstrip(" \t\r\n\xa0").endswith("\x01"):
                flush()
            else:
                pieces.append("\x01")
            continue
        else:
            flush()
            owner = element if kind == "open" else (element.getparent() if element is not root else root)
            continue
        if text:
            pieces.append(text)
            if in_link:
                linked += len(text.strip())
    flush()
    return blocks


def _bearers(root: lxml.html.HtmlElement) -> set[lxml.html.HtmlElement]:
    """The elements that hold much of the page's prose: whatever they are called, they are no furniture."""
    prose: dict[lxml.html.HtmlElement, int] = {}
    total = 0
    for element in root.iter():
        tag = element.tag
        if not isinstance(tag, str) or tag in SKIPPED or tag == "a":
            continue
        length = len((element.text or "").strip()) + sum(len((child.tail or "").strip()) for child in element)
        if length < 60 or any(above.tag in SKIPPED for above in element.iterancestors()):
            continue
        total += length
        above: lxml.html.HtmlElement | None = element
        while above is not None and above is not root:
            prose[above] = prose.get(above, 0) + length
            above = above.getparent()
    return {element for element, length in prose.items() if length > 0.35 * total and not _is_talk(element)}


def _is_talk(element: lxml.html.HtmlElement) -> bool:
    return _TALK.search(_names(element)) is not None


def _walk(
    root: lxml.html.HtmlElement, spared: set[lxml.html.HtmlElement] | None
) -> Iterator[tuple[str, lxml.html.HtmlElement, bool]]:
    """Go through a tree without recursion: where blocks open and close, where text stands, whether inside a link."""
    stack: list[tuple[lxml.html.HtmlElement, bool, bool]] = [(root, False, False)]
    while stack:
        element, leaving, in_link = stack.pop()
        inline = element.tag in INLINE
        if leaving:
            if not inline:
                yield "close", element, in_link
            if element is not root:
                yield "tail", element, in_link
            continue
        if element is not root and (
            element.tag in SKIPPED
            or not isinstance(element.tag, str)
            or (spared is not None and element not in spared and is_noise(element))
        ):
            if (
                element.tag not in INLINE
                and isinstance(element.tag, str)
                and element.tag not in ("script", "style", "noscript")
            ):
                yield "close", element, in_link
            yield "tail", element, in_link
            continue
        if element.tag == "br":
            yield "break", element, in_link
            yield "tail", element, in_link
            continue
        inside = in_link or element.tag == "a"
        if not inline:
            yield "open", element, in_link
        yield "text", element, inside
        stack.append((element, True, in_link))
        stack.extend((child, False, inside) for child in reversed(element))


def prose(blocks: list[Block]) -> str:
    """Join blocks into text with a blank line between paragraphs; the cells of a table's row stay on one line."""
    out: list[str] = []
    row: lxml.html.HtmlElement | None = None
    for block in blocks:
        here = _row(block.element)
        if here is not None and here is row and out:
            out[-1] += " " + block.text
        else:
            out.append(block.text)
        row = here
    return "\n\n".join(out)


def _row(element: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    if element.tag in ("td", "th"):
        return element.getparent()
    return None
