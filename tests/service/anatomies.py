"""Small sites of many builds on the loopback origin: each answers as such a site does, down to its markup."""

# ruff: noqa: E501 (markup reads better unbroken)

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from tests.origin import Asked, Origin, reply
from tests.service.sites import PROSE, RUSSIAN, SUBJECTS, Item, html, items, pages, posts, rss, sitemap, statement


def wordpress(origin: Origin, *, api: bool = True, feed: bool = True, announced: bool = True) -> list[Item]:
    """A blog of the usual build; its theme wraps each post in an article with a class of its own."""
    made = items("/{d:%Y}/{d:%m}/{slug}/")
    head = (
        '<meta name="generator" content="WordPress 6.5"><meta property="og:site_name" content="Committee of the North">'
    )
    if announced:
        head += (
            '<link rel="alternate" type="application/rss+xml" title="Committee of the North &raquo; Comments Feed" href="/comments/feed/">'
            '<link rel="alternate" type="application/rss+xml" title="Committee of the North &raquo; Feed" href="/feed/">'
        )
    head += '<link rel="https://api.w.org/" href="/wp-json/">' if api else ""
    teasers = "".join(
        f'<article id="post-{n}" class="post-{n} post type-post status-publish hentry"><header class="entry-header">'
        f'<h2 class="entry-title"><a href="{item.path}" rel="bookmark">{item.title}</a></h2>'
        f'<time class="entry-date published" datetime="{item.day}T09:00:00+00:00">{item.day:%B %d, %Y}</time></header>'
        f'<div class="entry-summary"><p>{PROSE[0][:90]}</p></div></article>'
        for n, item in enumerate(made)
    )
    older = '<div class="nav-links"><div class="nav-previous"><a href="/page/2/">Older posts</a></div></div>'
    inner = f'<main id="main" class="site-main">{teasers}{older}</main>'
    origin.on("/", reply(html(inner, title="Committee of the North", head=head).encode()))
    if feed:
        origin.on("/feed/", rss(origin, made, "Committee of the North"))
        origin.on("/comments/feed/", rss(origin, made[:3], "Comments for Committee of the North"))
    if api:
        origin.on("/wp-json/wp/v2/posts", posts(origin, made))
    pages(origin, made, "Committee of the North", head=head)
    return made


def drupal(origin: Origin) -> list[Item]:
    """A section made by Views, and a feed of the whole site, which holds hardly any of it."""
    made = items("/en/press/statements/{slug}")
    others = items("/en/projects/{slug}", start="Workshop about the")
    head = (
        '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)"><meta property="og:site_name" content="Office of the East">'
        '<link rel="alternate" type="application/rss+xml" title="Office of the East" href="/rss.xml">'
    )
    rows = "".join(
        f'<div class="views-row views-row-{n}"><div class="views-field views-field-title"><span class="field-content">'
        f'<a href="{item.path}" hreflang="en">{item.title}</a></span></div><div class="views-field views-field-created">'
        f'<span class="field-content">{item.day:%d/%m/%Y}</span></div></div>'
        for n, item in enumerate(made, 1)
    )
    pager = '<nav class="pager"><ul><li class="pager__item pager__item--next"><a href="?page=1" rel="next" title="Go to next page">Next ›</a></li></ul></nav>'
    inner = f'<main><h1>Statements</h1><div class="view view-statements"><div class="view-content">{rows}</div>{pager}</div></main>'
    origin.on("/en/press/statements", reply(html(inner, title="Statements | Office of the East", head=head).encode()))
    origin.on("/rss.xml", rss(origin, [*others[:9], made[0]], "Office of the East"))
    pages(origin, made, "Office of the East")
    return made


def bare(origin: Origin) -> list[Item]:
    """A list written by hand: dates stand before the links, nothing has a class."""
    made = items("/docs/st{n}.html", 14)
    rows = "".join(f'<li>{item.day:%d.%m.%Y} <a href="{item.path}">{item.title}</a></li>' for item in made)
    inner = f"<h1>Our statements</h1><ul>{rows}</ul>"
    origin.on(
        "/statements.html",
        reply(f"<html><head><title>Helsinki Group</title></head><body>{inner}</body></html>".encode()),
    )
    pages(origin, made, "Helsinki Group", dated=False)
    return made


def table(origin: Origin) -> list[Item]:
    """A register as a table: number, day, link, PDF."""
    made = items("/registry/document/{n}", 12)
    rows = "".join(
        f'<tr><td>{n}</td><td class="c-date">{item.day:%Y-%m-%d}</td><td><a href="{item.path}">{item.title}</a></td>'
        f'<td><a href="/files/{n}.zip">Download</a></td></tr>'
        for n, item in enumerate(made, 1)
    )
    head = "<tr><th>No.</th><th>Date</th><th>Title</th><th>File</th></tr>"
    inner = f'<div id="content"><h1>Register</h1><table class="register"><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    origin.on("/registry", reply(html(inner, title="Register of statements - Assembly").encode()))
    pages(origin, made, "Assembly")
    return made


