"""What sites are made of: statements, their pages, feeds, sitemaps and interfaces."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

from tests.origin import Origin, reply

SUBJECTS = (
    "sentencing of nine election observers",
    "blocking of the country's largest news site",
    "arrest of a human rights lawyer in the capital",
    "new law on foreign representatives",
    "shutdown of mobile internet during protests",
    "transfer of a political prisoner to a closed cell",
    "dissolution of the association of journalists",
    "extradition of an opposition politician",
    "search of the office of a monitoring group",
    "death of a detainee in a penal colony",
    "ban on peaceful assembly in three cities",
    "pardon of eleven imprisoned students",
)
PROSE = (
    "The members of this organisation have followed the matter from the first day and have spoken with relatives, counsel and"
    " witnesses, whose accounts agree in every point of weight.",
    "Nobody may be punished for exercising rights that the constitution and the covenant both protect, and no court may rest a"
    " verdict on evidence that the defence was never shown.",
    "We call on the authorities to end the proceedings, to release those held, and to let independent observers do their work"
    " without hindrance; we will follow what comes next closely.",
)
RUSSIAN = (
    "Мы следили за этим делом с первого дня и говорили с родственниками, адвокатами и свидетелями, рассказы которых сходятся.",
    "Никого нельзя наказывать за пользование правами, которые гарантируют конституция и международный пакт, и ни один суд не"
    " может выносить приговор на основании доказательств, которых защита не видела.",
    "Мы призываем власти прекратить преследование, освободить задержанных и позволить независимым наблюдателям работать.",
)


class Item(NamedTuple):
    """One statement of a site."""

    path: str
    title: str
    day: date


def items(pattern: str, count: int = 10, *, start: str = "Statement on the") -> list[Item]:
    """Statements four days apart, the newest first; `pattern` gets a slug, a number and a day."""
    made = []
    for number in range(count):
        day = date(2026, 2, 27) - timedelta(days=4 * number)
        subject = SUBJECTS[number % len(SUBJECTS)]
        slug = subject.replace(" ", "-").replace("'", "")
        made.append(Item(pattern.format(slug=slug, n=200 - number, d=day), f"{start} {subject}", day))
    return made


def html(inner: str, *, title: str, head: str = "", lang: str = ' lang="en"', nav: str = "") -> str:
    """A page with the usual furniture."""
    return (
        f'<!doctype html><html{lang}><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'<header class="site-header"><a href="/">Home</a><nav class="main-menu"><ul>{nav}<li><a href="/about">About us</a></li>'
        '<li><a href="/donate">Support our work</a></li><li><a href="/contact">Contact</a></li></ul></nav></header>'
        f'{inner}<footer class="site-footer"><p>All rights reserved.</p><a href="/privacy-policy">Privacy policy</a>'
        ' <a href="/terms-of-use">Terms of use of this site</a></footer></body></html>'
    )


def statement(
    item: Item, site: str, *, head: str = "", before: str = "", dated: bool = True, prose: Sequence[str] = PROSE
) -> str:
    """The page of one statement."""
    when = f'<p class="date"><time datetime="{item.day}">{item.day:%d %B %Y}</time></p>' if dated else ""
    body = "".join(f"<p>{part}</p>" for part in (f"{item.title}: a word on it.", *prose))
    inner = f'<main>{before}<article><h1>{item.title}</h1>{when}<div class="text">{body}</div></article></main>'
    lang = ' lang="ru"' if prose is RUSSIAN else ' lang="en"'
    return html(inner, title=f"{item.title} | {site}", head=head, lang=lang)


def pages(origin: Origin, made: Sequence[Item], site: str, **options: object) -> None:
    """Serve the page of every statement."""
    for item in made:
        origin.on(item.path.partition("?")[0], reply(statement(item, site, **options).encode()))  # type: ignore[arg-type]


def rss(origin: Origin, made: Sequence[Item], title: str, *, text: str = "", language: str = "en") -> bytes:
    """An RSS feed of them."""
    rows = "".join(
        f"<item><title>{item.title}</title><link>{origin.url}{item.path.replace('&', '&amp;')}</link>"
        f"<pubDate>{format_datetime(datetime(item.day.year, item.day.month, item.day.day, 9, tzinfo=UTC))}</pubDate>"
        f"<description>{text or item.title}</description></item>"
        for item in made
    )
    channel = f"<title>{title}</title><link>{origin.url}/</link><language>{language}</language>{rows}"
    return reply(
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}</channel></rss>'.encode(),
        Content_Type="application/rss+xml; charset=utf-8",
    )


def sitemap(origin: Origin, paths: Sequence[tuple[str, date]]) -> bytes:
    """A sitemap of them."""
    rows = "".join(f"<url><loc>{origin.url}{path}</loc><lastmod>{day}</lastmod></url>" for path, day in paths)
    return reply(
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode(),
        Content_Type="application/xml",
    )


def posts(origin: Origin, made: Sequence[Item]) -> bytes:
    """The answer of a WordPress interface."""
    rows = [
        {
            "id": number,
            "link": origin.url + item.path,
            "date_gmt": f"{item.day}T09:00:00",
            "guid": {"rendered": f"{origin.url}/?p={number}"},
            "title": {"rendered": item.title},
            "content": {"rendered": "".join(f"<p>{part}</p>" for part in PROSE)},
        }
        for number, item in enumerate(made, 100)
    ]
    return reply(json.dumps(rows).encode(), Content_Type="application/json; charset=UTF-8", X_WP_TotalPages="7")
