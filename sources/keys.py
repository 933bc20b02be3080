"""Keys of publishers: read from the environment, fit for the wire, and hidden wherever a publisher repeats them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

HIDDEN = "(key)"


class KeyMissing(Exception):
    """The source needs a key that the environment does not have."""

    def __init__(self, variable: str, where_to_get: str) -> None:
        self.variable = variable
        super().__init__(f"needs {variable}: set this environment variable ({where_to_get})")


class KeyUnfit(Exception):
    """The environment has text that cannot stand in a header or an address. The message names the variable, never its text."""

    def __init__(self, variable: str) -> None:
        super().__init__(
            f"the environment variable {variable} cannot be sent: text in a header or an address must be plain ASCII, "
            "without accented letters, line breaks and other control characters"
        )


@dataclass(frozen=True)
class Key:
    """A secret, and the name of the header or the query parameter it is sent as: Like-This it is a header."""

    name: str
    secret: str = field(repr=False)

    @property
    def is_header(self) -> bool:
        return self.name[:1].isupper()

    def hidden(self, text: str) -> str:
        """A text without the secret."""
        return self._pattern.sub(HIDDEN, text)

    def hidden_in(self, payload: bytes) -> bytes:
        """Bytes without the secret."""
        return self._bytes_pattern.sub(HIDDEN.encode(), payload)

    def is_in(self, text: str | None) -> bool:
        return text is not None and self._pattern.search(text) is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("".join(map(_written, self.secret)), re.IGNORECASE | re.ASCII)

    @cached_property
    def _bytes_pattern(self) -> re.Pattern[bytes]:
        return re.compile(self._pattern.pattern.encode("ascii"), re.IGNORECASE)


def key_from(environment: Mapping[str, str], name: str, variable: str, wanted_by: str) -> Key:
    """The key of a variable, without the line break or blanks that a copied key often ends with.

    Raises
    ------
    KeyMissing
        There is none.
    KeyUnfit
        It has characters that cannot be sent.
    """
    secret = environment.get(variable, "").strip()
    if not secret:
        raise KeyMissing(variable, wanted_by)
    if not (secret.isascii() and secret.isprintable()):
        raise KeyUnfit(variable)
    return Key(name, secret)


def _written(character: str) -> str:
    """A pattern for one character as itself, and as addresses, JSON, HTML and Python may write it."""
    code = ord(character)
    ways = {character, f"%{code:02x}", f"\\u{code:04x}", f"\\x{code:02x}", escape(character), f"&#{code};", f"&#x{code:x};"}
    ways |= set() if character.isalnum() else {f"\\{character}"}
    ways |= {"+"} if character == " " else set()
    return f"(?:{'|'.join(re.escape(way) for way in sorted(ways, key=len, reverse=True))})"
