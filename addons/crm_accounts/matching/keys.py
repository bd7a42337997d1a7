# SPDX-License-Identifier: LGPL-3.0-or-later
"""What two records of the same person or company have in common, however it was typed."""

import re
import unicodedata
from urllib.parse import urlsplit


def _words(text):
    return frozenset(text.split())


# Anybody may have an address there, so that the domain says nothing about the company.
PUBLIC_MAIL_DOMAINS = _words(
    """
    163.com 126.com aol.com bol.com.br comcast.net example.com fastmail.com free.fr
    gmail.com gmx.at gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.be hotmail.co.uk
    hotmail.com hotmail.com.ar hotmail.com.mx hotmail.de hotmail.es hotmail.fr hotmail.it
    icloud.com ig.com.br laposte.net libero.it live.com live.com.ar live.com.mx live.fr
    live.nl mac.com mail.com mail.ru me.com msn.com orange.fr outlook.com outlook.com.br
    outlook.es outlook.fr pm.me proton.me protonmail.com qq.com rediffmail.com sfr.fr
    t-online.de terra.com.br tutanota.com uol.com.br wanadoo.fr web.de yahoo.co.in
    yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.br yahoo.com.mx yahoo.de yahoo.es yahoo.fr
    yahoo.it yandex.com yandex.ru ymail.com zoho.com
    """
)
# Sites on which many companies have a page.
_SHARED_SITES = _words(
    """
    facebook.com google.com instagram.com linkedin.com linktr.ee sites.google.com tiktok.com
    twitter.com wa.me x.com youtube.com
    """
)
_LEGAL_FORMS = _words(
    """
    ab ag as asa bv bvba ca co company corp corporation cia compania cv eirl eurl gmbh inc
    incorporated kft kg kgaa lda limitada limited llc llp lp ltd ltda mbh nv ou oy oyj plc pte
    pty rl sa sab sac saci sapi sarl sas sasu sc sca scs sl slu sociedad anonima spa spol spzoo
    srl sro sru ug
    """
)
# Where it is not the code of the country.
_VAT_PREFIXES = {"GR": "EL"}
_LINKING_WORDS = _words("and & de e et the und y")
_NOT_WORD = re.compile(r"[^\w&]+|_")
_NOT_ALNUM = re.compile(r"[\W_]+")


def name_key(name, is_account):
    """Return the words of a name that tell it apart, in alphabetical order.

    >>> name_key("Café del Mar, S.A.", True)
    'cafe del mar'
    >>> name_key("GARCÍA  Ana", False) == name_key("Ana Garcia", False)
    True
    >>> name_key("The A.B.C. Company Ltd.", True)
    'abc'
    >>> name_key("Ltd", True), name_key(" - ", True), name_key(False, True)
    ('ltd', '', '')
    """
    decomposed = unicodedata.normalize("NFKD", name or "")
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).lower()
    words, letters = [], ""
    # Letters with points between them are one abbreviation: S.A. is SA.
    for word in [*_NOT_WORD.sub(" ", plain).split(), ""]:
        if len(word) == 1 and word.isalpha():
            letters += word
            continue
        words += [letters] if letters else []
        words += [word] if word else []
        letters = ""
    if is_account:
        rest = [word for word in words if word not in _LINKING_WORDS] or words
        while len(rest) > 1 and rest[-1] in _LEGAL_FORMS:
            rest.pop()
        words = rest
    return " ".join(sorted(words))[:200]


def vat_keys(vat, country_code=None):
    """Return a tax id without punctuation. Of a known country it is both with the prefix of the
    country and without: where none is known, people may have typed either.

    >>> sorted(vat_keys("es b-12.345.674", "ES")), sorted(vat_keys("B12345674", "ES"))
    (['B12345674', 'ESB12345674'], ['B12345674', 'ESB12345674'])
    >>> vat_keys("ES B12345674"), vat_keys("B12345674"), vat_keys("/")
    ({'ESB12345674'}, {'B12345674'}, set())
    >>> vat_keys("EL123456789") <= vat_keys("123456789", "GR")
    True
    """
    key = _NOT_ALNUM.sub("", vat or "").upper()[:60]
    keys = {key}
    if country_code:
        code = country_code.upper()
        prefix = _VAT_PREFIXES.get(code, code)
        for written in {code, prefix}:
            key = key.removeprefix(written)
        keys = {key, prefix + key}
    return keys if len(key) > 3 else set()


def mail_domain_key(email):
    """Return the domain of an address unless anybody may have one there.

    >>> mail_domain_key("Ana@Mail.Acme.example"), mail_domain_key("ana@gmail.com")
    ('mail.acme.example', '')
    """
    domain = (email or "").rpartition("@")[2].strip().lower()
    return "" if domain in PUBLIC_MAIL_DOMAINS else domain[:200]


def web_domain_key(website):
    """Return the domain of a site unless many companies share it.

    >>> web_domain_key("https://www.Acme.example/shop"), web_domain_key("acme.example")
    ('acme.example', 'acme.example')
    >>> web_domain_key("https://facebook.com/acme"), web_domain_key("http://[bad")
    ('', '')
    """
    website = (website or "").strip().lower()
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return ""
    host = host.removeprefix("www.")
    return "" if host in _SHARED_SITES or "." not in host else host[:200]


def digits_key(number):
    """Return the digits of a number that is not a valid one of any country.

    >>> digits_key("(0) 12-34 567"), digits_key("ext. 12")
    ('01234567', '')
    """
    digits = re.sub(r"\D", "", number or "")
    return digits[:32] if len(digits) > 6 else ""
