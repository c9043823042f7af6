"""Turn bytes into text: mark, label, proof, then a guess, always through an allow-list of codecs.

Labels and names are those of the WHATWG Encoding Standard (https://encoding.spec.whatwg.org/#names-and-labels). The name a
page gives never reaches `codecs.lookup`: it may be `punycode` or `zlib_codec`, which hang or raise.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

import msgspec

# name -> (Python codec, further labels). `windows-1252` stands for latin-1 and ASCII, as browsers have it.
_ENCODINGS: Final[dict[str, tuple[str, str]]] = {
    "utf-8": ("utf-8", "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"),
    "utf-16le": ("utf-16-le", "utf-16 ucs-2 unicode unicodefeff csunicode iso-10646-ucs-2"),
    "utf-16be": ("utf-16-be", "unicodefffe"),
    "windows-1251": ("cp1251", "cp1251 x-cp1251 win-1251 win1251 cp-1251 windows1251 1251"),
    "koi8-r": ("koi8_r", "koi8 koi koi8_r cskoi8r koi8r"),
    "koi8-u": ("koi8_u", "koi8-ru koi8u"),
    "ibm866": ("cp866", "866 cp866 csibm866"),
    "iso-8859-5": ("iso8859_5", "iso8859-5 iso88595 iso_8859-5 cyrillic csisolatincyrillic iso-ir-144 iso_8859-5:1988"),
    "x-mac-cyrillic": ("mac_cyrillic", "x-mac-ukrainian maccyrillic mac-cyrillic"),
    "windows-1252": (
        "cp1252",
        "iso-8859-1 iso8859-1 iso88591 iso_8859-1 latin1 latin-1 l1 ascii us-ascii ansi_x3.4-1968 cp1252 x-cp1252 cp819 ibm819"
        " csisolatin1 iso-ir-100 iso_8859-1:1987 windows1252 win-1252",
    ),
    "windows-1250": ("cp1250", "cp1250 x-cp1250 win-1250 windows1250"),
    "windows-1253": ("cp1253", "cp1253 x-cp1253"),
    "windows-1254": (
        "cp1254",
        "cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5 csisolatin5 iso-ir-148 iso_8859-9:1989",
    ),
    "windows-1255": ("cp1255", "cp1255 x-cp1255"),
    "windows-1256": ("cp1256", "cp1256 x-cp1256"),
    "windows-1257": ("cp1257", "cp1257 x-cp1257"),
    "windows-1258": ("cp1258", "cp1258 x-cp1258"),
    "windows-874": ("cp874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 cp874"),
    "iso-8859-2": ("iso8859_2", "iso8859-2 iso88592 iso_8859-2 latin2 l2 csisolatin2 iso-ir-101 iso_8859-2:1987"),
    "iso-8859-3": ("iso8859_3", "iso8859-3 iso88593 iso_8859-3 latin3 l3 csisolatin3 iso-ir-109 iso_8859-3:1988"),
    "iso-8859-4": ("iso8859_4", "iso8859-4 iso88594 iso_8859-4 latin4 l4 csisolatin4 iso-ir-110 iso_8859-4:1988"),
    "iso-8859-6": (
        "iso8859_6",
        "iso8859-6 iso88596 iso_8859-6 arabic csisolatinarabic iso-8859-6-e iso-8859-6-i asmo-708",
    ),
    "iso-8859-7": ("iso8859_7", "iso8859-7 iso88597 iso_8859-7 greek greek8 csisolatingreek sun_eu_greek elot_928"),
    "iso-8859-8": (
        "iso8859_8",
        "iso8859-8 iso88598 iso_8859-8 hebrew visual iso-8859-8-i logical csiso88598i iso-8859-8-e",
    ),
    "iso-8859-10": ("iso8859_10", "iso8859-10 iso885910 latin6 l6 csisolatin6 iso-ir-157"),
    "iso-8859-13": ("iso8859_13", "iso8859-13 iso885913"),
    "iso-8859-14": ("iso8859_14", "iso8859-14 iso885914"),
    "iso-8859-15": ("iso8859_15", "iso8859-15 iso885915 iso_8859-15 l9 latin9 csisolatin9"),
    "iso-8859-16": ("iso8859_16", ""),
    "macintosh": ("mac_roman", "mac x-mac-roman csmacintosh macroman"),
    "gb18030": ("gb18030", "gbk gb2312 gb_2312 gb_2312-80 chinese csgb2312 iso-ir-58 x-gbk cp936 ms936 euc-cn"),
    "big5": ("big5hkscs", "big5-hkscs cn-big5 csbig5 x-x-big5 big5hkscs cp950"),
    "shift_jis": ("cp932", "shift-jis sjis x-sjis ms932 ms_kanji windows-31j csshiftjis cp932 shift_jis_2004"),
    "euc-jp": ("euc_jp", "x-euc-jp cseucpkdfmtjapanese eucjp euc_jp"),
    "iso-2022-jp": ("iso2022_jp", "csiso2022jp"),
    "euc-kr": (
        "cp949",
        "euckr cseuckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 uhc cp949 iso-ir-149",
    ),
}
_LABELS: Final = {label: name for name, (_, labels) in _ENCODINGS.items() for label in (name, *labels.split())}

_META = re.compile(rb"<meta\b[^>]{0,600}?charset\s*=\s*[\"']?\s*([\w.:+-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([\w.:+-]{2,40})", re.IGNORECASE)
_HIGH = re.compile(rb"[\x80-\xff]+")
_TAG = re.compile(
    rb"<!--.{0,20000}?-->|<(?:script|style)\b.{0,60000}?</(?:script|style)|<[^<>]{1,4000}>", re.IGNORECASE | re.DOTALL
)
_GUESSED: Final = 40_000
"""Bytes with high bits (and their neighbours) that a guess is made from."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """Text with the WHATWG name of its encoding and a sentence about anything unusual."""

    text: str
    encoding: str
    note: str = ""


def decode(body: bytes, http_charset: str | None, *, markup: bool = True) -> Decoded:
    """Read `body` as text; never raises. `markup` lets labels inside the document count."""
    for mark, marked in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16le"),
        (codecs.BOM_UTF16_BE, "utf-16be"),
    ):
        if body.startswith(mark):
            return Decoded(text=_read(body[len(mark) :], marked), encoding=marked)

    labels = _labels(body, http_charset, markup=markup)
    named = [name for label in labels if (name := _LABELS.get(label))]
    unknown = [label for label in labels if label not in _LABELS]
    note = f"unknown charset {unknown[0]!r}" if unknown else ""

    if wide := _without_mark(body):
        return Decoded(text=_read(body, wide), encoding=wide, note=note)
    if body.isascii():
        name = "iso-2022-jp" if b"\x1b$" in body and "iso-2022-jp" in (*named, _escaped(body)) else "utf-8"
        return Decoded(text=_read(body, name), encoding=name, note=note)

    damage = _utf8_damage(body)
    if damage == 0 or (damage < 0.02 and (not named or "utf-8" in named)):
        if damage:
            note = note or "some bytes are not valid utf-8"
        elif named and named[0] != "utf-8":
            note = f"labelled {named[0]}, is utf-8"
        return Decoded(text=_read(body, "utf-8"), encoding="utf-8", note=note)

    chosen = _choose(body, [name for name in named if not name.startswith("utf-")])
    if chosen is None:
        return Decoded(
            text=_read(body, "utf-8"), encoding="utf-8", note=note or "no charset fits; unreadable bytes replaced"
        )
    if named and named[0] != chosen:
        note = f"labelled {named[0]}, is {chosen}"
    return Decoded(text=_read(body, chosen), encoding=chosen, note=note)


def _labels(body: bytes, http_charset: str | None, *, markup: bool) -> list[str]:
    found = [http_charset.strip().strip("\"'").lower()] if http_charset and http_charset.strip() else []
    if markup:
        head = body[:4096].replace(b"\x00", b"")
        for pattern in (_XML, _META):
            found += [match[1].decode("ascii", "replace").lower() for match in pattern.finditer(head)]
    # A document that names UTF-16 in ASCII letters cannot be UTF-16.
    return [label for n, label in enumerate(found) if not (n and label.startswith("utf-16"))]


def _without_mark(body: bytes) -> str | None:
    """Recognise UTF-16 without a byte order mark by its zero bytes."""
    head = body[:2000]
    if len(head) < 8 or b"\x00" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.2 and even < odd * 0.1:
        return "utf-16le"
    if even > len(head) * 0.2 and odd < even * 0.1:
        return "utf-16be"
    return None


def _escaped(body: bytes) -> str:
    return "iso-2022-jp" if re.search(rb"\x1b\$[@B].{2,400}?\x1b\([BJ]", body[:200_000], re.DOTALL) else ""


def _utf8_damage(body: bytes) -> float:
    """Share of non-ASCII sequences that are not UTF-8; a character cut off at the very end is forgiven."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(body, final=False)
    except UnicodeDecodeError:
        pass
    else:
        return 0.0
    text = body.decode("utf-8", "replace")
    bad = text.count("�") - body.count("�".encode())
    good = sum(1 for character in text if character > "\x7f") - bad
    return bad / (bad + good) if bad + good else 0.0


