"""One spelling per address, and one key per document however its address is written.

Normalisation follows RFC 3986, section 6.2.2, and the WHATWG URL Standard where they agree. Query parameters are identity
(`id`, `ID`, `File`, …) unless they are known to be tracking.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

import idna

from scrapers.errors import SchemeRefused

_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PORTS: Final = {"http": 80, "https": 443}

_TRACKING = re.compile(
    r"(?:utm_\w*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|mc_[ce]id|igshid|igsh|twclid|ttclid|li_fat_id"
    r"|_openstat|_ga|_gl|_hs(?:enc|mi)|__hstc|__hssc|__hsfp|hs(?:ctatracking|a_\w+)|mkt_tok|oly_(?:anon|enc)_id|vero_id"
    r"|wt_?mc|wt\.mc_id|at_(?:medium|campaign|custom\w*|link_\w+)|pk_(?:campaign|kwd|source|medium)|piwik_\w+|matomo_\w+"
    r"|mtm_\w+|cmpid|s_cid|ns_(?:mchannel|source|campaign|linkname|fee)|ref_src|ref_url|_branch_match_id|spm|zanpid"
    r"|fb_(?:action_ids|action_types|source|ref)|guccounter|guce_referrer(?:_sig)?|usqp|p_l_back_url\w*|phpsessid|jsessionid|sessionid)",
    re.IGNORECASE,
)
_VIEWS: Final = {
    "amp": {"1", "", "true", "amp"},
    "print": {"print", "1", "true", "yes", "y", ""},
    "outputtype": {"amp"},
    "view": {"print"},
    "do": {"print"},
    "mode": {"print"},
    "format": {"amp", "print"},
    "replytocom": None,
}
"""Parameters that show the same document in another dress, with the values that do so (None: any)."""
_NEEDS_IDENTITY: Final = frozenset(("do", "view", "mode", "format"))
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp|shtml|phtml)$", re.IGNORECASE)
_AMP_PATH = re.compile(r"(?:/amp/?|\.amp(?:\.html)?|/amp\.html)$")
_LISTING = re.compile(
    r"(?:/[a-z]{2}(?:[-_][a-z]{2})?)?(?:/(?:news|home|press|media|statements?|press-?releases?|blog|articles?|archive|category/[^/]+"
    r"|tag/[^/]+|page/\d+))*/?",
    re.IGNORECASE,
)
_MAX_LENGTH: Final = 8000


def canonical(url: str) -> str:
    """Spell an address in the one way it is stored and shown. Raises SchemeRefused for anything that may not be fetched."""
    text = url.strip()
    if not text or len(text) > _MAX_LENGTH or _CONTROL.search(text.replace(" ", "%20")):
        raise SchemeRefused(url[:200], "not an address")
    try:
        parts = urlsplit(text.replace(" ", "%20"))
        port = parts.port
    except ValueError as problem:
        raise SchemeRefused(url[:200], str(problem)[:200]) from problem
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or parts.username is not None or parts.password is not None or not parts.hostname:
        raise SchemeRefused(url[:200], "not a plain http or https address")

    host = _host(parts.hostname, url)
    if port is not None and port != _PORTS[scheme]:
        host += f":{port}"
    path = _path(parts.path)
    query = _query(parts.query)
    path, query = _plain_view(path, query)
    address = f"{scheme}://{host}{path}"
    if query:
        address += "?" + "&".join(query)
    if parts.fragment.startswith(("!", "/")):  # client-side routes: there the fragment names the document
        address += "#" + _escape(parts.fragment, "!$&'()*+,;=:@/?~")
    return address


def key(url: str) -> str:
    """Give the name under which every spelling of one document's address meets: not an address to fetch.

    Scheme, `www.` and a trailing slash make no difference, nor does the order of parameters. Raises SchemeRefused.
    """
    address = canonical(url)
    head, _, fragment = address.partition("#")
    head, _, query = head.partition("?")
    host, slash, path = head.split("://", 1)[1].partition("/")
    host = re.sub(r"^(?:www\d?\.)+(?=[^.]+\.[^.])", "", host)
    ending = (path := slash + path).rstrip("/")
    return (
        host
        + ending
        + ("?" + "&".join(sorted(query.split("&"))) if query else "")
        + (f"#{fragment}" if fragment else "")
    )


def trusted_canonical(page_url: str, rel_canonical: str) -> str | None:
    """Accept a page's own `rel=canonical` only where it can be another spelling of this very page.

    Many sites point every page at their front page, at a listing or at page one: believing them would merge all statements.
    """
    try:
        here, there = canonical(page_url), canonical(rel_canonical)
    except SchemeRefused:
        return None
    mine, theirs = urlsplit(here), urlsplit(there)
    if site(mine.hostname or "") != site(theirs.hostname or ""):
        return None
    if key(here) == key(there):
        return there
    if theirs.path == "/" and not theirs.query:
        return None
    if _LISTING.fullmatch(theirs.path) and not theirs.query:
        return None
    if mine.path.startswith(theirs.path.rstrip("/") + "/") and not mine.query:
        return None  # a folder above this page
    return there if _same_identity(mine.path, mine.query, theirs.path, theirs.query) else None


def _host(host: str, url: str) -> str:
    host = host.rstrip(".").lower()
    if ":" in host:
        return f"[{host}]"
    if "%" in host:
        raise SchemeRefused(url[:200], "escapes in the host name")
    try:
        encoded = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError, ValueError) as problem:
        raise SchemeRefused(url[:200], str(problem)[:200]) from problem
    if not re.fullmatch(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?", encoded) or ".." in encoded:
        raise SchemeRefused(url[:200], "not a host name")
    return encoded


def _path(path: str) -> str:
    path = _escape(path, "!$&'()*+,;=:@/~")
    kept: list[str] = []
    segments = [segment for segment in path.split("/") if segment]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    folder = path.endswith(("/", "/.", "/..")) or segments[-1:] == ["."] or segments[-1:] == [".."]
    return "/" + "/".join(kept) + ("/" if folder and kept else "")


def _query(query: str) -> list[str]:
    pairs = []
    for pair in re.split(r"&(?:amp;)*", query):
        name = pair.partition("=")[0]
        if pair and name and not _TRACKING.fullmatch(name):
            pairs.append(_escape(pair, "!$'()*+,;=:@/?~[]"))
    return pairs


def _plain_view(path: str, query: list[str]) -> tuple[str, list[str]]:
    """Leave out what only dresses the document: AMP, print view, the name of the index file."""
    views = []
    for pair in query:
        name, _, value = pair.partition("=")
        values = _VIEWS.get(name.lower(), set())
        views.append(values is None or value.lower() in values)
    rest = [pair for pair, view in zip(query, views, strict=True) if not view]
    if (
        not rest
        and any(pair.partition("=")[0].lower() in _NEEDS_IDENTITY for pair in query)
        and path.endswith((".php", "/"))
    ):
        rest = query  # nothing would be left to tell documents apart
    while (shorter := _AMP_PATH.sub("", path)) != path and len(shorter) > 1:
        path = shorter
    while (shorter := _INDEX.sub("/", path)) != path and not rest:
        path = shorter
    return path, rest


def _escape(text: str, safe: str) -> str:
    """Decode escapes of unreserved characters, encode what must be, write the others in capitals."""
    text = _BARE_PERCENT.sub("%25", text)
    out = []
    for n, piece in enumerate(re.split(r"((?:%[0-9A-Fa-f]{2})+)", text)):
        if n % 2 == 0:
            out.append(quote(piece, safe=safe))
            continue
        raw = unquote_to_bytes(piece)
        out.append(
            "".join(
                chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or byte in b"-._~") else f"%{byte:02X}"
                for byte in raw
            )
        )
    return "".join(out)


def site(host: str) -> str:
    """Return the part of a host name that is bought as one, near enough: three labels under a two-letter second level."""
    labels = host.split(".")
    if len(labels) <= 2 or host.replace(".", "").isdigit():
        return host
    second = labels[-2]
    generic = len(labels[-1]) == 2 and second in (
        "co",
        "com",
        "org",
        "net",
        "gov",
        "gob",
        "gouv",
        "go",
        "ac",
        "edu",
        "mil",
        "int",
        "or",
        "ne",
        "govt",
        "gv",
    )
    return ".".join(labels[-3:] if generic else labels[-2:])


def _same_identity(my_path: str, my_query: str, their_path: str, their_query: str) -> bool:
    """Two addresses can name one page if neither says another number than the other."""
    if their_path.rstrip("/") == my_path.rstrip("/"):
        mine, theirs = set(filter(None, my_query.split("&"))), set(filter(None, their_query.split("&")))
        return not (theirs - mine) and not any(
            re.search(r"id|file|page|num|symbol|^[a-z]=|^\d+$", gone, re.IGNORECASE) for gone in mine - theirs
        )
    mine_numbers = re.findall(r"\d{3,}", my_path + "?" + my_query)
    their_numbers = re.findall(r"\d{3,}", their_path + "?" + their_query)
    if mine_numbers and their_numbers:
        return bool(set(mine_numbers) & set(their_numbers))
    last = their_path.rstrip("/").rpartition("/")[2]
    mine_last = my_path.rstrip("/").rpartition("/")[2]
    return bool(my_query) or last == mine_last or last.startswith(mine_last) or mine_last.startswith(last)
