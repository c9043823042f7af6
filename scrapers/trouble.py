"""Recognise pages that stand where the content should be: bot checks, consent walls, maintenance, soft 404.

Each rule wants a mark that articles do not carry (a script's address, a form's name, a whole title), or a phrase on a page
without any text to speak of: an article about cookies or about a missing page must pass.
"""

from __future__ import annotations

import re
from typing import Final

from scrapers.errors import ChallengePage, MaintenancePage, SoftNotFound
from scrapers.model import Page

_LOOKED_AT: Final = 300_000
_SHORT: Final = 1200
"""Characters of text below which a page may be nothing but a notice."""

# In the bytes: marks of the systems themselves. Those that ordinary pages carry too count only on short pages.
_CHALLENGE_MARKS: Final = (
    (b"window._cf_chl_opt", "Cloudflare"),
    (b"cf-browser-verification", "Cloudflare"),
    (b"cf_chl_prog", "Cloudflare"),
    (b'id="challenge-form"', "Cloudflare"),
    (b"challenge-error-text", "Cloudflare"),
    (b"cf-error-details", "Cloudflare"),
    (b"ddos-guard.net/check.js", "DDoS-Guard"),
    (b"/.well-known/ddos-guard/", "DDoS-Guard"),
    (b"ddos-guard/js-challenge", "DDoS-Guard"),
    (b"_Incapsula_Resource?SWJIYLWA", "Incapsula"),
    (b"Incapsula incident ID", "Incapsula"),
    (b"Request unsuccessful. Incapsula", "Incapsula"),
    (b"errors.edgesuite.net", "Akamai"),
    (b"sec-if-cpt-container", "Akamai"),
    (b"captcha-delivery.com", "DataDome"),
    (b"px-captcha", "PerimeterX"),
    (b"sucuri_cloudproxy_js", "Sucuri"),
    (b"Sucuri WebSite Firewall - Access Denied", "Sucuri"),
    (b"/_guard/", "site guard"),
    (b"/.within.website/x/cmd/anubis", "Anubis"),
    (b"__qrator", "Qrator"),
    (b"/captcha/?next=", "captcha"),
    (b"showcaptcha", "captcha"),
    (b"consent.yahoo.com", "consent wall"),
    (b"consent.google.com", "consent wall"),
)
_COMMON_MARKS: Final = (
    (b"slowAES", "testcookie"),
    (b"g-recaptcha", "captcha"),
    (b"h-captcha", "captcha"),
    (b"cf-turnstile", "Cloudflare"),
    (b"awswaf.com", "AWS WAF"),
    (b"gokuProps", "AWS WAF"),
)
"""Marks that forms of ordinary pages carry as well: they count on pages of a few kilobytes."""
_CHALLENGE_TITLES = re.compile(
    r"just a moment\W*|attention required!? ?\|? ?cloudflare|please wait\W*|one moment,? please\W*|ddos-guard"
    r"|access denied|access to this page has been denied"
    r"|(?:verifying|checking) (?:you are human|your browser|if the site connection is secure).*"
    r"|are you (?:a )?(?:human|robot)\??|(?:security|bot|human|browser) (?:check|verification|challenge)\W*"
    r"|making sure you'?re not a bot!?|robot or human\??|captcha|you have been blocked|sorry, you have been blocked"
    r"|request (?:rejected|blocked)|forbidden|403 forbidden|pardon our interruption\W*"
    r"|проверка (?:браузера|безопасности)\W*|вы не робот\??|доступ (?:ограничен|запрещ[её]н|заблокирован)\W*"
    r"|перевірка (?:браузера|безпеки)\W*|доступ заборонено|праверка браўзера\W*"
    r"|un instant\W*|un momento\W*|einen moment\W*|bitte warten\W*|moment,? prosz[ęe]\W*|请稍候\W*|请稍等\W*|お待ちください\W*"
    r"|잠시만 기다리십시오\W*",
    re.IGNORECASE,
)
_CONSENT_TITLES = re.compile(
    r"(?:cookie(?:s)? )?consent(?: and choices| choices| required| management)?|(?:your |our )?(?:cookies?"
    r"|privacy)(?: (?:and|&) (?:cookies?|privacy))?(?: (?:settings|preferences|choices|notice|consent|options))+"
    r"|before you continue.{0,40}|.{0,30}is part of the yahoo family of brands|.{0,30}(?:ist"
    r"|gehört) teil der yahoo.{0,30}|we value your privacy|datenschutz-?einstellungen|privacywall.{0,40}",
    re.IGNORECASE,
)
_CHALLENGE_PHRASES = re.compile(
    r"checking (?:if the site connection is secure|your browser before)|enable javascript and cookies to "
    r"continue|verify(?:ing)? (?:that )?you are (?:a )?human|needs to review the security of your connection"
    r"|please (?:enable|turn on) (?:js|javascript|cookies).{0,60}(?:continue|disable any ad blocker|proceed)"
    r"|your browser will redirect to your requested content|complete the (?:security check|captcha)"
    r"|unusual traffic from your (?:computer )?network|your (?:request|access|ip(?: address)?) has been (?:blocked"
    r"|denied|banned)|you don'?t have permission to access .{0,200}on this server|the requested url was rejected"
    r"|ray id:? ?[0-9a-f]{12}|reference #\d+\.[0-9a-f]{6,}|incident id:? ?\d{6,}"
    r"|why do i have to complete a captcha|are a robot|not a robot"
    r"|проверяем ваш браузер|включите (?:javascript|cookies).{0,60}продолж|подтвердите,? что вы (?:не робот"
    r"|человек)|ваш (?:запрос|ip).{0,30}заблокирован|підтвердіть,? що ви (?:не робот|людина)"
    r"|vérifi(?:er|ez) que vous êtes (?:un )?humain|überprüfung ihres browsers|confirm(?:e|a) que (?:eres|não é"
    r"|no eres).{0,20}(?:humano|robot)",
    re.IGNORECASE,
)
_CONSENT_PHRASES = re.compile(
    r"(?:we|our partners|and our (?:\d+ )?partners).{0,120}(?:store|access|use).{0,80}(?:cookies"
    r"|information on a device|personal data).{0,2000}(?:accept all|reject all|manage (?:options|settings|choices)"
    r"|i agree)"
    r"|click ['\"“]?(?:accept|agree|i agree)['\"”]?.{0,80}(?:cookies|consent|continue)"
    r"|alle(?:n)? (?:cookies )?(?:akzeptieren|zustimmen).{0,400}(?:einstellungen|ablehnen)"
    r"|tout accepter.{0,300}tout refuser",
    re.IGNORECASE | re.DOTALL,
)
_REFRESH = re.compile(rb"<meta[^>]{0,200}http-equiv\s*=\s*[\"']?refresh[^>]{0,300}>", re.IGNORECASE)

