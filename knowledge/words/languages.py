"""Which language a text is in, and which stemmer takes its words to their stems."""

from functools import lru_cache
from typing import Final

import regex
import Stemmer
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN: Final = ""

# The Snowball stemmers by the language's code (ISO 639-1).
_STEMMERS: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# Detected as what is nearly the same, and is stemmed the same way.
_AS: Final = {"nb": "no", "nn": "no", "ms": "id", "gl": "pt", "hr": "sr", "bs": "sr", "mr": "hi"}

# Told apart, so that none of them is taken for one of those above.
_OTHERS: Final = (
    *("be", "bg", "bn", "gu", "he", "ja", "ka", "kk"),
    *("km", "kn", "ko", "lo", "lv", "mk", "ml", "mn"),
    *("my", "pa", "sk", "sl", "sq", "sw", "te", "th"),
    *("tl", "uk", "ur", "vi", "zh"),
)

_LETTERS: Final = regex.compile(r"\p{L}[\p{L}\p{M}]+")
_SAMPLE_CHARACTERS: Final = 3_000
_FEWEST_CHARACTERS: Final = 20


def language_of(text: str) -> str:
    """The code (ISO 639-1) of the language that a text is in, or UNKNOWN where it can't be told.

    Of a long text its beginning, its middle and its end are looked at.
    """
    letters = " ".join(_LETTERS.findall(_sample(text)))
    if len(letters) < _FEWEST_CHARACTERS:
        return UNKNOWN
    code = str(_identifier().classify(letters)[0])
    return _AS.get(code, code)


def stemmed_languages() -> tuple[str, ...]:
    """The codes of all languages whose words are taken to their stems."""
    return tuple(_STEMMERS)


def stem_words(words: list[str], language: str) -> list[str]:
    """The stem of each word, in order; of a language without a stemmer, the words themselves."""
    if language not in _STEMMERS:
        return words
    # A stemmer is not for several threads at once, and making one takes a microsecond.
    stems: list[str] = Stemmer.Stemmer(_STEMMERS[language], 0).stemWords(words)
    return stems


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE_CHARACTERS:
        return text
    part = _SAMPLE_CHARACTERS // 3
    middle = (len(text) - part) // 2
    return f"{text[:part]} {text[middle : middle + part]} {text[-part:]}"


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages({*_STEMMERS, *_AS, *_OTHERS} & set(identifier.labels))
    return identifier
