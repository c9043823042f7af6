"""Bytes become the text that was meant, whatever they are labelled."""

from __future__ import annotations

import codecs
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers import charset

TEXTS = {
    "be": "Праваабаронцы патрабуюць неадкладна вызваліць усіх, каго затрымалі ў Мінску за ўдзел у мірным сходзе.",
    "ru": "Правозащитники требуют немедленно освободить всех, кого задержали в Минске за участие в мирном собрании.",
    "uk": "Правозахисники вимагають негайно звільнити всіх, кого затримали в Мінську за участь у мирному зібранні.",
    "fr": "Les défenseurs des droits exigent la libération immédiate de tous ceux qui ont été arrêtés à Minsk après l'élection.",
    "de": "Menschenrechtler fordern die sofortige Freilassung aller, die für ihre Überzeugung in Minsk festgehalten würden.",
    "ar": "يطالب المدافعون عن حقوق الإنسان بالإفراج الفوري عن جميع من اعتقلوا في مينسك بسبب مشاركتهم في تجمع سلمي.",
    "zh": "人权捍卫者要求立即释放所有因参加和平集会而在明斯克被拘留的人，并停止对独立媒体的迫害。",
    "ja": "人権活動家は、平和的な集会に参加したことを理由にミンスクで拘束されたすべての人の即時釈放を求めている。",
    "ko": "인권 운동가들은 평화로운 집회에 참가했다는 이유로 민스크에서 구금된 모든 사람의 즉각적인 석방을 요구한다.",
}
CODECS = [
    ("be", "cp1251"), ("ru", "cp1251"), ("ru", "koi8_r"),
    ("ru", "cp866"), ("ru", "iso8859_5"), ("uk", "cp1251"), ("uk", "koi8_u"),
    ("fr", "cp1252"), ("de", "cp1252"), ("ar", "cp1256"), ("zh", "gb18030"), ("zh", "big5"), ("ja", "cp932"), ("ja", "euc_jp"),
    ("ko", "cp949"), *((language, "utf-8") for language in TEXTS),
]  # fmt: skip
SIMPLIFIED = str.maketrans(
    {"权": "權", "释": "釋", "参": "參", "会": "會", "并": "並", "对": "對", "独": "獨", "体": "體"}
)


def written(language: str, codec: str) -> str:
    text = TEXTS[language]
    return text.translate(SIMPLIFIED) if codec == "big5" else text


@pytest.mark.parametrize(("language", "codec"), CODECS)
@pytest.mark.parametrize("label", [None, "utf-8", "iso-8859-1", "windows-1251"])
def test_the_text_is_read_whatever_the_label_says(language: str, codec: str, label: str | None) -> None:
    """A missing, default or plainly wrong label does not change what was written."""
    text = written(language, codec)
    body = f'<html><body><p class="lead">{text}</p></body></html>'.encode(codec, "ignore")

    assert charset.decode(body, label).text == body.decode(codec)


def test_a_right_label_is_kept_for_a_short_title() -> None:
    """Five letters are too few to guess from; then the label decides."""
    assert charset.decode("Мінск".encode("koi8_u"), "koi8-u").text == "Мінск"


def test_utf8_under_a_legacy_label_is_utf8_and_said_so() -> None:
    """Valid UTF-8 with Cyrillic letters is no accident."""
    decoded = charset.decode(TEXTS["be"].encode(), "windows-1251")

    assert (decoded.encoding, decoded.text) == ("utf-8", TEXTS["be"])
    assert "labelled windows-1251" in decoded.note


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="windows-1251">',
        '<title>x<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></title>',
        '<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_labels_inside_the_document_count_even_where_they_do_not_belong(head: str) -> None:
    """A meta element counts anywhere in the first four kilobytes, as does an XML declaration."""
    assert charset.decode(f"{head}<p>ёж</p>".encode("cp1251"), None).encoding == "windows-1251"


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_beats_every_label(mark: bytes, codec: str) -> None:
    """The mark is proof, and it is not part of the text."""
    assert charset.decode(mark + "Заява".encode(codec), "windows-1251").text == "Заява"


def test_utf16_without_a_mark_is_recognised() -> None:
    """Every second byte of Latin markup is zero."""
    assert charset.decode("<p>Statement of the day</p>".encode("utf-16-le"), None).encoding == "utf-16le"


@pytest.mark.parametrize(
    "label", ["punycode", "zlib_codec", "undefined", "unicode_escape", "x" * 5000, "\x00", "rot13"]
)
def test_a_label_never_reaches_the_codec_registry(label: str) -> None:
    """Names outside the allow-list are noted and otherwise ignored."""
    decoded = charset.decode("Заява".encode(), label)

    assert decoded.text == "Заява"
    assert decoded.note.startswith("unknown charset")


def test_a_cut_or_slightly_damaged_page_stays_utf8() -> None:
    """One bad byte in a long text is damage, not another encoding."""
    body = (TEXTS["uk"] * 20).encode()
    damaged = charset.decode(body[:1500] + b"\xff" + body[1500:-1], "utf-8")

    assert damaged.encoding == "utf-8"
    assert damaged.text.count("\ufffd") <= 3
    assert damaged.note


@given(
    st.binary(max_size=400),
    st.one_of(st.none(), st.sampled_from(["utf-8", "gbk", "windows-1251", "utf-16", "iso-2022-jp", "what"])),
)
def test_no_bytes_raise(body: bytes, label: str | None) -> None:
    """Whatever arrives becomes some text."""
    assert isinstance(charset.decode(body, label).text, str)


def test_every_encoding_of_the_table_is_known_to_python() -> None:
    """A typing error in the table would otherwise wait for the first page in that encoding."""
    labels = [
        "windows-1251",
        "latin1",
        "gbk",
        "sjis",
        "big5",
        "euc-kr",
        "tis-620",
        "koi8-ru",
        "mac",
        "iso-8859-8-i",
        "x-mac-ukrainian",
    ]
    for body, label in product([b"\xe0\xe1\xe2 abc \xe3\xe4"], labels):
        assert "unknown" not in charset.decode(body, label).note
