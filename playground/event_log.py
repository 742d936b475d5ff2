"""What happens on the server, one line an event, and how often it has happened.

    2026-11-22T10:15:30.123Z INFO event=run_finished run=Yb3kQ0aZ9-xV1c2d seconds=41.2 step=8442

A line is a moment, a level and `name=value` pairs; a value with anything but letters,
digits and a few signs is in quotes, escaped as in JSON. So no value ends a line or
passes for another pair, and no tool needs to know more than that.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections import Counter

_log = logging.getLogger(__name__)

_LOGGER = "playground"
_MOST = 300  # characters of a value
_MOST_TRACE = 20_000
_PLAIN = re.compile(r"[A-Za-z0-9_.:/+@%-]+")
_lock = threading.Lock()
_counts: Counter[str] = Counter()


def report(name: str, /, *, level: int = logging.INFO, **values: object) -> None:
    """Log one event and count it.

    Args:
        name: in words joined by underscores, such as "run_started".
        level: as in `logging`.
        values: what belongs to it; None is left out. Never a secret.
    """
    count(name)
    pairs = [f"{key}={in_line(value)}" for key, value in values.items() if value is not None]
    _log.log(level, "%s", " ".join([f"event={name}", *pairs]))


def count(name: str) -> None:
    """Count an event that is too frequent for a line of its own."""
    with _lock:
        _counts[name] += 1


def counts() -> dict[str, int]:
    """How often each event has happened in this process."""
    with _lock:
        return dict(_counts)


def in_line(value: object, most: int = _MOST) -> str:
    """A value as it stands in a line: one word, or text in quotes."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    if len(text) > most:
        text = f"{text[: most - 1]}…"
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


class LineFormatter(logging.Formatter):
    """One line a record, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        head = f"{moment}.{int(record.msecs):03d}Z {record.levelname}"
        message = record.getMessage()
        if record.name == _log.name:
            return f"{head} {message}"
        line = f"{head} event=log logger={in_line(record.name)} message={in_line(message, 2000)}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            # Its end says what went wrong.
            line += f" trace={in_line(trace[-_MOST_TRACE:], _MOST_TRACE)}"
        return line


def log_to_stderr() -> None:
    """Send what this package logs, from INFO on, to stderr in lines. May be called again."""
    logger = logging.getLogger(_LOGGER)
    if not any(isinstance(handler.formatter, LineFormatter) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(LineFormatter())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
