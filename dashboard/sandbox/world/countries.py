"""The countries that customers come from: currency, language, towns and names in their script."""

# ruff: noqa: RUF001 - names stand in the letters that their bearers use

from dataclasses import dataclass

from dashboard.sandbox.world.tariff import Currency


@dataclass(frozen=True, slots=True)
class Name:
    """One name: as its bearer writes it, and in the plain letters of an e-mail address."""

    written: str
    plain: str


@dataclass(frozen=True, slots=True)
class Country:
    """A country with its share of customers; ``family_first`` tells the order of a full name."""

    code: str
    share: int
    currency: Currency
    locale: str
    dialling: str
    towns: tuple[tuple[str, str, str | None], ...]
    streets: tuple[str, ...]
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    family_first: bool = False


def _names(text: str) -> tuple[Name, ...]:
    """Read ``written/plain`` words; a word without a slash is plain already."""
    pairs = (word.replace("_", " ").partition("/") for word in text.split())
    return tuple(
        Name(written, plain or written.lower().replace(" ", "").replace("'", ""))
        for written, _, plain in pairs
    )


_ENGLISH_GIVEN = _names(
    "Olivia Liam Emma Noah Ava Ethan Sophia Mason Grace Lucas Hannah Owen Chloe Jack Zoë/zoe"
    " Siobhán/siobhan Renée/renee D'Angelo Mary-Jane/maryjane"
)
_ENGLISH_FAMILY = _names(
    "Smith Johnson O'Brien O'Neill Williams Brown Miller Davis Clark Nguyen Lee Patel Walker"
    " D'Souza Van_der_Berg Smith-Jones/smithjones McDonald Garcia Taylor"
)

