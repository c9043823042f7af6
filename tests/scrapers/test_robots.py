"""How robots.txt is read and matched."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.robots import ROBOTS_BYTES, RobotsFile, all_forbidden, no_rules, parse_robots, product

AT = datetime(2026, 3, 1, tzinfo=UTC)


def read(text: str | bytes, agent: str = "khronika/1.0 (+https://khronika.example)") -> RobotsFile:
    """Parse as the fetcher does."""
    body = text if isinstance(text, bytes) else text.encode()
    return parse_robots(body, agent=agent, status=200, at=AT)


def only(pattern: str) -> RobotsFile:
    """A file that forbids one pattern."""
    return read(f"User-agent: *\nDisallow: {pattern}\n")


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("/", ["/", "/a", "/?q"], []),
        ("/fish", ["/fish", "/fish.html", "/fish/salmon", "/fish?id=1"], ["/Fish", "/catfish", "/", "/fis"]),
        ("/fish/", ["/fish/", "/fish/a"], ["/fish", "/fish.html"]),
        ("/*.php", ["/a.php", "/a/b.php?x", "/.php"], ["/a.PHP", "/php"]),
        ("/*.php$", ["/a.php", "/a/b.php"], ["/a.php?x", "/a.php5", "/a.php/"]),
        ("/a$", ["/a"], ["/a/", "/ab", "/a?"]),
        ("/a*$", ["/a", "/ab", "/a/b"], ["/b"]),
        ("/a*b*c$", ["/abc", "/a-b-c", "/abcbc"], ["/abcd", "/acb"]),
        ("/a*a$", ["/aa", "/aba"], ["/a", "/ab"]),
        ("*/x", ["/x", "/a/x"], ["/"]),
        ("/a**b", ["/ab", "/aXb"], ["/a"]),
        ("/a$b", ["/a$b", "/a%24b"], ["/a"]),
        ("/a%2Ab", ["/a*b", "/a%2ab"], ["/aXb"]),
        ("/%7Ejoe", ["/~joe", "/%7ejoe"], ["/joe"]),
        ("/~joe", ["/%7Ejoe"], []),
        ("/a%3cd", ["/a%3Cd", "/a%3cd"], ["/a<d-"[:3]]),
        ("/a%2fb", ["/a%2Fb"], ["/a/b"]),
        ("/навіны", ["/%D0%BD%D0%B0%D0%B2%D1%96%D0%BD%D1%8B/1", "/%d0%bd%d0%b0%d0%b2%d1%96%d0%bd%d1%8b"], ["/"]),
        ("/%D0%BD", ["/н"], ["/"]),
        ('/a"b', ["/a%22b"], ["/ab"]),
        ("?q=", [], ["/?q=1"]),
        ("/?q=", ["/?q=1"], ["/q"]),
    ],
)
def test_patterns_match_as_the_standard_says(pattern: str, matching: list[str], others: list[str]) -> None:
    """Prefixes, stars, a final dollar, case, and every form of percent-encoding (RFC 9309, section 2.2)."""
    rules = only(pattern)

    assert [path for path in matching if rules.allows(path)] == []
    assert [path for path in others if not rules.allows(path)] == []


@pytest.mark.parametrize(
    ("lines", "path", "allowed"),
    [
        (["Allow: /p", "Disallow: /"], "/page", True),
        (["Disallow: /", "Allow: /p"], "/page", True),
        (["Allow: /folder", "Disallow: /folder"], "/folder/x", True),
        (["Disallow: /folder", "Allow: /folder"], "/folder/x", True),
        (["Allow: /page", "Disallow: /*.htm"], "/page.htm", False),
        (["Allow: /$", "Disallow: /"], "/", True),
        (["Allow: /$", "Disallow: /"], "/page", False),
        (["Disallow:", "Allow: /"], "/x", True),
        (["Disallow: "], "/x", True),
        (["Disallow: /example/", "Allow: /example/page/", "Disallow: /example/page/x"], "/example/page/x.gif", False),
        (["Disallow: /example/", "Allow: /example/page/", "Disallow: /example/page/x"], "/example/page/y", True),
        (["Disallow: /"], "/robots.txt", True),
    ],
)
def test_the_longest_rule_decides(lines: list[str], path: str, allowed: bool) -> None:
    """Order does not matter, and Allow wins a tie."""
    assert read("\n".join(["User-agent: *", *lines])).allows(path) == allowed


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: *\nDisallow: /\nUser-agent: khronika\nAllow: /", True),
        ("User-agent: khronika\nDisallow:\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: KHRONIKA\nDisallow: /", False),
        ("user-AGENT : Khronika/2.0\ndisALLOW : /a", False),
        ("User-agent: khronika-news\nDisallow: /", True),
        ("User-agent: khro\nDisallow: /", True),
        ("User-agent: other\nUser-agent: khronika\nDisallow: /", False),
        ("User-agent: khronika\nUser-agent: other\nDisallow: /", False),
        ("User-agent: khronika\nDisallow: /b\nUser-agent: x\nDisallow: /\nUser-agent: khronika\nDisallow: /a", False),
        ("User-agent: khronika\nSitemap: https://site.example/s.xml\nUser-agent: other\nDisallow: /", False),
        ("User-agent: khronika\nCrawl-delay: 3\nUser-agent: other\nDisallow: /", True),
        ("Disallow: /\nUser-agent: other\nDisallow: /", True),
        ("User-agent: *\nnonsense\nDisallow /\nFoo: bar\nDisallow: /a # why", False),
        ("User-agent: * # all\r\nDisallow: /a\r\n", False),
        ("User-agent: *\rDisallow: /a\r", False),
        ("\ufeffUser-agent: *\nDisallow: /a", False),
        ("User-agent: *\n\nDisallow: /a", False),
        ("User-agent:\nDisallow: /", True),
        ("", True),
        ("<html><body>User-agent: everybody</body></html>", True),
    ],
)
def test_the_group_that_names_us_counts(text: str, allowed: bool) -> None:
    """Our own groups replace those for everybody, and are joined when there are several."""
    assert read(text).allows("/a") == allowed


def test_bytes_that_are_no_text_cost_one_line() -> None:
    """A file in another charset is read as far as it goes."""
    assert not read(b"\xff\xfe\x00\nUser-agent: *\nDisallow: /\xe9\nDisallow: /a\x00b\nDisallow: /a").allows("/a")


def test_half_a_mebibyte_is_read() -> None:
    """A rule at the end of the limit counts, one behind it does not."""
    start = b"User-agent: *\n"
    rule = b"Disallow: /a\n"
    filler = b"#" * (ROBOTS_BYTES - len(start) - len(rule) - 1) + b"\n"

    assert not read(start + filler + rule).allows("/a")
    assert read(start + filler + b"#\n" + b"#" * 20 + b"\n" + rule).allows("/a")


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("10", 10.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("-1", None),
        ("nan", None),
        ("1e9", None),
        ("999999", 3600.0),
        ("x", None),
        ("9" * 500, None),
    ],
)
def test_a_crawl_delay_is_a_number_of_seconds(value: str, delay: float | None) -> None:
    """It is heeded within reason, and nonsense is no delay."""
    assert read(f"User-agent: *\nCrawl-delay: {value}\nDisallow: /x").crawl_delay == delay


def test_a_file_stands_for_a_day_and_a_failure_for_an_hour() -> None:
    """What is missing allows, what failed forbids, and both are asked about again."""
    missing, failed, present = no_rules(404, AT), all_forbidden(503, AT), read("Sitemap: https://site.example/map.xml")

    assert (missing.allows("/a"), failed.allows("/a"), failed.allows("/robots.txt")) == (True, False, True)
    assert missing.expires == present.expires == AT + timedelta(hours=24)
    assert failed.expires == AT + timedelta(hours=1)
    assert present.sitemaps == ["https://site.example/map.xml"]


def test_a_file_survives_being_stored() -> None:
    """The cache may keep it as MessagePack."""
    rules = read("User-agent: *\nDisallow: /a*b$\nCrawl-delay: 2")

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(rules), type=RobotsFile) == rules


@pytest.mark.parametrize(
    ("agent", "token"),
    [("Khronika/1.0 (+https://x)", "khronika"), ("khronika", "khronika"), ("my-bot_x 1", "my-bot_x"), ("", "")],
)
def test_the_product_token_is_the_name_without_its_version(agent: str, token: str) -> None:
    """Groups are matched by name alone."""
    assert product(agent) == token


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_file_and_any_path_have_an_answer(text: str, path: str) -> None:
    """Nothing in a file or an address breaks the reader."""
    rules = parse_robots(text.encode("utf-8", "surrogatepass"), agent="khronika", status=200, at=AT)

    assert rules.allows("/" + path) in {True, False}


@given(st.text(alphabet="ab*$", max_size=8), st.text(alphabet="ab", max_size=12))
def test_matching_agrees_with_a_plain_definition(pattern: str, path: str) -> None:
    """The quick matcher says what trying every split would say."""

    def slow(rest: str, text: str) -> bool:
        if not rest:
            return True
        if rest == "$":
            return not text
        if rest[0] == "*":
            return any(slow(rest[1:], text[at:]) for at in range(len(text) + 1))
        return bool(text) and text[0] == rest[0] and slow(rest[1:], text[1:])

    assert only("/" + pattern).allows("/" + path) != slow("/" + pattern, "/" + path)


@pytest.mark.parametrize(
    "pattern", ["/" + "a*" * 10_000 + "b", "/" + "*a" * 10_000 + "$", "/" + "*" * 100_000, "/" + "a*" * 2000 + "$"]
)
def test_hostile_patterns_take_no_time(pattern: str) -> None:
    """Ten thousand stars are matched in a moment (no backtracking)."""
    rules = only(pattern)
    began = time.process_time()

    for path in ("/" + "a" * 8000, "/" + "ab" * 4000, "/" + "a" * 7999 + "b"):
        rules.allows(path)

    assert time.process_time() - began < 0.2


def test_a_file_full_of_rules_takes_no_time() -> None:
    """As many rules as fit are tried against a long address in a moment."""
    rules = read("User-agent: *\n" + "".join(f"Disallow: /*{number:x}*z\n" for number in range(25_000)))
    began = time.process_time()

    assert rules.allows("/" + "0123456789abcdef" * 500)

    assert time.process_time() - began < 1.0
