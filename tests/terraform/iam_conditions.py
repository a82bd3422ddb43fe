"""Texts and conditions of IAM policies: wildcards, policy variables and condition operators.

The rules are those of the IAM user guide, "Condition operators", "Multivalued context keys" and "Policy variables".
What is not here raises UnsupportedError: a condition that nobody evaluates must not pass for one that holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

Value = str | Sequence[str]
Context = Mapping[str, Value]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_ESCAPED = ("*", "?", "$")
# A colon, but for those in a policy variable such as ${aws:username}.
_ARN_COLON = re.compile(r":(?![^{]*\})")
_ARN_PARTS = 6


class UnsupportedError(Exception):
    """A policy holds what this evaluator does not know, or what AWS would refuse."""


class _NoValueError(Exception):
    """A policy variable has no value in this request, so the element that holds it matches nothing."""


def as_list(value: Value) -> list[str]:
    """Return the values of an element that may hold one or several."""
    return [value] if isinstance(value, str) else list(value)


def look_up(context: Context, key: str) -> Value | None:
    """Return a context key's value; the names of keys have no case."""
    found = {name.lower(): value for name, value in context.items()}
    return found.get(key.lower())


def like(pattern: str, text: str, context: Context) -> bool:
    """Return whether a text is what a pattern with * and ? says, once the pattern's variables have their values."""
    try:
        return re.fullmatch(_expression(pattern, context), text, re.DOTALL) is not None
    except _NoValueError:
        return False


def arn_like(pattern: str, arn: str, context: Context) -> bool:
    """Return whether an ARN fits: each of its six parts is compared by itself, so no wildcard spans the first five."""
    patterns, parts = _ARN_COLON.split(pattern, _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if len(patterns) != _ARN_PARTS or patterns[0] != "arn":
        raise UnsupportedError(f"{pattern!r} is no ARN of six parts")
    return len(parts) == _ARN_PARTS and all(like(one, part, context) for one, part in zip(patterns, parts, strict=True))


def require_values(texts: Iterable[str], context: Context) -> None:
    """See that each variable has its value, where "matches nothing" would be turned round.

    Raises:
        UnsupportedError: one has none; AWS documents no such case.
    """
    for text in texts:
        try:
            _resolved(text, context)
        except _NoValueError:
            raise UnsupportedError(f"{text} has no value in this request, and stands where it is negated") from None


def _expression(pattern: str, context: Context) -> str:
    """Return the regular expression of a pattern; what a variable holds is text, wildcards and all."""
    pieces, end = [], 0
    for found in _VARIABLE.finditer(pattern):
        pieces += [_wildcards(pattern[end : found.start()]), re.escape(_variable(found[1], context))]
        end = found.end()
    return "".join([*pieces, _wildcards(pattern[end:])])


def _wildcards(text: str) -> str:
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")


def _variable(name: str, context: Context) -> str:
    if name in _ESCAPED:
        return name
    key, comma, default = (part.strip() for part in name.partition(","))
    value = look_up(context, key)
    if isinstance(value, str):
        return value
    if not comma:
        raise _NoValueError
    return default.strip("'")


def _resolved(text: str, context: Context) -> str:
    """Return a value of a policy with its variables replaced, for operators that know no wildcards."""
    return _VARIABLE.sub(lambda found: _variable(found[1], context), text)


Test = Callable[[str, str, Context], bool]


def _exactly(change: Callable[[str], str]) -> Test:
    def test(wanted: str, given: str, context: Context) -> bool:
        try:
            return change(_resolved(wanted, context)) == change(given)
        except _NoValueError:
            return False

    return test


def _numbers(compare: Callable[[Decimal, Decimal], bool]) -> Test:
    return lambda wanted, given, _: compare(Decimal(given), Decimal(wanted))


# Operator -> the test of one value, and whether the operator holds where no value passes it.
_OPERATORS: dict[str, tuple[Test, bool]] = {
    "StringEquals": (_exactly(str), False),
    "StringNotEquals": (_exactly(str), True),
    "StringEqualsIgnoreCase": (_exactly(str.lower), False),
    "StringNotEqualsIgnoreCase": (_exactly(str.lower), True),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
    # AWS: ArnEquals and ArnLike behave identically.
    "ArnEquals": (arn_like, False),
    "ArnNotEquals": (arn_like, True),
    "ArnLike": (arn_like, False),
    "ArnNotLike": (arn_like, True),
    "Bool": (_exactly(str.lower), False),
    "NumericEquals": (_numbers(lambda given, wanted: given == wanted), False),
    "NumericNotEquals": (_numbers(lambda given, wanted: given == wanted), True),
    "NumericLessThan": (_numbers(lambda given, wanted: given < wanted), False),
    "NumericLessThanEquals": (_numbers(lambda given, wanted: given <= wanted), False),
    "NumericGreaterThan": (_numbers(lambda given, wanted: given > wanted), False),
    "NumericGreaterThanEquals": (_numbers(lambda given, wanted: given >= wanted), False),
}


def holds(conditions: Mapping[str, Mapping[str, Value]], context: Context) -> bool:
    """Return whether a Condition element holds for a request: every key of every operator.

    Raises:
        UnsupportedError: an operator is not known here, or a key with several values meets one that takes one.
    """
    return all(
        _key_holds(operator, key, as_list(wanted), look_up(context, key), context)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _key_holds(operator: str, key: str, wanted: list[str], given: Value | None, context: Context) -> bool:
    if operator == "Null":
        (absent,) = wanted
        return (given is None) == (absent.lower() == "true")
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    known = _OPERATORS.get(name.removesuffix("IfExists"))
    if known is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise UnsupportedError(f"the condition operator {operator} is not known here")
    test, negated = known
    if negated:
        require_values(wanted, context)

    def passes(value: str) -> bool:
        return any(test(one, value, context) for one in wanted) != negated

    if quantifier == "ForAllValues":
        return all(passes(value) for value in as_list(given or ()))
    if quantifier == "ForAnyValue":
        return any(passes(value) for value in as_list(given or ()))
    if given is None:
        return if_exists or negated
    if not isinstance(given, str):
        raise UnsupportedError(f"{key} has several values: {operator} needs ForAnyValue or ForAllValues")
    return passes(given)
