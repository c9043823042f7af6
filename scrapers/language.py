"""Tell the language of a text: script and letters first, then function words and letter groups, a model last.

General models call a quarter of Belarusian texts Russian. The alphabets of Belarusian, Russian and Ukrainian part most lines by
themselves; what is left is decided by groups of letters (`cyrillic.tsv`). The model costs a second to load: most texts never
need it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

_SAMPLE: Final = 3000
_SHORT: Final = 60
"""Letters below which a text may only be in an expected language, if any is written in its script."""


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_SCRIPTS: Final = tuple(
    (name, re.compile(f"[{letters}]"))
    for name, letters in (
        ("latin", "a-zà-öø-ɏḀ-ỿ"),
        ("cyrillic", "\u0400-\u052f"),
        ("arabic", "\u0620-\u064a\u066e-\u06d3\u06fa-\u06fc\u0750-\u077f"),
        ("han", "\u3400-\u9fff"),
        ("kana", "\u3040-\u30ff"),
        ("hangul", "\u1100-\u11ff\uac00-\ud7a3"),
        ("greek", "\u0370-\u03ff\u1f00-\u1fff"),
        ("georgian", "\u10a0-\u10ff\u1c90-\u1cbf"),
        ("armenian", "\u0530-\u058f"),
        ("hebrew", "\u05d0-\u05ea"),
        ("thai", "\u0e00-\u0e7f"),
        ("devanagari", "\u0900-\u097f"),
        ("bengali", "\u0980-\u09ff"),
        ("tamil", "\u0b80-\u0bff"),
        ("ethiopic", "\u1200-\u137f"),
        ("khmer", "\u1780-\u17ff"),
        ("burmese", "\u1000-\u109f"),
        ("sinhala", "\u0d80-\u0dff"),
        ("lao", "\u0e80-\u0eff"),
        ("tibetan", "\u0f00-\u0fff"),
    )
)
_ONE_SCRIPT: Final = {
    "hangul": "ko",
    "greek": "el",
    "georgian": "ka",
    "armenian": "hy",
    "thai": "th",
    "bengali": "bn",
    "tamil": "ta",
    "khmer": "km",
    "burmese": "my",
    "sinhala": "si",
    "lao": "lo",
    "tibetan": "bo",
    "hebrew": "he",
    "ethiopic": "am",
    "devanagari": "hi",
}
_CYRILLIC: Final = _tags("be ru uk bg mk sr kk ky mn tg")
_ARABIC: Final = _tags("ar fa ur ps ku ug")
_LATIN: Final = _tags(
    "en fr de es pl it pt nl sv da nb nn fi et lv lt cs sk hu ro hr bs sl sq tr az uz ca gl eu is ga mt id ms vi sw lb af cy"
)
_TWO_SCRIPTS: Final = _tags("be sr bs kk uz az ku")
"""Languages written in Latin letters as well as in others."""
_RARE: Final = _tags("gl eu lb af cy ga mt id ms sw ca nn bs is vi uz")
"""Languages that a few words are never taken for, unless they were expected."""
_MODEL_NAMES: Final = {"no": "nb"}

_FOREIGN: Final[dict[str, str]] = {
    "be": "ищъїєґђјљњћџѓќѕәғқңөұүһӣӯҳҷ",
    "ru": "іўїєґђјљњћџѓќѕәғқңөұүһӣӯҳҷ",
    "uk": "ыэёъўђјљњћџѓќѕәғқңөұүһӣӯҳҷ",
    "bg": "ыэёіўїєґђјљњћџѓќѕәғқңөұүһӣӯҳҷ",
    "mk": "ыэёіўїєґђћйъьщюяәғқңөұүһӣӯҳҷ",
    "sr": "ыэёіўїєґѓќѕйъьщюяәғқңөұүһӣӯҳҷ",
    "kk": "ўїєґђјљњћџѓќѕӣӯҳҷ",
    "ky": "іўїєґђјљњћџѓќѕәғқұһӣӯҳҷ",
    "mn": "іўїєґђјљњћџѓќѕәғқңұһӣӯҳҷ",
    "tg": "іўїєґђјљњћџѓќѕәңөұүһщыь",
}
"""Letters an alphabet lacks; the model's guess is dropped when the text is full of them."""
_FOREIGN_LATIN: Final[dict[str, str]] = {
    "en": "ąęłńśźżčďěňřšťůžőűșțăîğışœßåøæãõñ¿¡",
    "de": "ąęłńśźżčďěňřšťůžőűșțăğışœåøæãõñçêîô",
    "fr": "ąęłńśźżčďěňřšťůžőűșțăğışßåøãõñäö",
    "es": "ąęłńśźżčďěňřšťůžőűșțăğışœßåøæãõäöâêîôûàèç",
    "it": "ąęłńśźżčďěňřšťůžőűșțăğışœßåøæãõñäöç",
    "pt": "ąęłńśźżčďěňřšťůžőűșțăğışœßåøæñäö",
    "pl": "čďěňřšťůžőűșțăîğışœßåøæãõñäö",
    "cs": "ąęłńśźżőűșțăîğışœßåøæãõñäâêî",
    "sk": "ąęłńśźżőűșțăîğışœßåøæãõñěřů",
    "nl": "ąęłńśźżčďěňřšťůžőűșțăğışßåøæãõñ",
}