def _choose(body: bytes, named: list[str]) -> str | None:
    """Pick the legacy encoding: the label unless what it gives is no language, then chardet's guess, then the best reading."""
    sample = _sample(body)
    guess = _guess(sample)
    scores: dict[str, float] = {}
    for name in dict.fromkeys([*named, *([guess] if guess else [])]):
        text = _strict(sample, name)
        if text is not None:
            scores[name] = _oddness(text)
    # Latin-1 is what servers say when nobody told them: such a label gets little credit.
    credit = 0.01 if named[:1] == ["windows-1252"] else 0.04
    if named and named[0] in scores and scores[named[0]] <= min(scores.values()) + credit:
        return named[0]
    if guess in scores and scores[guess] <= min(scores.values()) + 0.02:
        return guess
    if scores:
        return min(scores, key=lambda name: scores[name])
    return None


def _sample(body: bytes) -> bytes:
    """The parts that tell: markup dropped, stretches around high bytes kept."""
    text = _TAG.sub(b" ", body[:400_000])
    if not _HIGH.search(text):
        text = body
    if len(text) <= _GUESSED:
        return text
    first = _HIGH.search(text)
    start = max(0, first.start() - 200) if first else 0
    return text[start : start + _GUESSED]


def _guess(sample: bytes) -> str | None:
    import chardet

    label = chardet.detect(sample, include_encodings=_candidates())["encoding"]
    return _LABELS.get(label.lower().replace("_", "-"), _LABELS.get(label.lower())) if label else None


