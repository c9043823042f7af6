"""One GOV.UK content document to a draft."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin

from scrapers import clean, dates, entry, jsonbody
from scrapers.feedvalue import when
from scrapers.model import Dated, Draft, Source


def read(source: Source, value: dict[str, object], url: str, now: datetime) -> Draft:
    """Read title, text, dates, issuer and languages; a withdrawal is said at the head of the text."""
    html = clean.sanitise(_body(value), url)
    description = clean.plain(jsonbody.text(value, "description"))
    notice = clean.sanitise(jsonbody.text(value, "withdrawn_notice", "explanation"), url)
    withdrawn = _withdrawal(value, notice)
    text = "\n\n".join(part for part in (withdrawn, description, entry.words(html)) if part)
    published = when(
        jsonbody.text(value, "first_published_at") or jsonbody.text(value, "details", "first_public_at"), now
    )
    delivered = jsonbody.text(value, "details", "delivered_on")
    organisations = [
        clean.line(jsonbody.text(each, "title")) for each in jsonbody.rows(value, "links", "organisations")
    ]
    speakers = [clean.line(jsonbody.text(each, "title")) for each in jsonbody.rows(value, "links", "speaker")]
    updated = jsonbody.text(value, "public_updated_at")
    found = {"title": jsonbody.text(value, "title"), "text": text, "published": published}
    return Draft(
        url=url,
        title=clean.line(jsonbody.text(value, "title")),
        text=text,
        html=html,
        language=jsonbody.text(value, "locale") or "en",
        published=published,
        statement_date=_day(delivered, now),
        place=clean.line(jsonbody.text(value, "details", "location")) or None,
        author=", ".join(filter(None, speakers)) or None,
        issuer=", ".join(filter(None, organisations)) or source.issuer,
        media="json",
        twins=_translations(value, url),
        attachments=_attachments(value, html, url),
        encoding="utf-8",
        origins={
            **{name: "content API" for name, seen in found.items() if seen},
            **({"updated": updated} if updated else {}),
            **({"withdrawn": jsonbody.text(value, "withdrawn_notice", "withdrawn_at") or "yes"} if withdrawn else {}),
        },
        missing=[name for name, seen in found.items() if not seen],
    )


def _body(value: dict[str, object]) -> str:
    """Return the body, a string or a list of the same text in several formats."""
    for each in jsonbody.rows(value, "details", "body"):
        if jsonbody.text(each, "content_type") == "text/html":
            return jsonbody.text(each, "content")
    return jsonbody.text(value, "details", "body")


def _withdrawal(value: dict[str, object], notice: str) -> str:
    if not isinstance(value.get("withdrawn_notice"), dict) or not value["withdrawn_notice"]:
        return ""
    day = jsonbody.text(value, "withdrawn_notice", "withdrawn_at")[:10]
    return " ".join(part for part in (f"Withdrawn {day}.".replace(" .", "."), entry.words(notice)) if part)


def _day(text: str, now: datetime) -> Dated | None:
    """Read the day of delivery as the local day it was: its time of day is a formality."""
    return dates.parse(text[:10], now=now, method="delivered_on") if text else None


def _translations(value: dict[str, object], url: str) -> dict[str, str]:
    twins = {}
    for each in jsonbody.rows(value, "links", "available_translations"):
        locale, path = jsonbody.text(each, "locale"), jsonbody.text(each, "base_path")
        if locale and path.startswith("/") and (address := urljoin(url, path)) != url:
            twins[locale] = address
    return twins


def _attachments(value: dict[str, object], html: str, url: str) -> list[str]:
    listed = [
        urljoin(url, jsonbody.text(each, "url"))
        for each in jsonbody.rows(value, "details", "attachments")
        if jsonbody.text(each, "content_type") == "application/pdf"
    ]
    return list(dict.fromkeys([*listed, *entry.pdfs(html, url)]))