_COMMON: Final[dict[str, str]] = {
    "en": "report the of and to in that is was for with by on are this which have from not be has as it at were an"
    " statement joint human rights against",
    "fr": "le la les des et du que qui dans pour une est par sur au aux ont été cette sont nous plus ne pas ce avec"
    " déclaration commune droits contre",
    "de": "der die das und den dem des von zu mit für auf ist nicht ein eine wird im sich auch sind wurde werden als bei"
    " erklärung gemeinsame menschenrechte gegen",
    "es": "el la los las de que y en del por con para una un se su al es como más lo han fue no sus"
    " declaración conjunta derechos contra",
    "pl": "w i na z się do nie że o jest oraz przez dla od po jak za który która są ich było tym"
    " oświadczenie wspólne praw przeciwko",
    "it": "il di che e la in un per del della dei delle è con non sono una gli si alla nel da ha come anche"
    " dichiarazione congiunta diritti",
    "pt": "o de que e do da em um para com uma os no na por dos das ao é não se mais como foi são"
    " declaração conjunta direitos",
    "nl": "de het een van en in is dat op te zijn voor met die niet aan er om ook door bij wordt naar",
    "sv": "och att det som en på är av för med den till inte om ett har de var från vi kan eller",
    "da": "og at det som en på er af for med den til ikke om et har de var fra vi kan eller blev",
    "nb": "og at det som en på er av for med den til ikke om et har de var fra vi kan eller ble",
    "fi": "ja on ei että se oli joka ovat hän myös mutta kun sekä tai kuin ole mukaan jotka",
    "et": "ja on ei et see oli ka mis kui ning või kes oma tema selle nende eest",
    "lv": "un ir ar par no tas kas uz lai bija ka pie arī vai kā tiek līdz gada",
    "lt": "ir yra kad su į iš tai buvo kaip bet dėl jų ar už nuo apie šios taip",
    "cs": "a se na je že v s o za k do jsou byl bylo který která jako pro tak také ale nebo jeho",
    "sk": "a sa na je že v s o za k do sú bol bolo ktorý ktorá ako pre tak tiež ale alebo jeho",
    "hu": "a az és hogy nem is egy van meg ez volt de csak már mint vagy ki azt által",
    "ro": "și de în la a cu pe că din nu care este pentru au sau mai fost o un prin sunt al",
    "hr": "i je u se na da su za od s koji koja nije što kao bi biti iz te će ili",
    "sl": "in je v se na da so za od s ki ni kot bi biti iz ter bo ali tudi pri",
    "sq": "e të në dhe që me për një është nga se si ka janë këtë nuk nga ndaj",
    "tr": "ve bir bu için ile da de olarak olan daha çok gibi kadar en ne ya değil sonra tarafından",
    "az": "və bir bu üçün ilə də olan daha çox kimi qədər ki edib olub tərəfindən",
}


def script(text: str) -> tuple[str, int]:
    """Name the script most letters of a text are in, and count its letters."""
    if text.isascii():
        return "latin", sum(map(str.isalpha, text))
    text = text.lower()
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    name = max(counts, key=lambda name: counts[name])
    return name, counts[name]


def script_of(tag: str, text: str) -> str:
    """Name the script of a language: the one of the text where it is written in several, or none is known."""
    own = [name for name, tags in (("latin", _LATIN), ("cyrillic", _CYRILLIC), ("arabic", _ARABIC)) if tag in tags]
    return own[0] if len(own) == 1 and tag not in _TWO_SCRIPTS else script(text)[0]


def plainly(text: str, script: str, letters: int, expected: Iterable[str] = ()) -> str | None:
    """Name the language of a text in a given script without asking the model; None where that does not suffice."""
    text = text.lower()
    asked = [tag.split("-")[0].lower() for tag in expected]
    if script == "cyrillic":
        fitting = _fitting(text, ("be", "ru", "uk"), _FOREIGN)
        return fitting[0] if len(fitting) == 1 else _east_slavic(text, fitting) if fitting else None
    if script == "arabic":
        return _arabic(text, letters, asked)
    if script in ("han", "kana"):
        return "ja" if re.search("[\u3040-\u30ff]", text) else "zh"
    if script != "latin":
        return _ONE_SCRIPT[script]
    hits, total = _common_words(text)
    best, second = sorted(hits, key=lambda tag: -hits[tag])[:2]
    if hits[best] >= 2 and hits[best] >= 1.5 * hits[second] and hits[best] * 7 >= total:
        return best
    among = [tag for tag in asked if tag in _LATIN]
    return among[0] if len(among) == 1 else None