_MAINTENANCE_TITLES = re.compile(
    r"(?:.{0,40}\W )?(?:(?:site |website |scheduled |temporarily |under |down for |we(?:'|’)re (?:down for )?"
    r"|planned )*(?:maintenance)(?: mode| page| in progress| work)?|technical difficulties|we(?:'"
    r"|’)ll be (?:right )?back(?: soon| shortly)?"
    r"|(?:503 )?service (?:temporarily )?unavailable|coming soon|under construction"
    r"|site (?:is )?(?:temporarily )?(?:unavailable|offline|down)(?: for maintenance)?|temporarily (?:unavailable"
    r"|closed|down)"
    r"|briefly unavailable.{0,60}|wartungs(?:arbeiten|modus)|wartung|en maintenance|site en maintenance"
    r"|maintenance en cours|en mantenimiento|in manutenzione|em manutenção|przerwa techniczna|prace (?:techniczne"
    r"|serwisowe)"
    r"|технические работы|(?:сайт )?на (?:реконструкции|обслуживании|техническом обслуживании)"
    r"|профилактические работы|ведутся технические работы|технічні роботи|(?:сайт )?на (?:реконструкції"
    r"|обслуговуванні)|тэхнічныя работы"
    r"|database error|error establishing a database connection)(?: \W.{0,60})?\W*",
    re.IGNORECASE,
)
_MAINTENANCE_PHRASES = re.compile(
    r"(?:undergoing|scheduled|under|down for|performing|carrying out) (?:\w+ ){0,3}maintenance"
    r"|briefly unavailable for (?:scheduled )?maintenance|we(?:'|’"
    r"| a)re (?:currently )?experiencing technical difficulties|experiencing technical difficulties"
    r"|(?:site|website|page|service) is (?:currently |temporarily )(?:unavailable|offline|down)"
    r"|error establishing a database connection|we(?:'|’)ll be back (?:soon|shortly|online)|please (?:check"
    r"|come) back (?:soon|later|shortly)"
    r"|(?:ведутся|проводятся) (?:технические|профилактические|плановые) работы|сайт (?:временно|тимчасово"
    r"|часова) (?:недоступен|не работает|недоступний|не працює|недаступны|не працуе)|(?:проводяться|тривають"
    r"|ведуться) (?:технічні|профілактичні) роботи"
    r"|вядуцца тэхнічныя работы|wartungsarbeiten|en cours de maintenance|en mantenimiento|in manutenzione"
    r"|przerwa techniczna|trwają prace (?:techniczne|serwisowe)",
    re.IGNORECASE,
)

