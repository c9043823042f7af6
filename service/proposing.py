"""Looks for the ways into a site, tries each as a poll would, and makes a record of the best ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from msgspec import structs

from scrapers import guessing
from scrapers.address import key as address_key
from scrapers.errors import ChallengePage, Forbidden, LayoutChanged, RobotsRefused, ScrapeError
from scrapers.model import Door, Link, Selectors, Source
from scrapers.scope import for_sitemaps
from scrapers.seen import FeedLink, Site
from service.app import Khronika
from service.errors import CannotDo
from service.pace import RobotsMemory
from service.visiting import NO_VALIDATORS, Visits
from service.walk import walk

MOST_LOOKS = 8
"""Requests that finding the ways in may take; reading the preview takes as many more as it has pages."""
_TRIED_FEEDS = 3
_KEPT = 4
"""Requests that looking for a listing leaves for trying it."""
_OLD = timedelta(days=180)
_A_LIST = 4
"""Items from which on a page is a list of some length."""
_FRONT = re.compile(r"/?(?:[a-z]{2}(?:[-_][A-Za-z]{2})?/?)?(?:index\.\w+|home/?)?")
_COMMENTS = re.compile(r"comments?(?:$|\W)|commentaires|комментари|каментар|коментар", re.IGNORECASE)
_PODCAST = re.compile(r"podcast|\bepisodes?\b|\baudio\b", re.IGNORECASE)
_PATHS = ("/feed/", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/rss", "/en/rss.xml", "/spip.php?page=backend")
_OF_GENERATOR = (
    ("wordpress", ("/feed/",)),
    ("drupal", ("/rss.xml", "/en/rss.xml")),
    ("spip", ("/spip.php?page=backend",)),
    ("jekyll", ("/feed.xml", "/atom.xml")),
    ("hugo", ("/index.xml",)),
    ("ghost", ("/rss",)),
)
_CHILD = re.compile(r"post|news|article|press|statement|release|publication", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way into a site that was tried and yields links."""

    family: str
    start: str
    links: list[Link]
    title: str = ""
    """What the listing calls itself."""
    include: list[str] = field(default_factory=list)
    select: Selectors = field(default_factory=Selectors)

    @property
    def newest(self) -> datetime | None:
        """When the latest of its dated links was published."""
        return max((link.published.at for link in self.links if link.published), default=None)

    def keys(self) -> set[str]:
        """The names by which its links are compared with those of another way."""
        return {likeness(link.url) for link in self.links}


@dataclass(slots=True, kw_only=True)
class Ways:
    """What was found at an address: the best way first, and what is doubtful."""

    asked: str
    site: Site | None
    found: list[Way] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    why_not: str = ""
    """What stands in the way where nothing was found."""


def look(k: Khronika, url: str, visits: Visits, say: Callable[[str], None]) -> Ways:
    """Look for the ways in, best first. Raises CannotDo if the address itself cannot be had."""
    return _Scout(k, url, visits, say).look()


