"""Conditions of `pass_over`: which rows of a table are no entries, and which balance such a row states."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from loader.contract.patterns import SharedPattern
from loader.contract.values import Strict, Texts

StatedByRow = Literal["opening_balance", "closing_balance", "day_balance"]


class Cell(Strict):
    """What one cell has to be: one of ``texts``, none of ``other_than``, or fit ``pattern``; exactly one is stated."""

    texts: Texts | None = None
    other_than: Annotated[Texts | None, Field(alias="except")] = None
    pattern: SharedPattern | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _from_texts(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, str | list):
            value = {"texts": value}
        cell = handler(value)
        if sum(stated is not None for stated in (cell.texts, cell.other_than, cell.pattern)) != 1:
            raise ValueError("a list of texts, 'except' with a list, or 'pattern' is allowed")
        return cell


class Condition(Strict):
    """Cells by column, all of which must hold, and the column whose number is a balance, by what it states."""

    cells: Annotated[dict[str, Cell], Field(min_length=1)]
    states: Annotated[dict[StatedByRow, str], Field(max_length=1)] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {
            "cells": {name: cell for name, cell in value.items() if name != "states"},
            "states": value.get("states", {}),
        }
