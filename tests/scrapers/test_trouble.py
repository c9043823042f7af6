"""Walls and notices are recognised; articles about them are not."""

from __future__ import annotations

import pytest

from scrapers import trouble
from scrapers.errors import ChallengePage, MaintenancePage, ScrapeError, SoftNotFound
from tests.scrapers.reading import PROSE, page

ARTICLE = "\n\n".join(PROSE * 2)


@pytest.mark.parametrize(
    ("title", "text", "body"),
    [
        ("Just a moment...", "Enable JavaScript and cookies to continue", "<script>window._cf_chl_opt={}</script>"),
        ("Attention Required! | Cloudflare", "Sorry, you have been blocked", "<div class=cf-error-details></div>"),
        (
            "DDoS-Guard",
            "Checking your browser before accessing ngo.example",
            "<script src=//check.ddos-guard.net/check.js></script>",
        ),
        ("", "", '<iframe src="/_Incapsula_Resource?SWJIYLWA=719"></iframe>'),
        (
            "Access Denied",
            'You don\'t have permission to access "http://x/" on this server. Reference #18.2d351ab8',
            "errors.edgesuite.net",
        ),
        (
            "ngo.example",
            "Please verify that you are human by completing the security check.",
            "<div class=g-recaptcha></div>",
        ),
        ("Cookie Consent and Choices", "We and our partners use cookies. Accept all", ""),
        ("Проверка браузера", "Подтвердите, что вы не робот", ""),
        ("", "", '<html><head><meta http-equiv="refresh" content="3"><script>var a=1</script></head></html>'),
        ("Robot or human?", "Press and hold", ""),
    ],
)
def test_a_wall_is_a_challenge_page(title: str, text: str, body: str) -> None:
    """Bot checks and consent walls come with status 200 and look like pages."""
    with pytest.raises(ChallengePage):
        trouble.check(page(body), text, title)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Site maintenance", "The site is undergoing scheduled maintenance. Please check back soon."),
        ("Technical Difficulties", "We're sorry, this site is currently experiencing technical difficulties."),
        ("503 Service Unavailable", ""),
        ("Сайт", "Ведутся технические работы. Приносим извинения за неудобства."),
        ("Технічні роботи", "Сайт тимчасово не працює"),
        ("Wartungsarbeiten", "Wir sind bald zurück."),
    ],
)
def test_a_notice_is_a_maintenance_page(title: str, text: str) -> None:
    """Nothing has been removed while a site is being repaired."""
    with pytest.raises(MaintenancePage):
        trouble.check(page("<p>x</p>"), text, title)


@pytest.mark.parametrize(
    ("title", "text", "body"),
    [
        ("Page not found - An NGO", "Try the search.", ""),
        ("404", "", ""),
        ("An NGO", "Sorry, the page you are looking for could not be found.", ""),
        ("Страница не найдена", "Возможно, она была удалена.", ""),
        ("Старонка не знойдзена | НДА", "", ""),
        ("Сторінку не знайдено", "", ""),
        ("Seite nicht gefunden", "", ""),
        ("Page introuvable", "", ""),
        ("页面不存在", "", ""),
        ("An NGO", "Latest news", '<body class="blog error404 wide">'),
        ("No RSS feeds available", "", ""),
    ],
)
def test_an_error_page_with_status_200_is_a_soft_404(title: str, text: str, body: str) -> None:
    """The page says that nothing is here, in its title, its words or its class."""
    with pytest.raises(SoftNotFound):
        trouble.check(page(body), text, title)


@pytest.mark.parametrize(
    ("title", "extra"),
    [
        ("Just a moment of silence: families remember the detained", ""),
        (
            "Why consent to cookies matters",
            "We and our partners use cookies, the banner said; click accept all to continue.",
        ),
        (
            "Page not found: how ministries delete statements",
            "The page you requested was not found, the ministry's site answered.",
        ),
        ("404 days in detention", ""),
        ("Access denied: observers kept out of polling stations", ""),
        ("Maintenance of public order and the right to assemble", "The site is undergoing scheduled maintenance."),
    ],
)
def test_an_article_about_walls_passes(title: str, extra: str) -> None:
    """A page with a text of its own is a page, whatever it is about."""
    body = "<script src=https://www.google.com/recaptcha/api.js></script><div class=g-recaptcha></div>"
    trouble.check(page(body), f"{ARTICLE}\n\n{extra}", title)


@pytest.mark.parametrize("text", ["We condemn the sentence and call for release.", "Заява будзе апублікаваная пазней."])
def test_a_short_statement_passes(text: str) -> None:
    """One sentence is enough for a statement."""
    try:
        trouble.check(page(f"<p>{text}</p>"), text, "Statement on the sentence of 2 May")
    except ScrapeError as problem:  # pragma: no cover
        pytest.fail(str(problem))