_LOST: Final = (
    r"(?:error\W{0,3})?404(?:\W{1,4}(?:error|page)?\W{0,3}not found)?|(?:\W{0,3}error\W{0,3}404)|(?:the |this "
    r"|sorry,? |oops\W{0,3}|whoops\W{0,3})*(?:requested )?(?:page|content|item|article|document|resource|url|file"
    r"|post)(?: you (?:requested|were looking for|are looking for|have requested))?"
    r" (?:was |is |has |could |can |cannot |can'?t |does |doesn'?t |no longer |not |been |be )*(?:not "
    r"|no longer )?(?:found|exists?|available|removed|unavailable)|not found|nothing found"
    r"|no (?:such )?page(?: found)?|page missing|(?:no )?results? not found"
    r"|we can'?t find (?:that|the|this) page|we couldn'?t find (?:that|the|this|your) page|that page can(?:'"
    r"|’)t be found\W?|oops! that page can(?:'|’)t be found\W?|no rss feeds available"
    r"|страница (?:не найдена|не существует|удалена|отсутствует|недоступна)|(?:запрашиваемая"
    r"|запрошенная) страница не (?:найдена|существует)|ничего не найдено|ошибка 404|документ не найден"
    r"|материал не найден|такой страницы (?:нет|не существует)"
    r"|сторінк[ау] не (?:знайдено|знайдена|існує)|помилка 404|нічого не знайдено"
    r"|запитан[ау] сторінк[ау] не знайдено|старонка не (?:знойдзена|існуе)|старонку не знойдзена|памылка 404"
    r"|нічога не знойдзена"
    r"|seite (?:wurde )?nicht (?:gefunden|verfügbar)|die (?:angeforderte |gesuchte )?seite (?:wurde |konnte "
    r"|existiert )?(?:leider )?nicht(?: mehr)?(?: gefunden)?(?: werden)?|fehler 404|page (?:non |in)trouv(?:ée"
    r"|able)|page non disponible|erreur 404|la page (?:demandée )?(?:n['’]existe (?:pas|plus)|est introuvable)"
    r"|página no encontrada|no se (?:ha encontrado|encontró|encuentra) la página|error 404|página não encontrada"
    r"|pagina non trovata|errore 404|strona nie (?:została (?:znaleziona|odnaleziona)|istnieje)"
    r"|nie znaleziono(?: strony)?|błąd 404"
    r"|pagina niet gevonden|siden (?:blev |ble )?ikke (?:fundet|funnet)|sidan (?:kunde inte hittas|hittades inte"
    r"|finns inte)|sivua ei (?:löydy|löytynyt)|stránka (?:nebyla nalezena|nenalezena|sa nenašla|nebola nájdená)"
    r"|az oldal nem található"
    r"|pagina nu a fost găsită|lapa nav atrasta|puslapis nerastas|lehte ei leitud|страницата не е намерена"
    r"|страница није пронађена|stranica nije pronađena|stran ni najdena|η σελίδα δεν βρέθηκε|sayfa bulunamadı"
    r"|səhifə tapılmadı|бет табылмады"
    r"|გვერდი ვერ მოიძებნა|էջը չի գտնվել|الصفحة غير موجودة|لم يتم العثور على الصفحة|صفحه (?:مورد نظر )?(?:یافت"
    r"|پیدا) نشد"
    r"|页面(?:不存在|未找到|找不到)|找不到(?:页面|網頁|该页)|頁面不存在|ページが見つかりません|페이지를 찾을 수 없습니다"
)
_LOST_TITLE = re.compile(
    rf"(?:.{{0,40}}\s[|–—:»-]\s)?\W*(?:{_LOST})\W*(?:\s[|–—:»«·-]+\s.{{0,80}})?(?:\.\s.{{0,80}})?", re.IGNORECASE
)
_LOST_PHRASE = re.compile(rf"(?<!\w)(?:{_LOST})(?!\w)", re.IGNORECASE)
_LOST_BODY = re.compile(
    rb"<body\b[^>]{0,2000}\bclass\s*=\s*[\"'][^\"'>]{0,2000}\b(?:error-?404|page-?404|page-not-found|not-found-page"
    rb"|is-404|http-?404)\b",
    re.IGNORECASE,
)