def instead(text: str, script: str, spoken: str) -> str | None:
    """Name the language of a paragraph that is clearly not in the language spoken around it, in the same script."""
    text = text.lower()
    if script == "cyrillic" and spoken in ("be", "ru", "uk"):
        strange = len(re.findall(f"[{_FOREIGN[spoken]}]", text))
        others = [tag for tag in ("be", "ru", "uk") if tag != spoken]
        fitting = _fitting(text, others, _FOREIGN) if strange * 60 > len(text) else []
        return fitting[0] if len(fitting) == 1 else None
    if script == "latin" and spoken in _common():
        hits, total = _common_words(text)
        best = max(hits, key=lambda tag: hits[tag])
        different = len(_common()[best].intersection(re.findall(r"[^\W\d_]+", text)))
        if hits[best] >= 6 and different >= 4 and hits[best] >= 2.5 * hits[spoken] and hits[best] * 6 >= total:
            return best
    return None


def identify(text: str, expected: Iterable[str] = ()) -> str:
    """Name the language of a text by its BCP 47 primary tag, or `und`.

    A short text (under 60 letters) is held to the `expected` languages where one of them is written in its script.
    """
    text = text[: _SAMPLE * 2].lower()
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    letters = sum(counts.values())
    if letters < 2:
        return "und"

    asked = tuple(dict.fromkeys(tag.split("-")[0].lower() for tag in expected))
    if counts["kana"] * 12 > counts["kana"] + counts["han"] and counts["kana"] + counts["han"] > letters * 0.3:
        return "ja"
    script = max(counts, key=lambda name: counts[name])
    if script == "han":
        return "ja" if asked and "ja" in asked and "zh" not in asked and letters < _SHORT else "zh"
    if script == "cyrillic":
        return _cyrillic(text, counts["cyrillic"], asked)
    if script == "arabic":
        return _arabic(text, counts["arabic"], asked)
    if script == "latin":
        return _latin(text, counts["latin"], asked)
    return next((tag for tag in asked if tag in _SAME_SCRIPT.get(script, ())), _ONE_SCRIPT[script])


_SAME_SCRIPT: Final = {"hebrew": ("he", "yi"), "devanagari": ("hi", "ne", "mr"), "ethiopic": ("am", "ti")}


def _cyrillic(text: str, letters: int, asked: Sequence[str]) -> str:
    among = [tag for tag in asked if tag in _CYRILLIC]
    if among and letters < _SHORT:
        fitting = _fitting(text, among, _FOREIGN) or _fitting(text, sorted(_CYRILLIC), _FOREIGN) or among
        return (
            fitting[0] if len(fitting) == 1 else _east_slavic(text, fitting) or _by_model(text, fitting) or fitting[0]
        )

    fitting = _fitting(text, sorted(_CYRILLIC), _FOREIGN)
    near = [tag for tag in ("be", "ru", "uk") if tag in fitting]
    if len(near) == 1 and re.search("[ыэёіўїєґ]", text) and ("kk" not in fitting or not re.search("[әғқңөұүһ]", text)):
        return near[0]
    if near and (letters < 100 or re.search("[ыэёіўїєґ]", text)) and not _looks_bulgarian(text):
        return _east_slavic(text, near) or near[0]
    return _by_model(text, fitting or sorted(_CYRILLIC)) or next(iter(near), "und")


def _looks_bulgarian(text: str) -> bool:
    """A hard sign within a word before a consonant, or articles at the ends of words."""
    return re.search("[бвгджзклмнпрстфхцчш]ъ[бвгджзклмнпрстфхцчш]|(?:ото|ята|ите|ът) ", text) is not None


def _fitting(text: str, tags: Iterable[str], foreign: dict[str, str]) -> list[str]:
    """The languages whose alphabet has the letters seen; in longer texts a quoted foreign name is forgiven."""
    seen = Counter(text)
    allowed = sum(1 for character in text if character.isalpha()) // 150
    return [tag for tag in tags if sum(seen[letter] for letter in foreign.get(tag, "")) <= allowed]


