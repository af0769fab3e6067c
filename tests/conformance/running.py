"""Run a function over many captures in two processes, with progress where somebody looks."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

_WORKERS = 2
_In = TypeVar("_In")
_Out = TypeVar("_Out")


def run_all(work: Callable[[_In], _Out], items: Sequence[_In], *, title: str) -> Iterator[_Out]:
    """Results in the order of the items."""
    shows = sys.stderr.isatty()
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("forkserver")) as pool:
        for done, result in enumerate(pool.map(work, items, chunksize=4), start=1):
            if shows:
                sys.stderr.write(f"\r{title}: {done} of {len(items)}")
            yield result
    if shows:
        sys.stderr.write("\r\033[K")
