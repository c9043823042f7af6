"""Every way the outside can fail, with its name, its outcome and its sentence.

    ScrapeError
    ├── Refused        our policy; trying again changes nothing
    ├── OriginError    the origin or the network; will be tried again
    └── Suspect        archived but not believed; no document may change by it

The docstring of each leaf is the sentence a person reads; `detail` adds what was seen.
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal
from uuid import UUID

USER_INFO = re.compile(r"(?<=//)[^/@\s]*@")
"""A user name and password in an address: never shown, never kept."""

Status = Literal["ok", "not_modified", "partial", "refused", "error", "suspect"]


class ScrapeError(Exception):
    """Something outside went wrong."""

    code: ClassVar[str] = "unknown"
    status: ClassVar[Status] = "error"

    def __init__(self, url: str, detail: str = "") -> None:
        super().__init__(url, detail)
        self.url = USER_INFO.sub("…@", url)
        self.detail = detail
        self.capture_id: UUID | None = None
        """The archived answer that shows it, where there was one."""
        self.passing = not isinstance(self, Refused)
        """True if trying again later may go otherwise."""

    @property
    def sentence(self) -> str:
        """What happened, in words a person can act on."""
        text = (type(self).__doc__ or "").strip()
        return f"{text} ({self.detail})" if self.detail else text

    def __str__(self) -> str:
        return f"{self.sentence} [{self.code}] {self.url}"


class Refused(ScrapeError):
    """Khronika's own policy forbids this fetch."""

    code = "refused"
    status = "refused"


class SsrfBlocked(Refused):
    """The address leads into a private or reserved network. Allow it with KHRONIKA_ALLOW_PRIVATE_NETWORKS if it is yours."""

    code = "ssrf_blocked"


class SchemeRefused(Refused):
    """Only http and https addresses without user name, backslash or control characters are fetched."""

    code = "scheme"


class RobotsRefused(Refused):
    """The site's robots.txt asks robots not to fetch this address."""

    code = "robots"


class TooLarge(Refused):
    """The answer is larger than the limit."""

    code = "too_large"


class TooManyRedirects(Refused):
    """The address redirects in a loop or through too many hops."""

    code = "redirects"


class EncodingRefused(Refused):
    """The body is compressed in a way that was not asked for."""

    code = "encoding"


class HostileMarkup(Refused):
    """The document declares entities or another construct that is never needed and often an attack."""

    code = "dtd"


class Forbidden(Refused):
    """The site answered 401, 403 or 451: it does not let this robot in. It is never tried again under another name."""

    code = "forbidden"


class OriginError(ScrapeError):
    """The origin or the network failed; it will be tried again."""

    code = "origin"


class Unreachable(OriginError):
    """The host could not be reached or closed the connection."""

    code = "unreachable"


class Timeout(OriginError):
    """The exchange did not end before its deadline."""

    code = "timeout"


class TlsError(OriginError):
    """The site's certificate or TLS set-up is not valid."""

    code = "tls_error"


class CutBody(OriginError):
    """The connection ended before the whole body had arrived."""

    code = "cut_body"


class BadResponse(OriginError):
    """The answer is not valid HTTP."""

    code = "bad_response"


class RateLimited(OriginError):
    """The site answered 429: it asks for fewer visits."""

    code = "http_429"

    def __init__(self, url: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(url, detail)
        self.retry_after = retry_after


class ServerError(OriginError):
    """The site answered with a server error."""

    code = "http_5xx"

    def __init__(self, url: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(url, detail)
        self.retry_after = retry_after


class NotFound(OriginError):
    """The site answered that there is nothing at this address."""

    code = "http_4xx"


class Gone(OriginError):
    """The site answered 410: removed for good. A source is no longer polled until it is enabled again."""

    code = "gone"


class Suspect(ScrapeError):
    """What came back is archived but not believed."""

    code = "suspect"
    status = "suspect"


class ChallengePage(Suspect):
    """A bot check or consent wall stands where the content should be."""

    code = "challenge_page"


class MaintenancePage(Suspect):
    """A maintenance notice stands where the content should be."""

    code = "maintenance_page"


class SoftNotFound(Suspect):
    """The page says that nothing is here although its status says otherwise."""

    code = "soft_404"


class LayoutChanged(Suspect):
    """Something was expected here and was not found: the layout or the address has changed. Run `khronika sources check`."""

    code = "layout_changed"


class MassDisappearance(Suspect):
    """Most of what was listed has vanished at once, which is more likely a fault of the site than a removal."""

    code = "mass_disappearance"


class ParseFailed(Suspect):
    """The bytes could not be read as what they claim to be."""

    code = "parse"


class ParserKilled(ParseFailed):
    """Reading the page took more time or memory than is allowed."""

    code = "parse_limit"


def _leaves(kind: type[ScrapeError]) -> dict[str, type[ScrapeError]]:
    found = {kind.code: kind}
    for below in kind.__subclasses__():
        found |= _leaves(below)
    return found


BY_CODE: dict[str, type[ScrapeError]] = _leaves(ScrapeError)


def named(code: str, url: str, detail: str) -> ScrapeError:
    """Rebuild an error from its name, as it comes back from a parsing process."""
    return BY_CODE.get(code, ScrapeError)(url, detail)
