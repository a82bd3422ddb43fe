"""Splits Athena's SQL into words, names, strings and symbols, and reads them one after the other.

Quotes and comments are understood, so that a semicolon, a bracket or a keyword inside them is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "quoted", "string", "number", "symbol"]

_COMMON = r"""
   (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  |(?P<quoted>{quoted})
  |(?P<string>{string})
  |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z_]))
  |(?P<word>\w[\w$@]*)
  |(?P<symbol>.)
"""
_SQL = re.compile(
    _COMMON.format(quoted=r'"(?:[^"]|"")*"|`(?:[^`]|``)*`', string=r"'(?:[^']|'')*'"),
    re.VERBOSE | re.DOTALL,
)
_HIVE = re.compile(
    _COMMON.format(quoted=r"`(?:[^`]|``)*`", string=r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""),
    re.VERBOSE | re.DOTALL,
)
_HIVE_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|[0-3][0-7]{2}|.)", re.DOTALL)
_HIVE_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


class MalformedStatementError(Exception):
    """The text is not a statement that Athena knows; the message says where and what was expected."""


@dataclass(frozen=True)
class Token:
    """One word, name, string, number or symbol, and where it stands in the text."""

    kind: Kind
    text: str
    start: int
    end: int
    hive: bool = False

    @property
    def value(self) -> str:
        """The text of a name or string without its quotes and escapes; other tokens as they are written."""
        if self.kind not in ("quoted", "string"):
            return self.text
        inner = self.text[1:-1]
        if self.hive and self.kind == "string":
            return _HIVE_ESCAPE.sub(_unescape, inner)
        return inner.replace(self.text[0] * 2, self.text[0])


@dataclass(frozen=True)
class Name:
    """A table or view, in small letters as Glue keeps it."""

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    def on(self, catalog: str) -> str:
        """The name for Trino: three quoted parts."""
        return ".".join(quote(part) for part in (catalog, self.schema, self.table))


def quote(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A SQL string of `text`."""
    return "'" + text.replace("'", "''") + "'"


def tokenize(text: str, *, hive: bool = False) -> list[Token]:
    """The tokens of `text` without spaces and comments.

    `hive` reads strings as Hive's DDL does: in single or double quotes, with backslash escapes.
    """
    pattern = _HIVE if hive else _SQL
    tokens = []
    for match in pattern.finditer(text):
        kind = match.lastgroup
        if kind is not None and kind != "space":
            tokens.append(Token(kind, match.group(), match.start(), match.end(), hive))  # type: ignore[arg-type]  # the pattern's groups are the kinds
    return tokens


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) == 5:
        return chr(int(code[1:], 16))
    if len(code) == 3:
        return chr(int(code, 8))
    return _HIVE_ESCAPES.get(code, code)


class Cursor:
    """Reads the tokens of one statement from left to right."""

    def __init__(self, text: str, tokens: list[Token]):
        self.text = text
        self._tokens = tokens
        self._next = 0

    @property
    def done(self) -> bool:
        """Whether every token is read."""
        return self._next >= len(self._tokens)

    @property
    def token(self) -> Token:
        """The token to read next; raises MalformedStatementError at the end of the text."""
        if self.done:
            raise self.mismatch()
        return self._tokens[self._next]

    def at(self, *words: str) -> bool:
        """Whether the next tokens are these words or symbols, whatever their case."""
        ahead = self._tokens[self._next : self._next + len(words)]
        return len(ahead) == len(words) and all(
            token.kind in ("word", "symbol", "number") and token.text.upper() == word
            for token, word in zip(ahead, words, strict=True)
        )

    def take(self, *words: str) -> bool:
        """Reads these words or symbols if they are next, and says whether they were."""
        found = self.at(*words)
        if found:
            self._next += len(words)
        return found

    def expect(self, *words: str) -> None:
        """Reads these words or symbols; raises MalformedStatementError if they are not next."""
        for word in words:
            if not self.take(word):
                raise self.mismatch(word)

    def mismatch(self, *expected: str) -> MalformedStatementError:
        """The error for the next token, in the words of Athena."""
        start = len(self.text) if self.done else self._tokens[self._next].start
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1) + 1
        found = "<EOF>" if self.done else self._tokens[self._next].text
        hint = f" Expecting: {', '.join(repr(word) for word in expected)}" if expected else ""
        return MalformedStatementError(f"line {line}:{column}: mismatched input '{found}'.{hint}")

    def end(self) -> None:
        """Raises MalformedStatementError if anything is left to read."""
        if not self.done:
            raise self.mismatch("<EOF>")

    def read(self) -> Token:
        """Reads one token of any kind."""
        token = self.token
        self._next += 1
        return token

    def identifier(self) -> str:
        """Reads a plain or quoted name."""
        if self.token.kind in ("word", "quoted") or (self.token.hive and self.token.text[0] == '"'):
            return self.read().value
        raise self.mismatch("<identifier>")

    def string(self) -> str:
        """Reads a string, or raises MalformedStatementError."""
        if self.token.kind != "string":
            raise self.mismatch("<string>")
        return self.read().value

    def name(self, schema: str) -> Name:
        """Reads a table's name of one to three parts; `schema` is the one to take when none is written."""
        # Hive takes `s.t` in one pair of backticks for two parts; SHOW CREATE TABLE writes it so.
        parts = self.identifier().split(".")
        while self.take("."):
            parts += self.identifier().split(".")
        if len(parts) > 3:
            raise MalformedStatementError(f"Too many dots in table name: {'.'.join(parts)}")
        names = [part.lower() for part in parts]
        return Name(names[-2] if len(names) > 1 else schema.lower(), names[-1])

    def rest(self) -> str:
        """The text from the next token to the end of the last one, all of it read."""
        if self.done:
            raise self.mismatch()
        text = self.text[self.token.start : self._tokens[-1].end]
        self._next = len(self._tokens)
        return text

    def until(self, *stops: str) -> str:
        """The text up to one of the words or symbols `stops` outside brackets; the stop is not read."""
        first = self.token
        depth = 0
        last = first.start
        while not self.done:
            if depth == 0 and any(self.at(stop) for stop in stops):
                break
            token = self.read()
            depth += token.text in ("(", "[", "<")
            depth -= token.text in (")", "]", ">")
            last = token.end
        if last == first.start:
            raise self.mismatch()
        return self.text[first.start : last]