def _candidates() -> list[str]:
    aliases = {
        "shift_jis": "cp932",
        "big5": "big5hkscs",
        "euc-kr": "cp949",
        "x-mac-cyrillic": "mac-cyrillic",
        "macintosh": "mac-roman",
    }
    return [aliases.get(name, name) for name in _ENCODINGS if not name.startswith("utf-16") and name != "windows-874"]


def _strict(sample: bytes, name: str) -> str | None:
    codec = _ENCODINGS[name][0]
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(sample, final=False)
    except UnicodeDecodeError as problem:
        # One stray byte in a long text is damage, not proof of another encoding.
        if len(sample) < 2000:
            return None
        text = sample.decode(codec, "replace")
        return text if text.count("�") <= max(2, len(text) // 1000) and problem else None


_ODD = re.compile(
    r"[\x80-\x9f\ufffd\ue000-\uf8ff]"  # controls, private use
    r"|[a-zа-яёіїєґў][A-ZА-ЯЁІЇЄҐЎ]"  # a capital after a small letter: KOI8 read as 1251 and the reverse
    r"|[A-Za-z][а-яА-ЯЎўІіЇїЄєҐґ]|[а-яА-ЯЎўІіЇїЄєҐґ][a-zA-Z]"  # two scripts in a word
    r"|[\u2500-\u259f]"  # box drawing: KOI8 and 866 misread
    r"|(?<=[^\W\d_])[¤¦§¨¬±¶ºª¼½¾¿¡¢£¥¯¸×÷‰‡†¹²³](?=\w)|[\u0100-\U0010ffff][¹²³]|[¤¦¬¯¨]"
    r"|(?<=[^\W\d_])[€‚„…ˆ‹›•˜™¥¤®©«»](?=[^\W\d_])"  # signs inside a word
    r"|[ђѓљњќћџѕјЂЃЉЊЌЋЏ](?=[а-яА-Я])"
    r"|[À-ÖØ-öø-ÿ]{4,}"  # Latin-1 vowels in rows: Cyrillic, Greek or Asian bytes misread
)


def _oddness(text: str) -> float:
    """How unlike writing a reading looks: odd spots per character beyond ASCII."""
    beyond = sum(1 for character in text if character > "\x7f")
    if not beyond:
        return 0.0
    odd = sum(len(match[0]) for match in _ODD.finditer(text)) / beyond
    cyrillic = [character for character in text if "\u0400" <= character <= "\u045f"]
    shouted = sum(map(str.isupper, cyrillic)) > 0.6 * len(cyrillic) > 6
    return odd + (0.05 if shouted else 0.0)


def _read(body: bytes, name: str) -> str:
    return body.decode(_ENCODINGS[name][0], "replace")
