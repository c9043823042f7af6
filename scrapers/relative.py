"""Read "12 minutes ago", "2 часа назад", "учора": times that mean something only beside the moment of reading."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Final

from scrapers.model import Precision
from scrapers.monthnames import fold

# Stems, folded as `monthnames.fold` does. A unit without a number counts as one ("an hour ago", "час назад").
_UNITS: Final[tuple[tuple[str, str], ...]] = (
    (
        "second",
        (
            "sec sek seg сек секунд seconde secondi segundo sekund sekunt δευτερ saniye ثاني ثوان ثانیه 秒 초 წამ վայրկյ "
            "saniye"
        ),
    ),
    (
        "minute",
        (
            "min мин минут минуту хв хвил хвіл minut minuut λεπτ dakika dk دقيق دقائق دقیقه 分钟 分鐘 分 분 წუთ րոպե deqiqe "
            "dəqiqə perc"
        ),
    ),
    (
        "hour",
        (
            "h hour hr heure hora ora ore std stund час гадзін годин timm time tim uur uren godz hodin oru ora ωρα "
            "ωρες saat ساع ساعت 小时 小時 時間 时 시간 საათ ժամ сагат satа sat sati sata ura ur tunti tunnin tuntia tund tundi "
            "valand stundas"
        ),
    ),
    (
        "day",
        (
            "day tag jour dia dias giorn день дня дней дні днів дзень дзен дзён дні dzien dni dnia dag dage dager "
            "dagar dagen zi zile dien päev paev paiva paivaa den dny dnu dni dan dana nap ден дена ημερ μερες gun يوم "
            "أيام ايام روز 天 日 일 დღე օր gün kun күн кун"
        ),
    ),
    (
        "week",
        (
            "week woche semaine semana settiman недел тижд тыдз тыдн tydzien tygodn week weken vecka veckor uke uker "
            "uge uger saptaman savait nedel nadal viikko viikkoa tyden tydn tyzden tyzdn het седмиц ned tjed tedn "
            "εβδομαδ hafta أسبوع اسبوع أسابيع هفته 周 週 주 კვირ շաբաթ hefte апта"
        ),
    ),
    (
        "month",
        (
            "month monat mois mes meses mese mesi месяц місяц месяца miesiac miesiec maand manad maned maaned luna "
            "luni menes mene kuu kuukau mesic mesiac honap месец mjesec mesec μηνα μηνες ay شهر أشهر اشهر ماه 个月 個月 か月 "
            "ヶ月 개월 თვე ամիս ай"
        ),
    ),
    (
        "year",
        (
            "year yr jahr an ans ano anos anno anni год года лет рок роки років гады гадоў lat rok roku lata jaar ar "
            "år vuosi vuotta aasta let evv ev годин година години leto χρον yil sene سنة سنوات عام سال 年前 년 წელ տարի "
            "il жыл"
        ),
    ),
)
_AGO: Final = (
    "ago назад тому таму тамо temu fa atras geleden acum sedan siden sitten tagasi pirms pries pred vor hace ha "
    "faz il_y_a преди prije пре пред"
    " ezelott elott πριν once منذ قبل پیش 前 전 წინ առաջ evvel əvvəl бурын durch back zpet"
)
_DAYS: Final[tuple[tuple[int, str], ...]] = (
    (
        0,
        (
            "today сегодня сёння сення сьогодні сьогодны hoy heute dzisiaj dzis aujourd'hui oggi hoje vandaag azi "
            "siandien sodien tana tanaan idag dnes ma днес danas денес σημερα bugun اليوم امروز 今天 今日 오늘 დღეს "
            "այսօր bugün бүгін "
        ),
    ),
    (
        1,
        (
            "yesterday вчера учора вчора ўчора ayer gestern wczoraj hier ieri ontem gisteren vakar eile eilen "
            "igar i_går vcera tegnap вчера jucer јуче juce вчера vceraj χθες dun أمس امس ديروز دیروز 昨天 昨日 어제 "
            "გუშინ երեկ dunen кеше "
        ),
    ),
    (
        2,
        ("позавчера позаўчора пазаўчора позавчора przedwczoraj vorgestern anteayer avant-hier 前天 一昨日 그저께 "),
    ),
)
_NOW: Final = (
    "just now",
    "только что",
    "щойно",
    "толькі што",
    "gerade eben",
    "a l'instant",
    "ahora mismo",
    "przed chwila",
    "az once",
    "الآن",
    "刚刚",
    "たった今",
    "방금",
)
_SHORT: Final = frozenset(("an", "ar", "ay", "h", "il", "ev", "ur", "ned", "mes", "let", "lat", "ai", "zi", "fa", "ha"))
_NUMBER = re.compile(r"(?P<n>\d{1,3})\s*(?P<u>[^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)?")


def find(folded: str, now: datetime) -> tuple[datetime, Precision] | None:
    """Give the UTC moment (naive) and its precision, from text folded by `monthnames.fold`."""
    if len(folded) > 120:
        return None
    moment = now.astimezone(timezone.utc).replace(tzinfo=None)  # noqa: UP017
    words = _WORD.findall(folded)
    if any(phrase in folded for phrase in _NOW):
        return moment, "minute"
    if _is_ago(folded, words):
        return _ago(folded, words, moment)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    spoken = set(words) | ({folded.strip()} if len(folded) < 6 else set())
    for back, names in _day_words():
        if spoken & names and len(words) <= 8:
            clock = re.search(r"(?<!\d)([01]?\d|2[0-3])[:.]([0-5]\d)(?!\d)", folded)
            day = midnight - timedelta(days=back)
            if clock:
                return day + timedelta(hours=int(clock[1]), minutes=int(clock[2])), "minute"
            return day, "day"
    return None


def _is_ago(folded: str, words: list[str]) -> bool:
    if set(words) & _ago_words() or "il y a" in folded:
        return True
    return re.search(r"\d\s*\S{1,4}\s?(?:前|전)", folded) is not None


def _ago(folded: str, words: list[str], moment: datetime) -> tuple[datetime, Precision] | None:
    match = _NUMBER.search(folded)
    if match:
        count, word = int(match["n"]), match["u"]
    elif len(words) <= 5:
        count, word = (
            1,
            next((word for word in words if len(word) > 1 and word not in _ago_words() and _unit(word)), ""),
        )
    else:
        return None
    unit = _unit(word)
    if unit == "year" and word in ("год", "година", "години", "годин") and ({"тому", "преди"} & set(words)):
        unit = "hour"
    if unit is None or (unit == "year" and count > 100):
        return None
    return _back(moment, count, unit)


def _back(moment: datetime, count: int, unit: str) -> tuple[datetime, Precision]:
    if unit in ("second", "minute", "hour"):
        return moment - timedelta(**{f"{unit}s": count}), "minute"
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in ("day", "week"):
        return midnight - timedelta(days=count * (7 if unit == "week" else 1)), "day"
    if unit == "month":
        months = midnight.year * 12 + midnight.month - 1 - count
        return midnight.replace(year=months // 12, month=months % 12 + 1, day=1), "month"
    return midnight.replace(year=midnight.year - count, month=1, day=1), "year"


@cache
def _ago_words() -> frozenset[str]:
    return frozenset(fold(word) for word in _AGO.split())


@cache
def _day_words() -> tuple[tuple[int, frozenset[str]], ...]:
    return tuple((back, frozenset(fold(word).replace("_", " ") for word in words.split())) for back, words in _DAYS)


@cache
def _stems() -> tuple[tuple[str, str], ...]:
    pairs = {fold(stem): unit for unit, stems in reversed(_UNITS) for stem in stems.split()}
    return tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0])))


@cache
def _unit(word: str) -> str | None:
    for stem, unit in _stems():
        if (
            word == stem
            or (len(stem) > 2 and stem not in _SHORT and word.startswith(stem))
            or (ord(stem[0]) > 0x3000 and word.startswith(stem))
        ):
            return unit
    return None
