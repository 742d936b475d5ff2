"""File names of a zip that does not say in which encoding they are.

A zip marks names in UTF-8. Windows and older programs write names in the encoding of their
country and mark nothing; `zipfile` takes all of those for cp437.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

UTF8_NAME = 0x800  # the mark
_USUAL = frozenset("äöüßÄÖÜàâæçèéêëîïôœùûÀÂÇÈÉÊËÎÔÛñÑáíóúÁÍÓÚìòÌÒåøÅØãõÃÕ")
_VOWELS = ("a", "e", "i", "o", "u")
_LIKELY, _FAIR, _DOUBTFUL = 1.0, 0.8, 0.3
_ENOUGH = 2**18  # bytes of names that say in which encoding all are


def entry_names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names with "/" between folders, all that are unmarked in the one likeliest encoding."""
    unmarked = {
        info.filename.encode("cp437", "replace")
        for info in infos
        if not info.flag_bits & UTF8_NAME and not info.filename.isascii()
    }
    enough, size = [], 0
    for name in sorted(unmarked):
        enough.append(name)
        size += len(name)
        if size > _ENOUGH:
            break
    encoding = likeliest_encoding(enough)
    return [_decoded(info, encoding).replace("\\", "/") for info in infos]


def likeliest_encoding(names: Sequence[bytes]) -> str:
    """UTF-8 if all names are, else of cp932, gbk, cp1252 and cp437 the one in which they look
    most like words.
    """
    scores = {"utf-8": 2.0 * _LIKELY, "cp932": 0.0, "gbk": 0.0, "cp437": 0.0, "cp1252": 0.0}
    for encoding in scores:
        try:
            texts = [name.decode(encoding) for name in names]
        except UnicodeDecodeError:
            scores[encoding] = -1.0
            continue
        found = [_likeliness(text, i, encoding) for text in texts for i in _foreign(text)]
        scores[encoding] += sum(found) / max(1, len(found))
    return max(scores, key=lambda encoding: scores[encoding])


def _decoded(info: zipfile.ZipInfo, encoding: str) -> str:
    if info.flag_bits & UTF8_NAME or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode(encoding)
    except UnicodeError:
        return info.filename


def _foreign(text: str) -> list[int]:
    return [i for i, character in enumerate(text) if not character.isascii()]


def _likeliness(text: str, at: int, encoding: str) -> float:
    """Whether a character is what people write; 0 for frames and signs."""
    character = text[at]
    if "\u3041" <= character <= "\u30fe":  # kana
        return _LIKELY
    if "\u4e00" <= character <= "\u9fff":
        return _of_chinese_sign(character, encoding)
    if character not in _USUAL:
        return _DOUBTFUL if character.isalpha() and character < "\u0250" else 0.0
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    beside_another = any(each and not each.isascii() for each in (before, after))
    breaks_case = character.islower() and after.isupper()
    no_sz = character == "ß" and before.lower() not in _VOWELS
    return _DOUBTFUL if beside_another or breaks_case or no_sz else _LIKELY


def _of_chinese_sign(character: str, encoding: str) -> float:
    if encoding == "cp932":
        return _FAIR
    first, second = character.encode("gbk")[:2]
    common = 0xB0 <= first <= 0xD7 and second >= 0xA1  # the 3,755 signs that GB 2312 has first
    return 0.9 if common else _DOUBTFUL
