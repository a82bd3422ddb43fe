"""Takes a script apart into its commands, as bash does, without running anything."""

from __future__ import annotations

import re
from collections.abc import Sequence

Words = tuple[str, ...]

_ENDS = "\n;|&()"
_KEYWORDS = {"do", "done", "elif", "else", "fi", "if", "then", "until", "while", "{", "}", "!"}
_ASSIGNMENT = re.compile(r"\w+\+?=", re.ASCII)
_HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")


def commands(script: str) -> list[Words]:
    """Return the words of each command of a script, also of those within `$(…)`.

    Quotes are gone, variables are as they are written, and `$(…)` is the word's only text for what it prints.
    Keywords, assignments, redirections and comments are left out. What xargs starts is a command as well.
    """
    found: list[Words] = []
    _scan(script, 0, found, inner=False)
    return found


def _scan(script: str, at: int, found: list[Words], *, inner: bool) -> int:
    """Note the commands from a place on; return the place after them. `inner`: they end with `)`."""
    words: list[str] = []
    while at < len(script):
        char = script[at]
        if script.startswith("((", at):  # arithmetic
            at = script.index("))", at) + 2
        elif char in _ENDS:
            _note(words, found)
            words, at = [], at + 1
            if inner and char == ")":
                return at
        elif char.isspace():
            at += 1
        elif script.startswith("\\\n", at):
            at += 2
        elif char == "#":
            at = _end_of_line(script, at)
        elif here := _HERE_DOCUMENT.match(script, at):
            at = _after_here_document(script, here)
        elif char in "<>" or re.match(r"\d+[<>]", script[at:]):
            at = _redirection(script, at, found)
        else:
            word, at = _word(script, at, found)
            words.append(word)
    _note(words, found)
    return at


def _word(script: str, at: int, found: list[Words]) -> tuple[str, int]:
    text: list[str] = []
    quoted = False
    while at < len(script):
        char = script[at]
        if not quoted and (char.isspace() or char in _ENDS or char in "<>"):
            break
        if script.startswith("$(", at):
            at = _scan(script, at + 2, found, inner=True)
            text.append("$(…)")
        elif char == '"':
            quoted, at = not quoted, at + 1
        elif char == "'" and not quoted:
            end = script.find("'", at + 1)
            end = len(script) if end < 0 else end
            text.append(script[at + 1 : end])
            at = end + 1
        elif char == "\\" and at + 1 < len(script):
            text.append("" if script[at + 1] == "\n" else script[at + 1])
            at += 2
        else:
            text.append(char)
            at += 1
    return "".join(text), at


def _redirection(script: str, at: int, found: list[Words]) -> int:
    sign = re.match(r"\d*[<>]+[&|]?", script[at:])
    assert sign
    at += sign.end()
    if script.startswith("(", at):  # <(…) is a file that a command writes
        return _scan(script, at + 1, found, inner=True)
    while at < len(script) and script[at] in " \t":
        at += 1
    return _word(script, at, found)[1]


def _after_here_document(script: str, here: re.Match[str]) -> int:
    end = re.compile(rf"^\s*{here[1]}$", re.MULTILINE).search(script, here.end())
    return end.end() if end else len(script)


def _end_of_line(script: str, at: int) -> int:
    end = script.find("\n", at)
    return len(script) if end < 0 else end


def _note(words: Sequence[str], found: list[Words]) -> None:
    rest = list(words)
    while rest and (rest[0] in _KEYWORDS or _ASSIGNMENT.match(rest[0])):
        rest.pop(0)
    if not rest:
        return
    found.append(tuple(rest))
    if rest[0] == "xargs":  # it starts the command that follows its own options
        _note(_of_xargs(rest[1:]), found)


def _of_xargs(words: Sequence[str]) -> Sequence[str]:
    """Return the command that xargs starts, with a word for what it adds. Each option of xargs has a value here."""
    return _of_xargs(words[2:]) if words and words[0].startswith("-") else [*words, "…"]