def _east_slavic(text: str, among: Sequence[str]) -> str | None:
    order = ("be", "ru", "uk")
    places = [order.index(tag) for tag in among if tag in order]
    if not places or len(places) < len(among):
        return None
    table = _letter_groups()
    scores = [0, 0, 0]
    for word in re.findall(r"[а-яёіїєґў'’ʼ]+", text[:_SAMPLE]):
        edged = f"_{word.replace('’', chr(39)).replace('ʼ', chr(39))}_"
        for size in (2, 3, 4):
            for at in range(len(edged) - size + 1):
                if weights := table.get(edged[at : at + size]):
                    for place in places:
                        scores[place] += weights[place]
    ranked = sorted(places, key=lambda place: -scores[place])
    if len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < 25 and len(text) < 200:
        model = dict(_rank(text))
        return max(among, key=lambda tag: model.get(tag, -1e9) + 0.1 * scores[order.index(tag)])
    return order[ranked[0]]


def _arabic(text: str, letters: int, asked: Sequence[str]) -> str:
    among = [tag for tag in asked if tag in _ARABIC]
    if len(among) == 1 and letters < _SHORT:
        return among[0]
    persian = len(re.findall("[پچژگکی]", text))
    if re.search("[ٹڈڑےں]", text):
        return "ur"
    if re.search("[ټډړږښېۍځڅ]", text):
        return "ps"
    if len(re.findall("[ەێۆڕڵ]", text)) * 20 > letters:
        return "ku"
    arabic = len(re.findall("[كيةىأإ]", text))
    return "fa" if persian > arabic else "ar"


def _latin(text: str, letters: int, asked: Sequence[str]) -> str:
    words = Counter(re.findall(r"[^\W\d_]+", text[:_SAMPLE]))
    total = sum(words.values())
    if _latin_belarusian(words, total) and re.search("[ćčśšźžń]", text):
        return "be"
    if "en" in asked and sum(words[word] for word in _common()["en"]) * 4 >= total > 0:
        return "en"  # whatever letters the names in it have
    among = [tag for tag in asked if tag in _LATIN]
    if len(among) == 1 and letters < 12:
        return among[0]
    wide = sorted(_LATIN.difference(() if letters > 2 * _SHORT else _RARE).union(among))
    tags = _fitting(text, among if among and letters < _SHORT else wide, _FOREIGN_LATIN) or wide
    hits = {tag: sum(words[word] for word in _common()[tag]) for tag in tags if tag in _common()}
    ranked = sorted(hits, key=lambda tag: -hits[tag])
    if len(ranked) > 1:
        best, second = hits[ranked[0]], hits[ranked[1]]
        if best >= 5 and best >= 1.6 * second and best * 7 >= total:
            return ranked[0]
    if len(tags) == 1:
        return tags[0]
    scores = {tag: score + 25 * hits.get(tag, 0) for tag, score in _rank(text) if tag in tags}
    for tag in asked:
        if tag in scores:
            scores[tag] += 15
    if not asked and "en" in scores:
        scores["en"] += 6
    return max(scores, key=lambda tag: scores[tag]) if scores else (among or ["und"])[0]


def _common_words(text: str) -> tuple[dict[str, int], int]:
    """Count the function words of each language, and all words."""
    hits = dict.fromkeys(_common(), 0)
    spoken_in = _spoken_in()
    words = re.findall(r"[^\W\d_]+", text[:_SAMPLE])
    for word in words:
        for tag in spoken_in.get(word, ()):
            hits[tag] += 1
    return hits, len(words)


def _latin_belarusian(words: Counter[str], total: int) -> bool:
    """No model knows Belarusian in Latin script, and no other language here writes ŭ; but English texts name Mahilioŭ."""
    short_u = sum(count for word, count in words.items() if "ŭ" in word)
    english = sum(words[word] for word in _common()["en"])
    return short_u * 25 >= total and short_u > 0 and english * 8 < total


@cache
def _spoken_in() -> dict[str, list[str]]:
    """Function word to the languages that have it."""
    found: dict[str, list[str]] = {}
    for tag, words in _common().items():
        for word in words:
            found.setdefault(word, []).append(tag)
    return found


@cache
def _common() -> dict[str, frozenset[str]]:
    return {tag: frozenset(words.split()) for tag, words in _COMMON.items()}


@cache
def _letter_groups() -> dict[str, tuple[int, int, int]]:
    lines = (files("scrapers") / "cyrillic.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {group: (ord(w[0]) - 83, ord(w[1]) - 83, ord(w[2]) - 83) for group, w in rows}


def _by_model(text: str, among: Iterable[str]) -> str | None:
    allowed = set(among)
    return next((tag for tag, _ in _rank(text) if tag in allowed), None)


def _rank(text: str) -> list[tuple[str, float]]:
    return [(_MODEL_NAMES.get(tag, tag), score) for tag, score in _model().rank(text[:_SAMPLE])]


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)
