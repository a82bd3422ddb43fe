"""Processes of their own, forked from a server that has imported the loader already: an import takes a second."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

PROJECT = Path(__file__).parents[2]
_IMPORTED = (
    "loader.cli.commands",
    "loader.lake.landing",
    "loader.lake.recovery",
    "loader.lake.verification",
    "loader.lake.glue_catalog",
)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start a process that calls the target, with the environment of this moment."""
    with _no_main_module():
        process = _context().Process(target=_call, args=(dict(os.environ), target, arguments))
        process.start()
    return process


def _call(environment: dict[str, str], target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    target(*arguments)


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep a process that is started now from running the main module of this one again, pytest's for example."""
    ours = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = ours


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    # With nothing but imports done, no library has started a thread that a fork would lose.
    context.set_forkserver_preload([__name__, *_IMPORTED])
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join([str(PROJECT), str(Path(__file__).parent)])):
        forkserver.ensure_running()
    return context
