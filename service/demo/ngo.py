"""A Belarusian NGO on WordPress, in two languages."""

from __future__ import annotations

import re

from markupsafe import escape

from service.demo.reply import RSS, Reply, data, moved, page, robots
from service.demo.story import Item, View

NAME = {"en": "Vieras Monitoring Centre", "be": "Маніторынгавы цэнтр «Верас»"}
_POST = re.compile(r"/(en|be)/([\w-]+)/")
_API = "/wp-json/wp/v2/posts"


def record(base: str) -> dict[str, object]:
    """Describe the site as a source."""
    return {
        "id": "demo-ngo",
        "title": NAME["en"],
        "kind": "ngo",
        "country": "BY",
        "languages": ["be", "en"],
        "issuer": NAME["en"],
        "family": "wordpress",
        "home": f"{base}/",
        "start": f"{base}{_API}?per_page=20",
        "every": "1s",
        "select": {"title": "h1.entry-title", "body": "div.entry-content"},
    }


def answer(view: View, path: str, query: dict[str, str]) -> Reply:
    """Answer a request as WordPress with two language trees does."""
    if path == "/robots.txt":
        return robots("/wp-admin/")
    if path.startswith("/wp-json"):
        return _api(view, path.rstrip("/"), query)
    if path == "/feed/":
        return page("ngo/feed.xml", media=RSS, changed=view.changed, view=view, name=NAME, link=_link)
    if path == "/" and "p" in query:
        known = [item for item in view.standing if str(item.number) == query["p"]]
        return moved(_link(view, known[0])) if known else _missing(view)
    if path in {"/", "/en/", "/be/"}:
        lang = path.strip("/")
        items = [item for item in view.standing if item.lang == lang or not lang]
        return page(
            "ngo/list.html", changed=view.changed, view=view, name=NAME, lang=lang or "be", items=items, link=_link
        )
    if not path.endswith("/") and _POST.fullmatch(path + "/"):
        return moved(f"{view.base}{path}/")

    found = _POST.fullmatch(path)
    posts = [item for item in view.items if found and (item.lang, item.slug) == found.groups()]
    if not posts or posts[0].gone:
        return _missing(view, status=410 if posts else 404)
    return page(
        "ngo/post.html", changed=view.changed, view=view, name=NAME, lang=posts[0].lang, item=posts[0], link=_link
    )


def _link(view: View, item: Item) -> str:
    return f"{view.base}/{item.lang}/{item.slug}/"


def _missing(view: View, status: int = 404) -> Reply:
    return page("ngo/missing.html", status=status, view=view, name=NAME, lang="en")


def _api(view: View, path: str, query: dict[str, str]) -> Reply:
    if path == "/wp-json":
        return data({"name": NAME["en"], "url": view.base, "home": view.base, "namespaces": ["wp/v2"]})
    if path == _API:
        return _posts(view, query)

    number = path.removeprefix(f"{_API}/")
    for item in view.standing:
        if str(item.number) == number:
            return data(_fields(_post(view, item), query), changed=view.changed)
    code = "rest_post_invalid_id" if number.isdigit() else "rest_no_route"
    return data({"code": code, "message": "There is nothing here.", "data": {"status": 404}}, status=404)


def _posts(view: View, query: dict[str, str]) -> Reply:
    """List posts a page at a time (https://developer.wordpress.org/rest-api/reference/posts/)."""
    per_page, number = query.get("per_page", "10"), query.get("page", "1")
    if not (per_page.isdigit() and number.isdigit() and 1 <= int(per_page) <= 100 and int(number) >= 1):
        return _bad("rest_invalid_param", "Invalid parameter(s): per_page, page")

    posts = [_post(view, item) for item in view.standing if query.get("lang", item.lang) == item.lang]
    for name, field in (("after", "date_gmt"), ("modified_after", "modified_gmt")):
        if name in query:
            # Without an offset the parameter is local time, which here is UTC.
            since = query[name].removesuffix("Z").removesuffix("+00:00")
            posts = [post for post in posts if str(post[field]) > since]
    if "slug" in query:
        posts = [post for post in posts if post["slug"] == query["slug"]]
    posts.sort(
        key=lambda post: str(post["modified_gmt" if query.get("orderby") == "modified" else "date_gmt"]),
        reverse=query.get("order", "desc") == "desc",
    )

    size = int(per_page)
    pages = -(-len(posts) // size)
    if int(number) > max(pages, 1):
        return _bad(
            "rest_post_invalid_page_number", "The page number requested is larger than the number of pages available."
        )
    shown = posts[(int(number) - 1) * size : int(number) * size]
    headers = {"X-WP-Total": str(len(posts)), "X-WP-TotalPages": str(pages)}
    return data([_fields(post, query) for post in shown], changed=view.changed, headers=headers)


def _bad(code: str, message: str) -> Reply:
    return data({"code": code, "message": message, "data": {"status": 400}}, status=400)


def _post(view: View, item: Item) -> dict[str, object]:
    published, modified = (when.strftime("%Y-%m-%dT%H:%M:%S") for when in (item.published, item.modified))
    content = "\n".join(item.html)
    return {
        "id": item.number,
        "date": published,
        "date_gmt": published,
        "guid": {"rendered": f"{view.base}/?p={item.number}"},
        "modified": modified,
        "modified_gmt": modified,
        "slug": item.slug,
        "status": "publish",
        "type": "post",
        "link": _link(view, item),
        "title": {"rendered": str(escape(item.title))},
        "content": {"rendered": content, "protected": False},
        "excerpt": {"rendered": str(item.html[1]), "protected": False},
        "lang": item.lang,
        "translations": {twin.lang: twin.number for twin in view.twins(item)},
    }


def _fields(post: dict[str, object], query: dict[str, str]) -> dict[str, object]:
    wanted = {name.split(".")[0] for name in query.get("_fields", "").split(",") if name}
    return {name: value for name, value in post.items() if name in wanted} if wanted else post
