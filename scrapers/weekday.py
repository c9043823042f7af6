"""Read the day a report says a statement was made on: "the statement issued on Thursday", beside the report's own date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from scrapers import dates
from scrapers.model import Dated

_NAMES: Final = (
    "monday понедельник понеділок панядзелак",
    "tuesday вторник вівторок аўторак",
    "wednesday среду середу сераду",
    "thursday четверг четвер чацвер",
    "friday пятницу п'ятницю пятніцу",
    "saturday субботу суботу",
    "sunday воскресенье неділю нядзелю",
)
_NUMBERS: Final = {name: number for number, names in enumerate(_NAMES) for name in names.split()}
_DAY = "(?P<day>" + "|".join(_NUMBERS) + ")"
_ISSUED = (
    r"(?:said|says|issued|released|published|adopted|signed|statement|опубликован\w*|распростран\w*|говорится|заявлени\w*"
    r"|заявив\w*|заявил\w*|оприлюдн\w*|поширен\w*|апублікава\w*|распаўсюдж\w*|заяв[аеуы])"
)
_SAID = re.compile(rf"\b{_ISSUED}\b[^.!?\n]{{0,40}}?\b(?:on|в|во|у|ў)\s+{_DAY}\b", re.IGNORECASE)
_LOOKED_AT: Final = 4


def said(paragraphs: Sequence[str], reported: Dated) -> Dated | None:
    """Return the last such weekday up to the day of the report; None if the text names none."""
    for paragraph in paragraphs[:_LOOKED_AT]:
        if match := _SAID.search(paragraph[:1000].replace("’", "'")):
            day = dates.local_day(reported)
            day -= timedelta(days=(day.weekday() - _NUMBERS[match["day"].lower()]) % 7)
            at = reported.at.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0)
            return msgspec.structs.replace(reported, at=at, precision="day", method="weekday", raw=day.isoformat())
    return None