def spip(origin: Origin) -> list[Item]:
    """Everything behind one script; the feed is only linked to by a picture."""
    made = items("/spip.php?article{n}", start="Communiqué on the")
    rows = "".join(
        f'<li class="hentry"><h3><a href="spip.php?article{item.path.partition("article")[2]}" rel="bookmark">{item.title}</a></h3>'
        f'<small><abbr class="published" title="{item.day}T10:00:00Z">{item.day:%d %B %Y}</abbr></small></li>'
        for item in made
    )
    icon = '<a href="spip.php?page=backend" title="Syndicate the site"><img src="rss.png" alt="RSS 2.0"></a>'
    inner = f'<div class="main"><h2>Latest</h2><ul class="liste-items">{rows}</ul>{icon}</div>'
    head = '<meta name="generator" content="SPIP 4.2">'
    answers = {item.path.partition("?")[2]: reply(statement(item, "Ligue", dated=True).encode()) for item in made}
    answers["page=backend"] = rss(origin, made, "Ligue", text=PROSE[0][:60])

    def answer(asked: Asked, sock: socket.socket) -> bool:
        sock.sendall(answers.get(asked.target.partition("?")[2], reply(b"nothing", 404)))
        return True

    origin.on("/spip.php", answer)
    origin.on("/", reply(html(inner, title="Ligue", head=head).encode()))
    return made


def liferay(origin: Origin) -> list[Item]:
    """An asset publisher: long addresses, generated ids, a pager of buttons that count."""
    made = items("/web/guest/-/{slug}")
    rows = "".join(
        f'<div class="asset-abstract default-asset-publisher" id="_com_x_INSTANCE_aB{n}_"><span class="asset-anchor"></span>'
        f'<h3 class="asset-title"><a href="{item.path}">{item.title}</a></h3>'
        f'<div class="metadata-entry metadata-publish-date">{item.day:%b %d, %Y}</div>'
        f'<div class="asset-content"><div class="asset-summary">{PROSE[1][:120]} <a href="{item.path}">Read more</a></div></div></div>'
        for n, item in enumerate(made)
    )
    pager = (
        '<ul class="lfr-pagination-buttons pager"><li class="disabled"><a href="javascript:;">Previous</a></li>'
        '<li><a href="/web/guest/news?p_p_id=101&amp;_101_cur=2&amp;cur=2">Next</a></li></ul>'
    )
    inner = f'<div id="wrapper"><div class="portlet-body"><div class="subscribe-action"></div>{rows}{pager}</div></div>'
    origin.on("/web/guest/news", reply(html(inner, title="News - Assembly of States").encode()))
    pages(origin, made, "Assembly of States")
    return made


def cards(origin: Origin) -> list[Item]:
    """A ministry's cards: the whole card is the link, its day is words, filters stand beside."""
    made = items("/news/{d:%Y}/{d:%m}/{slug}", 12)
    rows = "".join(
        f'<li class="card-grid__item"><a class="news-card" href="{item.path}"><img src="/i/{n}.jpg" alt=""><div class="news-card__body">'
        f'<h3 class="news-card__title">{item.title}</h3><p class="news-card__date">{item.day.day} {item.day:%B %Y}</p>'
        f'<span class="news-card__type">Press release</span></div></a></li>'
        for n, item in enumerate(made)
    )
    aside = '<aside class="filters"><form><label>Topic</label><a href="/news?topic=consular">Consular matters abroad</a></form></aside>'
    pager = '<nav aria-label="Pagination"><a class="pagination__next" href="/news?page=2" aria-label="Next page">→</a></nav>'
    head = '<meta property="og:site_name" content="Ministry of Foreign Affairs">'
    inner = f'<main id="main-content"><h1>News</h1>{aside}<ul class="card-grid">{rows}</ul>{pager}</main>'
    origin.on("/news", reply(html(inner, title="News - Ministry of Foreign Affairs", head=head).encode()))
    pages(origin, made, "Ministry of Foreign Affairs")
    return made