COUNTRIES = (
    Country(
        "US",
        46,
        Currency.USD,
        "en",
        "+1",
        (
            ("New York", "10013", "NY"),
            ("Austin", "78701", "TX"),
            ("Portland", "97205", "OR"),
            ("St. Louis", "63101", "MO"),
        ),
        ("Main Street", "Maple Avenue", "5th Street", "Martin Luther King Jr. Blvd"),
        _ENGLISH_GIVEN,
        _ENGLISH_FAMILY,
    ),
    Country(
        "CA",
        5,
        Currency.USD,
        "fr-CA",
        "+1",
        (("Montréal", "H2Y 1C6", "QC"), ("Toronto", "M5V 2T6", "ON")),
        ("Rue Saint-Denis", "King Street W"),
        _ENGLISH_GIVEN,
        _ENGLISH_FAMILY,
    ),
    Country(
        "GB",
        13,
        Currency.GBP,
        "en-GB",
        "+44",
        (("London", "EC1A 1BB", None), ("Leeds", "LS1 4AP", None), ("Cardiff", "CF10 1EP", None)),
        ("High Street", "Church Lane", "King's Road"),
        _ENGLISH_GIVEN,
        _ENGLISH_FAMILY,
    ),
    Country(
        "DE",
        8,
        Currency.EUR,
        "de",
        "+49",
        (("München", "80331", None), ("Köln", "50667", None), ("Berlin", "10115", None)),
        ("Hauptstraße", "Gartenweg", "Königsallee"),
        _names("Jürgen/juergen Käthe/kaethe Lukas Anna Björn/bjoern Sophie Maximilian Ümit/uemit"),
        _names("Müller/mueller Weiß/weiss Schmidt Großmann/grossmann Yılmaz/yilmaz Vogel"),
    ),
    Country(
        "FR",
        6,
        Currency.EUR,
        "fr",
        "+33",
        (("Paris", "75004", None), ("Orléans", "45000", None)),
        ("Rue de l'Église", "Avenue Victor-Hugo"),
        _names("Chloé/chloe François/francois Aurélie/aurelie Léo/leo Inès/ines Jean-Luc/jeanluc"),
        _names("Lefèvre/lefevre Dubois L'Hôpital/lhopital Garçon/garcon Martin Noël/noel"),
    ),
    Country(
        "ES",
        3,
        Currency.EUR,
        "es",
        "+34",
        (("Málaga", "29001", None), ("Madrid", "28013", None)),
        ("Calle Mayor", "Plaza de España"),
        _names("José/jose Begoña/begona Íñigo/inigo Lucía/lucia"),
        _names("Núñez/nunez García/garcia de_la_Peña/delapena"),
    ),
    Country(
        "GR",
        2,
        Currency.EUR,
        "el",
        "+30",
        (("Αθήνα", "105 57", None),),
        ("Ερμού",),
        _names("Γιώργος/giorgos Ελένη/eleni Νίκος/nikos"),
        _names("Παπαδόπουλος/papadopoulos Οικονόμου/oikonomou"),
    ),
    Country(
        "JP",
        6,
        Currency.JPY,
        "ja",
        "+81",
        (("東京都", "100-0001", None), ("大阪市", "530-0001", None)),
        ("丸の内1丁目", "梅田2丁目"),
        _names("太郎/taro 花子/hanako さくら/sakura ケン/ken"),
        _names("山田/yamada 佐藤/sato 髙橋/takahashi"),
        family_first=True,
    ),
    Country(
        "KW",
        3,
        Currency.KWD,
        "ar",
        "+965",
        (("مدينة الكويت", "13001", None), ("حولي", "32001", None)),
        ("شارع فهد السالم",),
        _names("محمد/mohammed فاطمة/fatima نورة/noura يوسف/yousef"),
        _names("الصباح/alsabah العنزي/alenezi المطيري/almutairi"),
    ),
    Country(
        "UA",
        2,
        Currency.EUR,
        "uk",
        "+380",
        (("Київ", "01001", None),),
        ("вулиця Хрещатик",),
        _names("Олена/olena Андрій/andrii Соломія/solomiia"),
        _names("Шевченко/shevchenko Коваль/koval"),
    ),
    Country(
        "TW",
        2,
        Currency.USD,
        "zh-TW",
        "+886",
        (("台北市", "100", None),),
        ("中正路",),
        _names("怡君/yijun 志明/zhiming 淑芬/shufen"),
        _names("陳/chen 林/lin 歐陽/ouyang"),
        family_first=True,
    ),
    Country(
        "IN",
        2,
        Currency.USD,
        "en-IN",
        "+91",
        (("मुंबई", "400001", "MH"),),
        ("महात्मा गांधी मार्ग",),
        _names("प्रिया/priya अर्जुन/arjun"),
        _names("शर्मा/sharma अय्यर/iyer"),
    ),
    Country(
        "IL",
        2,
        Currency.USD,
        "he",
        "+972",
        (("תל אביב", "6100000", None),),
        ("רחוב דיזנגוף",),
        _names("נועה/noa איתי/itai"),
        _names("כהן/cohen לוי/levy"),
    ),
)

COUNTRY_OF_CODE = {country.code: country for country in COUNTRIES}

COMPANIES = (
    "Acme & Sons, Inc.",
    "O'Reilly's Pub & Grill",
    "Müller & Söhne GmbH",
    "Café Zoë ☕",
    "ООО «Ромашка»",
    "株式会社さくら",
    "شركة النور التجارية",
    "Blue Bottle 🚀 Labs",
    "50% Off Everything LLC",
    "Naïve Design / Build",
    'The "Quoted" Company',
    "A" * 60 + " Holdings",
)

#: Names that people have typed into forms; every reader of the data must survive them.
HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","Click")',
    "Robert'); DROP TABLE customers;--",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "{{ 7 * 7 }} ${7*7} <%= 7 %>",
    "\u202edesrever si siht\u202c",
    "null",
    "-2+3+cmd|' /C calc'!A0",
    '"><img src=x onerror=alert(1)>',
    "\tTab\\Backslash %00 %s",
)
