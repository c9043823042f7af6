"""Which addresses may be visited, however they are written."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scrapers.errors import SchemeRefused, SsrfBlocked
from scrapers.guard import PUBLIC_ONLY, URL_CHARACTERS, Networks, check_url

CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::808:808",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "3ffe::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "4000::1",
]
OPEN = [
    "1.1.1.1",
    "9.9.9.9",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
]
OPEN_V6 = ["2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_public_is_closed(address: str) -> None:
    """Every network that is not global unicast is refused, and the error names the address."""
    with pytest.raises(SsrfBlocked) as caught:
        PUBLIC_ONLY.check_address(address)

    assert str(ipaddress.ip_address(address)) in caught.value.detail


@pytest.mark.parametrize("address", OPEN + OPEN_V6)
def test_public_addresses_are_open(address: str) -> None:
    """The neighbours of closed networks are not closed with them."""
    assert PUBLIC_ONLY.check_address(address) == str(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_nothing_that_python_calls_special_is_open(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Our list is at least as strict as the registry that Python knows."""
    special = not address.is_global or address.is_multicast or address.is_reserved or address.is_link_local
    translated = isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped is not None or address in ipaddress.IPv6Network("64:ff9b::/96")
    )
    if not special or translated:
        return
    with pytest.raises(SsrfBlocked):
        PUBLIC_ONLY.check_address(address)


def test_only_a_network_that_was_opened_is_open() -> None:
    """An allowance opens its own range, also in disguise, and nothing beside it."""
    networks = Networks.parse(["10.1.0.0/16", "::1/128"])

    assert networks.check_address("10.1.2.3") == "10.1.2.3"
    assert ipaddress.ip_address(networks.check_address("::ffff:10.1.2.3")) == ipaddress.ip_address("::ffff:a01:203")
    assert networks.check_address("::1") == "::1"
    for closed in ("10.2.0.1", "127.0.0.1", "::2", "::ffff:10.2.0.1"):
        with pytest.raises(SsrfBlocked):
            networks.check_address(closed)


@pytest.mark.parametrize("bad", ["10.1.0.0/33", "localhost", "10.1.2.3/8", ""])
def test_a_bad_network_is_named(bad: str) -> None:
    """A typo in the allowance stops the start instead of opening something."""
    with pytest.raises(ValueError, match=bad.partition("/")[0] or "''"):
        Networks.parse([bad])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x7f.0x0.0x0.0x1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "0",
        "00000300.0250.1.1",
        "10.0.0.1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::FFFF:7F00:1]",
        "[64:ff9b::7f00:1]",
        "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "\uff10x7f.1",
    ],
)
def test_an_address_in_any_notation_is_that_address(host: str) -> None:
    """Octal, hexadecimal, short, wide and bracketed forms are refused like the plain one."""
    with pytest.raises(SsrfBlocked):
        check_url(f"http://{host}/")
    with pytest.raises(SsrfBlocked):
        check_url(f"https://{host}:8443?x=1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        "//host/path",
        "host/path",
        "file:///etc/passwd",
        "ftp://site.example/",
        "gopher://site.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "view-source:http://site.example/",
        "httpx://site.example/",
        "http:site.example",
        "http:/site.example",
        "http://",
        "http:///path",
        "http://:80/",
        "http://user@site.example/",
        "http://user:pw@site.example/",
        "http://site.example@10.0.0.1/",
        "http://@site.example/",
        "http://site.example\\@10.0.0.1/",
        "http:\\\\site.example/",
        "http://site.example/\\..",
        "http://site.example/\r\nX: y",
        "http://site.example/a b",
        " http://site.example/",
        "http://site.example/\t",
        "http://site.example/\x00",
        "http://site.example/\x7f",
        "http://site.example/\x85",
        "http://site.example/\u2028",
        "http://site.example/\ud800",
        "http://site.example:0/",
        "http://site.example:65536/",
        "http://site.example:99999999999/",
        "http://site.example:8a/",
        "http://site.example:-1/",
        "http://site.example:80:80/",
        "http://%31%32%37.0.0.1/",
        "http://site%2eexample/",
        "http://site..example/",
        "http://.example/",
        "http://site.example../",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 200 + "example/",
        "http://" + "\u044f" * 300 + ".example/",
        "http://si,te.example/",
        "http://site.example;10.0.0.1/",
        "http://[fe80::1%25lo]/",
        "http://[::1/",
        "http://[::1]a/",
        "http://[v1.x]/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://09.1.1.1/",
        "http://site.0x1/",
        "http://xn--\u00df.example/",
        "http://\u200d.example/",
        "http://site.example/" + "a" * URL_CHARACTERS,
    ],
)
def test_an_address_that_is_not_plainly_http_is_refused(url: str) -> None:
    """Whatever another program might read differently is not fetched at all."""
    with pytest.raises((SchemeRefused, SsrfBlocked)) as caught:
        check_url(url)

    assert caught.value.detail
    if "::1" not in url:
        assert isinstance(caught.value, SchemeRefused)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("HTTP://Site.Example", "http://site.example/"),
        ("https://site.example:443/a", "https://site.example/a"),
        ("https://site.example:/a", "https://site.example/a"),
        ("http://site.example:0080/", "http://site.example/"),
        ("http://site.example/a/../b?c=%d1%8f#frag", "http://site.example/b?c=%d1%8f"),
        ("http://site.example?q=1", "http://site.example/?q=1"),
        ("http://site.example/?u=http://10.0.0.1/@x", "http://site.example/?u=http://10.0.0.1/@x"),
        ("http://site.example/я", "http://site.example/%D1%8F"),
        ("https://мвд.бел/навіны", "https://xn--b1aew.xn--90ais/%D0%BD%D0%B0%D0%B2%D1%96%D0%BD%D1%8B"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://bu\u0308cher.example/", "https://xn--bcher-kva.example/"),
        ("http://a_b.site.example/", "http://a_b.site.example/"),
        ("http://134744072/", "http://8.8.8.8/"),
        ("http://[2A00:1450:0::1]:81/", "http://[2a00:1450::1]:81/"),
    ],
)
def test_an_address_is_read_one_way(url: str, read: str) -> None:
    """Names are lower-case ASCII, addresses plain, default ports and fragments gone."""
    assert str(check_url(url)) == read
    assert str(check_url(read)) == read


@given(st.text(alphabet="0123456789abcdefx.:[]@/\\?#%-_ \u3002\uff0e\uff11\u2488", max_size=40))
@example("0x7f.1")
@example("1.1.1.1:80@10.0.0.1")
def test_what_is_accepted_cannot_mean_a_closed_address(authority: str) -> None:
    """Whatever text stands for the host, the host that comes out is a name or an open address."""
    try:
        url = check_url(f"http://{authority}")
    except (SchemeRefused, SsrfBlocked):
        return

    assert url.scheme == "http"
    assert not url.userinfo
    try:
        meant = socket.getaddrinfo(url.host, url.port or 80, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return
    for answer in meant:
        PUBLIC_ONLY.check_address(str(answer[4][0]))