def jekyll(origin: Origin) -> list[Item]:
    """A static blog with a full-text Atom feed."""
    made = items("/{d:%Y}/{d:%m}/{d:%d}/{slug}.html")
    rows = "".join(
        f'<li><span class="post-meta">{item.day:%b %d, %Y}</span><h3><a class="post-link" href="{item.path}">{item.title}</a></h3></li>'
        for item in made
    )
    head = '<meta name="generator" content="Jekyll v4.3"><link type="application/atom+xml" rel="alternate" href="/atom.xml" title="Watch">'
    inner = f'<main class="page-content"><div class="home"><ul class="post-list">{rows}</ul></div></main>'
    origin.on("/", reply(html(inner, title="Watch", head=head).encode()))
    body = "".join(f"&lt;p&gt;{part}&lt;/p&gt;" for part in PROSE)
    entries = "".join(
        f'<entry><title>{item.title}</title><link href="{origin.url}{item.path}"/><id>{origin.url}{item.path}</id>'
        f'<updated>{item.day}T08:00:00Z</updated><published>{item.day}T08:00:00Z</published><content type="html">{body}</content></entry>'
        for item in made
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Watch</title><id>{origin.url}/</id><updated>2026-02-27T08:00:00Z</updated>{entries}</feed>'
    origin.on("/atom.xml", reply(feed.encode(), Content_Type="application/xml"))
    pages(origin, made, "Watch")
    return made


def shell(origin: Origin, *, mapped: bool = False) -> list[Item]:
    """A page whose whole content is made by a script."""
    made = items("/stories/{slug}")
    bundle = '<div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript><script src="/static/main.4f2a.js"></script>'
    origin.on(
        "/",
        reply(
            f'<!doctype html><html lang="en"><head><title>Newsroom</title></head><body>{bundle}</body></html>'.encode()
        ),
    )
    if mapped:
        others = [("/", date(2026, 2, 1)), ("/about", date(2024, 1, 1)), ("/team/board-of-directors", date(2024, 1, 1))]
        origin.on("/sitemap.xml", sitemap(origin, [*others, *((item.path, item.day) for item in made)]))
        pages(origin, made, "Newsroom")
    return made


def single(origin: Origin) -> list[Item]:
    """A statement with a breadcrumb and related ones below it; its site has a listing and no feed."""
    made = items("/en/library/statements/{slug}")
    crumbs = (
        '<ol class="breadcrumb"><li><a href="/en">Home</a></li><li><a href="/en/library">Library</a></li>'
        '<li><a href="/en/library/statements">Statements</a></li></ol>'
    )
    related = "".join(f'<li><a href="{item.path}">{item.title}</a></li>' for item in made[5:8])
    head = '<meta property="og:type" content="article"><meta property="og:site_name" content="Coalition for Access">'
    pages(
        origin, made, "Coalition for Access", head=head, before=crumbs + f'<div class="more"><ul>{related}</ul></div>'
    )
    rows = "".join(
        f'<div class="teaser"><h2><a href="{item.path}">{item.title}</a></h2><span class="teaser-date">{item.day:%d %b %Y}</span></div>'
        for item in made
    )
    listing = html(
        f'<main><h1>Statements</h1><div class="list">{rows}</div></main>', title="Statements", head=head[49:]
    )
    origin.on("/en/library/statements", reply(listing.encode()))
    return made


def mapped(origin: Origin) -> list[Item]:
    """A front page of pictures; robots.txt names an index of sitemaps, one of which holds the statements."""
    made = items("/newsroom/{slug}")
    origin.on(
        "/",
        reply(
            html('<main><div class="hero"><h1>We watch</h1><p>Since 1990.</p></div></main>', title="We watch").encode()
        ),
    )
    origin.on(
        "/robots.txt", reply(f"User-agent: *\nDisallow: /admin\nSitemap: {origin.url}/sitemap_index.xml\n".encode())
    )
    children = "".join(
        f"<sitemap><loc>{origin.url}/{name}-sitemap.xml</loc></sitemap>" for name in ("page", "post", "category")
    )
    index = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{children}</sitemapindex>'
    origin.on("/sitemap_index.xml", reply(index.encode(), Content_Type="application/xml"))
    origin.on("/post-sitemap.xml", sitemap(origin, [(item.path, item.day) for item in made]))
    origin.on(
        "/page-sitemap.xml",
        sitemap(origin, [("/about-us-and-our-work", date(2025, 1, 1)), ("/contact", date(2025, 1, 1))]),
    )
    pages(origin, made, "We watch")
    return made


def front(origin: Origin) -> list[Item]:
    """A front page with projects, partners and two statements; the newsroom lists them all, a word of summary beside each."""
    made = items("/newsroom/{n}-{slug}", 12)
    projects = "".join(
        f'<div class="project"><h3><a href="/projects/{n}">A project on {subject}</a></h3></div>'
        for n, subject in enumerate(SUBJECTS[:3])
    )
    latest = "".join(f'<div class="latest"><h4><a href="{item.path}">{item.title}</a></h4></div>' for item in made[:2])
    nav = '<li><a href="/newsroom">Newsroom</a></li><li><a href="/projects">Projects</a></li>'
    inner = f'<main><h1>We stand for rights</h1><div class="projects">{projects}</div><div class="latest-list">{latest}</div></main>'
    head = '<meta property="og:site_name" content="Rights House">'
    origin.on("/", reply(html(inner, title="Rights House", nav=nav, head=head).encode()))
    rows = "".join(
        f'<dt><a href="{item.path}">{item.title}</a></dt><dd><em>{item.day:%d %B %Y}</em> {PROSE[1][:80]}</dd>'
        for item in made
    )
    origin.on(
        "/newsroom",
        reply(html(f'<main><dl class="entries">{rows}</dl></main>', title="Newsroom | Rights House", nav=nav).encode()),
    )
    pages(origin, made, "Rights House")
    return made


def bilingual(origin: Origin) -> list[Item]:
    """A Russian section with an English twin, both announced, and a feed for each."""
    made = items("/ru/novosti/{slug}", start="Заявление:")
    rows = "".join(
        f'<div class="news-item"><span class="news-date">{item.day:%d.%m.%Y}</span><a class="news-title" href="{item.path}">{item.title}</a></div>'
        for item in made
    )
    head = (
        '<link rel="alternate" hreflang="en" href="/en/news/"><link rel="alternate" hreflang="ru" href="/ru/novosti/">'
        '<link rel="alternate" type="application/rss+xml" title="RU" href="/ru/rss.xml">'
    )
    nav = '<li class="lang"><a href="/en/">English</a></li>'
    page = html(
        f'<div id="content"><div class="news-list">{rows}</div></div>',
        title="Новости — Центр",
        head=head,
        lang=' lang="ru"',
        nav=nav,
    )
    origin.on("/ru/novosti/", reply(page.encode()))
    origin.on("/ru/rss.xml", rss(origin, made, "Центр", language="ru"))
    pages(origin, made, "Центр", prose=RUSSIAN)
    return made


def fed(origin: Origin) -> list[Item]:
    """A feed and the pages it leads to, and nothing else."""
    made = items("/story/{n}")
    origin.on("/export/rss2", rss(origin, made, "Wire of the South - RSS", text=PROSE[0][:50]))
    pages(origin, made, "Wire of the South")
    return made


class Anatomy(NamedTuple):
    """A site, the address a person would paste, and what should come of it."""

    build: Callable[[Origin], list[Item]]
    asked: str
    family: str
    start: str
    select: tuple[str, ...] = ()
    """Selectors the record should have."""
    doors: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


ANATOMIES = {
    "wordpress": Anatomy(wordpress, "/", "feed", "/feed/", (), ("wordpress", "listing"), ("comments",)),
    "wordpress-silent": Anatomy(
        lambda origin: wordpress(origin, api=False, announced=False), "/", "feed", "/feed/", (), ("listing",)
    ),
    "wordpress-without-feed": Anatomy(
        lambda origin: wordpress(origin, feed=False, announced=False),
        "/", "wordpress", "/wp-json/wp/v2/posts", (), ("listing",),
    ),
    "drupal": Anatomy(
        drupal, "/en/press/statements", "listing", "/en/press/statements", ("item", "link", "next"), (), ("whole site",)
    ),
    "bare": Anatomy(bare, "/statements.html", "listing", "/statements.html"),
    "table": Anatomy(table, "/registry", "listing", "/registry", ("item",)),
    "spip": Anatomy(spip, "/", "feed", "/spip.php?page=backend", (), ("listing",), ("summaries",)),
    "liferay": Anatomy(liferay, "/web/guest/news", "listing", "/web/guest/news", ("item", "link")),
    "cards": Anatomy(cards, "/news", "listing", "/news", ("item", "next")),
    "jekyll": Anatomy(jekyll, "/", "feed", "/atom.xml", (), ("listing",)),
    "shell-with-sitemap": Anatomy(
        lambda origin: shell(origin, mapped=True), "/", "sitemap", "/sitemap.xml", (), (), ("JavaScript", "/stories/")
    ),
    "single": Anatomy(
        single, "/en/library/statements/new-law-on-foreign-representatives", "listing", "/en/library/statements",
        ("item", "link"), (), ("single statement",),
    ),
    "front": Anatomy(front, "/", "listing", "/newsroom", ("item",), (), ("front page",)),
    "feed": Anatomy(fed, "/export/rss2", "feed", "/export/rss2", (), (), ("summaries",)),
    "sitemap-only": Anatomy(mapped, "/", "sitemap", "/sitemap_index.xml"),
    "bilingual": Anatomy(bilingual, "/ru/novosti/", "feed", "/ru/rss.xml", (), ("listing",), ("also speaks en",)),
}  # fmt: skip
"""Sites by name."""
