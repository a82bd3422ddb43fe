"""What was found in the samples, how sure that is, and what has to be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from loader.errors import UsageError

Sureness = Literal["proved", "seen", "assumed", "given"]
Option = Literal["account", "currency", "encoding", "date-order", "positive", "time-zone"]


class SampleRefusedError(UsageError):
    """The sample is no list of entries that a contract can describe; says what it is and what to do."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found: what about, what it is, on which line, and how sure it is."""

    subject: str
    text: str
    sureness: Sureness
    line: int | None = None

    def __str__(self) -> str:
        """Return the finding on one line."""
        place = "" if self.line is None else f" (line {self.line})"
        return f"{self.sureness:<8} {self.subject}: {self.text}{place}"


@dataclass(frozen=True)
class Question:
    """What no sample tells. ``likeliest`` is None where nothing in the samples points to an answer."""

    option: Option
    text: str
    likeliest: str | None
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the question on one line, with the option that answers it."""
        values = "|".join(self.choices) or {"account": "TEXT", "currency": "CODE"}.get(self.option, "NAME")
        likely = f"; likeliest: {self.likeliest}" if self.likeliest is not None else ""
        return f"{self.text} --{self.option} {values}{likely}"


@dataclass
class Notes:
    """What is found on the way, what is asked, and the answers that are given as options."""

    answers: dict[Option, str] = field(default_factory=dict)
    take_likeliest: bool = False
    feed: str = "feed"
    findings: list[Finding] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def found(self, subject: str, text: str, sureness: Sureness, line: int | None = None) -> None:
        """Keep a finding."""
        self.findings.append(Finding(subject, text, sureness, line))

    def ask(self, question: Question, *, told: str = "") -> str | None:
        """Return the answer: the option's, or the likeliest one for now; an open question is kept.

        Args:
            question: what is asked.
            told: what is said of an answer that nobody gave, when the likeliest is taken.
        """
        given = self.answers.get(question.option)
        if given is not None:
            self.found(question.option, given, "given")
            return given
        if self.take_likeliest and question.likeliest is not None:
            self.found(question.option, told or f"{question.likeliest} is taken, nobody said so", "assumed")
            return question.likeliest
        self.questions.append(question)
        return question.likeliest