def check(page: Page, text: str, title: str) -> None:
    """Raise ChallengePage, MaintenancePage or SoftNotFound if this page is not what was asked for."""
    raw = page.body[:_LOOKED_AT]
    title = " ".join(title.split())
    short = len(text) < _SHORT
    if detail := _challenge(raw, text, title, short=short):
        raise ChallengePage(page.url, detail)
    if short and (
        _MAINTENANCE_TITLES.fullmatch(title)
        or (len(text) < 700 and _MAINTENANCE_PHRASES.search(f"{title}\n{text[:700]}"))
    ):
        raise MaintenancePage(page.url, title[:120])
    if detail := _lost(raw, text, title, short=short):
        raise SoftNotFound(page.url, detail)


def _challenge(raw: bytes, text: str, title: str, *, short: bool) -> str | None:
    if not short:
        return None
    head = title.partition(" | ")[0].strip() if "cloudflare" not in title.lower() else title
    if _CHALLENGE_TITLES.fullmatch(title) or (len(text) < 400 and _CHALLENGE_TITLES.fullmatch(head)):
        return f"titled {title[:80]!r}"
    if _CONSENT_TITLES.fullmatch(title) and (len(text) < 600 or _CONSENT_PHRASES.search(text)):
        return f"consent wall titled {title[:80]!r}"
    marks = _CHALLENGE_MARKS + (_COMMON_MARKS if len(raw) < 30_000 else ())
    named = next((name for mark, name in marks if mark in raw), None)
    if named and (len(text) < 250 or _CHALLENGE_PHRASES.search(f"{title}\n{text}")):
        return named
    if len(text) < 600 and _CHALLENGE_PHRASES.search(f"{title}\n{text}"):
        return "asks to prove that the visitor is human"
    if len(text) < 900 and (match := _CONSENT_PHRASES.search(text)) and len(text) - len(match[0]) < 250:
        return "consent wall"
    if (
        len(text) < 120
        and len(raw) < 20_000
        and _REFRESH.search(raw)
        and b"<script" in raw.lower()
        and not re.search(rb"url\s*=\s*[\"']?https?://", raw, re.IGNORECASE)
    ):
        return "browser check that reloads itself"
    return None


def _lost(raw: bytes, text: str, title: str, *, short: bool) -> str | None:
    if _paragraphs(text) >= 3 and len(text) > 600:
        return None
    if _LOST_BODY.search(raw) and short:
        return "the page's body is marked as an error page"
    if short and title and _LOST_TITLE.fullmatch(title):
        return f"titled {title[:80]!r}"
    if len(text) < 350 and (match := _LOST_PHRASE.search(text[:200])) and len(match[0]) >= 8 and match.start() < 120:
        return f"says {match[0][:80]!r}"
    return None


def _paragraphs(text: str) -> int:
    """Count paragraphs that look like prose."""
    return sum(1 for part in text.split("\n\n") if len(part) > 120)