class _Scout:
    def __init__(self, k: Khronika, url: str, visits: Visits, say: Callable[[str], None]) -> None:
        self._k = k
        self._visits = visits
        self._say = say
        self._asked = url
        self._ways = Ways(asked=url, site=None)

    def look(self) -> Ways:
        ways = self._ways
        site = ways.site = self._landing()
        if site is None:
            self._blindly(self._asked)
            return ways
        if site.shape in {"feed", "posts", "sitemap"}:
            self._as_given(site)
            return ways
        lists_nothing = site.shape == "page" and not site.items and not any(feed.announced for feed in site.feeds)
        if site.shape == "article" or (lists_nothing and site.sections):
            site = ways.site = self._section(site)
        elif _FRONT.fullmatch(urlsplit(site.url).path) and not (site.feeds or site.posts):
            site = ways.site = self._newsroom(site)
        self._page(site)
        return ways

    def _landing(self) -> Site | None:
        """Read what stands at the address; None where only this page is closed to us."""
        try:
            return self._inspect(self._asked)
        except (RobotsRefused, Forbidden, ChallengePage) as error:
            where = urlsplit(self._asked).path or "/"
            said = {
                RobotsRefused: f"robots.txt forbids {where}",
                ChallengePage: "The page answered with a bot check",
                Forbidden: "The page answered that robots may not read it (401, 403 or 451)",
            }
            self._ways.why_not = next(words for kind, words in said.items() if isinstance(error, kind))
            self._doubt(f"{self._ways.why_not}.")
            return None
        except ScrapeError as error:
            detail = f" {error.detail}." if isinstance(error, LayoutChanged) and error.detail else ""
            words = f"nothing to watch was found there:{detail}" if detail else error.sentence
            raise CannotDo(f"{self._asked}: {words}") from error

    def _inspect(self, url: str) -> Site:
        self._say(f"asking {url}")
        page = self._visits.get(url)
        try:
            site = self._k.sandbox.inspect(_nobody(url), page)
        except ScrapeError as error:
            self._visits.note(url, error.sentence)
            raise
        kinds = {"shell": "a page that is empty without JavaScript", "article": "a single statement"}
        self._visits.note(url, kinds.get(site.shape, f"a {site.shape}" + (f", {site.items} items" * bool(site.items))))
        return site

    def _doubt(self, words: str) -> None:
        if words not in self._ways.doubts:
            self._ways.doubts.append(words)

    def _try(self, way: Way, languages: Sequence[str] = ()) -> Way | None:
        """Walk to the first page of items, as a poll does; None if there are none."""
        source = structs.replace(
            _nobody(way.start),
            family=way.family,
            include=way.include,
            select=way.select,
            languages=list(languages),
            home=self._asked if way.family in {"feed", "wordpress"} else None,
        )
        try:
            found = walk(
                source,
                way.start,
                web=self._visits,
                read=self._k.sandbox.links,
                validators=NO_VALIDATORS,
                known=lambda keys: keys,
                since=None,
                resume=None,
                followed=False,
                say=self._say,
            )
        except ScrapeError as error:
            self._visits.note(way.start, error.sentence)
            return None
        links = list(found.links.values())
        if way.family != "listing":
            self._visits.note(way.start, f"{way.family}, {len(links)} items")
        title = (found.listing.title if found.listing else None) or ""
        return replace(way, links=links, title=title) if links else None

    def _as_given(self, site: Site) -> None:
        if site.shape != "feed":  # neither says whose it is
            self._ways.site = self._front(site)
        if site.shape == "sitemap":
            self._ways.found += self._sitemap(site.url, "")
            return
        family = "feed" if site.shape == "feed" else "wordpress"
        way = self._try(Way(family=family, start=site.posts or self._asked, links=[]))
        if way is None:
            self._ways.why_not = f"the {site.shape} has no entries yet"
            return
        self._ways.found.append(way)
        if _COMMENTS.search(f"{site.name} {urlsplit(site.url).path}"):
            self._doubt("This looks like a feed of comments, not of statements.")
        if family == "feed" and _is_podcast(way, site.name):
            self._doubt("This looks like a podcast: its entries are sound files.")

    def _front(self, site: Site) -> Site:
        try:
            front = self._inspect(urljoin(site.url, "/"))
        except ScrapeError:
            return site
        return structs.replace(site, name=front.name, title=front.title, language=front.language, home=front.url)

    def _section(self, site: Site) -> Site:
        """Go from a single statement, or a page that lists nothing, to the page of its site that lists them."""
        single = site.shape == "article"
        for url in dict.fromkeys([*site.sections[:2], urljoin(site.url, "/")]):
            if self._visits.left <= _KEPT:
                break
            try:
                there = self._inspect(url)
            except ScrapeError:
                continue
            announced = any(feed.announced for feed in there.feeds)
            if there.shape == "page" and (there.items > 1 or announced or there.declared):
                what = "is a single statement" if single else "lists nothing"
                self._doubt(f"The address {what}: {url} is proposed in its place.")
                return structs.replace(there, feeds=there.feeds or site.feeds, posts=there.posts or site.posts)
        if single:
            self._doubt("The address is a single statement, and no page that lists others was found from it.")
        return site

    def _newsroom(self, site: Site) -> Site:
        """Go from a front page, which shows a bit of everything, to the page for news if that lists more or has a feed."""
        for url in site.sections[:1]:
            try:
                there = self._inspect(url)
            except ScrapeError:
                continue
            announced = any(feed.announced for feed in there.feeds)
            if there.shape == "page" and (announced or there.items >= max(site.items, _A_LIST)):
                self._doubt(f"The front page shows a bit of everything: {url} is proposed in its place.")
                return structs.replace(there, name=there.name or site.name)
        return site

    def _page(self, site: Site) -> None:
        ways = self._ways
        languages = [site.language] if site.language else []
        listing = None
        if site.items > 1 and site.shape == "page":
            blank = Way(family="listing", start=site.url, links=[], select=site.select)
            listing = self._try(blank, languages) or self._try(replace(blank, select=Selectors()), languages)
        feeds = list(self._feeds(site, site.feeds[:], listing))
        posts = self._posts(site)
        if not feeds and not any(feed.announced for feed in site.feeds):
            feeds = self._unannounced(site, listing, most=4 if posts is None else 1)

        # A feed or interface that serves the given section wins; one of another part of the site is at best a further door.
        fitting = [way for way in [*feeds, *([posts] if posts else [])] if self._fits(way, listing, site)]
        ways.found = [*fitting, *([listing] if listing else [])]
        if len(ways.found) < 2 and self._visits.left:
            ways.found += self._last_resort(site, fitting or ([listing] if listing else []))
        if site.shape == "shell":
            ways.why_not = "the page is empty without JavaScript: its items are not in what the server sends"
            self._doubt("The page is empty without JavaScript; what is proposed does not need it.")

    def _feeds(self, site: Site, announced: Sequence[FeedLink], listing: Way | None) -> Iterator[Way]:
        """Yield the first feed that has entries of this site; those of comments and sound are passed over."""
        here = urlsplit(site.url).path.rstrip("/")
        usable = []
        for feed in announced:
            if _COMMENTS.search(f"{feed.title} {urlsplit(feed.url).path}"):
                self._doubt(f"A feed of comments was passed over: {feed.url}")
            elif _PODCAST.search(f"{feed.title} {urlsplit(feed.url).path}"):
                self._doubt(f"A podcast was passed over: {feed.url}")
            else:
                usable.append(feed)
        usable.sort(key=lambda feed: (not feed.announced, not (here and urlsplit(feed.url).path.startswith(here))))
        for feed in usable[:_TRIED_FEEDS]:
            if self._visits.left <= 1:
                return
            way = self._try(Way(family="feed", start=feed.url, links=[]))
            if way is not None and self._is_good(way, listing, site):
                yield way
                return

    def _unannounced(self, site: Site, listing: Way | None, most: int) -> list[Way]:
        """Try the places where feeds usually are: those of the software that the site says it runs come first."""
        usual = [path for name, paths in _OF_GENERATOR if name in site.generator.lower() for path in paths]
        for path in list(dict.fromkeys([*usual, *_PATHS]))[: min(most, self._visits.left - 2)]:
            way = self._try(Way(family="feed", start=urljoin(site.url, path), links=[]))
            if way is not None and self._is_good(way, listing, site):
                return [way]
        return []

    def _is_good(self, way: Way, listing: Way | None, site: Site) -> bool:
        host = urlsplit(site.url).hostname or ""
        own = sum(_same_site(urlsplit(link.url).hostname or "", host) for link in way.links)
        if own * 2 < len(way.links):
            self._doubt(f"A feed whose entries lead to other sites was passed over: {way.start}")
            return False
        if _is_podcast(way, way.title):
            self._doubt(f"A podcast was passed over: {way.start}")
            return False
        if way.title and _COMMENTS.match(way.title):
            self._doubt(f"A feed of comments was passed over: {way.start}")
            return False
        if listing and way.newest and listing.newest and listing.newest - way.newest > _OLD:
            self._doubt(f"A feed that ended on {way.newest:%Y-%m-%d} was passed over: {way.start}")
            return False
        return True

    def _posts(self, site: Site) -> Way | None:
        if site.posts is None or self._visits.left <= 2:
            return None
        return self._try(Way(family="wordpress", start=site.posts, links=[]))

    def _fits(self, way: Way, listing: Way | None, site: Site) -> bool:
        """Tell whether a way serves the page that was asked for, rather than the site as a whole."""
        path = urlsplit(site.url).path.strip("/")
        if listing is None or _FRONT.fullmatch(f"/{path}"):
            return True
        section = guessing.folder([link.url for link in listing.links]) or "\0"
        shown = listing.keys()
        inside = sum(likeness(link.url) in shown or urlsplit(link.url).path.startswith(section) for link in way.links)
        if inside * 2 >= len(way.links):
            return True
        what = "feed" if way.family == "feed" else "interface"
        self._doubt(
            f"The {what} {way.start} is of the whole site ({inside} of {len(way.links)} entries fit): the page is used."
        )
        return False

    def _last_resort(self, site: Site, better: Sequence[Way]) -> list[Way]:
        """Try a sitemap: a further door where its statements can be told from its other pages, else better than nothing."""
        section = guessing.folder([link.url for link in better[0].links]) if better else urlsplit(site.url).path
        if better and section is None:
            return []
        for url in [*self._announced_sitemaps(site.url), urljoin(site.url, "/sitemap.xml")][:2]:
            if self._visits.left and (found := self._sitemap(url, section or "")):
                return found
        return []

    def _announced_sitemaps(self, url: str) -> list[str]:
        parts = urlsplit(url)
        robots = RobotsMemory(self._k.database, clock=self._k.clock).get(f"{parts.scheme}://{parts.netloc}")
        named = [address for address in (robots.sitemaps if robots else []) if address.startswith("http")]
        return sorted(named, key=lambda address: not _CHILD.search(address))

    def _sitemap(self, url: str, section: str) -> list[Way]:
        source = structs.replace(_nobody(url), family="sitemap")
        include: list[str] = []
        try:
            first = self._k.sandbox.links(source, self._visits.get(url))
        except ScrapeError as error:
            self._visits.note(url, error.sentence)
            return []
        child = next((child for child in first.next if _CHILD.search(urlsplit(child).path)), "")
        name = re.sub(r"\d+", "*", urlsplit(child).path.rpartition("/")[2])
        if first.index and for_sitemaps(name):
            include = [f"*{name}"]
        way = self._try(Way(family="sitemap", start=url, links=[], include=include))
        if way is None:
            return []
        folder = guessing.statements_folder([link.url for link in way.links], section)
        if folder is not None:
            include = [*include, folder]
            way = self._try(replace(way, include=include)) or way
            self._doubt(f"The sitemap holds more than statements: only addresses below {folder} are taken, a guess.")
        elif not include:
            self._doubt("The sitemap lists all pages, and what sets the statements apart could not be told.")
        return [way]

    def _blindly(self, url: str) -> None:
        """Try what can be tried without the page itself."""
        site = Site(url=url, shape="page")
        self._ways.found = self._unannounced(site, None, most=3)
        if not self._ways.found and self._visits.left:
            self._ways.found = self._last_resort(site, [])


def likeness(url: str) -> str:
    """Return what two spellings of an address have in common; one that cannot be fetched is only like itself."""
    try:
        return address_key(url)
    except ScrapeError:
        return url


def doors(ways: Sequence[Way]) -> list[Door]:
    """Write the further ways down as doors."""
    return [Door(family=way.family, start=way.start, include=way.include, select=way.select) for way in ways]


def _nobody(url: str) -> Source:
    return Source(id="proposed", title="-", family="listing", start=url)


def _is_podcast(way: Way, title: str) -> bool:
    sounds = sum(
        bool(link.enclosures) and all(re.search(r"\.(?:mp3|m4a|ogg|wav)\b", each) for each in link.enclosures)
        for link in way.links
    )
    return sounds * 2 > len(way.links) or bool(_PODCAST.search(title))


def _same_site(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
