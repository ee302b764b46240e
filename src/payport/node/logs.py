"""What the processes of a network write about their work: lines of JSON on standard error, none with a secret in it.

An error is told by its kind and the places it passed, never by its text, which may hold what somebody sent. Libraries
are heard as far as :data:`LIBRARIES` lets them: several show the values they handle at their most talkative.
"""

from __future__ import annotations

import enum
import logging
import os
import sys
import traceback
from typing import TYPE_CHECKING, Final

import structlog

from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

UNKNOWN_LOG_LEVEL: Final = RefusalCode(
    "unknown_log_level",
    RefusalClass.MALFORMED,
    "PAYPORT_LOG_LEVEL names none of error, warning, info, debug.",
    "PAYPORT_LOG_LEVEL 的取值应为 error、warning、info 或 debug。",
)
"""A typing error must not silence a process."""

REFUSALS: Final = (UNKNOWN_LOG_LEVEL,)
"""Refusals of this module."""

VARIABLE: Final = "PAYPORT_LOG_LEVEL"
"""Environment variable that says how much every process writes; their children inherit it."""


class Level(enum.StrEnum):
    """How much is written; each level holds those before it."""

    ERROR = "error"
    """What somebody must look at."""
    WARNING = "warning"
    """What goes on without help, and should not happen often."""
    INFO = "info"
    """What happened; the level unless told otherwise."""
    DEBUG = "debug"
    """Each request by its route, each statement of a database without its values."""

    @property
    def number(self) -> int:
        """The level as the standard library counts it."""
        return int(logging.getLevelNamesMapping()[self.value.upper()])


LIBRARIES: Final = {
    "_granian": Level.DEBUG,
    "alembic": Level.INFO,
    "asyncio": Level.DEBUG,
    "sqlalchemy.engine": Level.INFO,
}
"""Libraries that are heard at ``debug``, and up to what. All others give warnings alone: the drivers of databases show
what they bind, SQLAlchemy the rows it reads, the HTTP client the addresses of webhooks."""

MAX_PLACES: Final = 8
"""Places of a traceback that are told, the innermost ones."""

_MAX_CAUSES: Final = 4
_OWN: Final = logging.getLogger("payport")


def level() -> Level:
    """Return the level that was asked for; raises ``unknown_log_level``."""
    asked = os.environ.get(VARIABLE, Level.INFO.value)
    if asked not in list(Level):
        UNKNOWN_LOG_LEVEL.refuse()
    return Level(asked)


def level_of_libraries() -> Level:
    """Return the level of libraries that :data:`LIBRARIES` names, for those that set it themselves."""
    chosen = level()
    return chosen if chosen is Level.DEBUG else max(chosen, Level.WARNING, key=lambda each: each.number)


def begin(process: str) -> Level:
    """Write from now on as ``process``; return the level. Raises ``unknown_log_level``."""
    chosen = level()
    shared: list[Processor] = [_namer(process), structlog.processors.add_log_level, _without_text]
    stamped: list[Processor] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*shared, *stamped],
        wrapper_class=structlog.make_filtering_bound_logger(chosen.number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, _first_line, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *stamped],
    )
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, chosen.number), force=True)
    for name, most in LIBRARIES.items():
        heard = max(chosen.number, most.number) if chosen is Level.DEBUG else logging.NOTSET
        logging.getLogger(name).setLevel(heard)
    _OWN.setLevel(chosen.number)
    return chosen


def is_debugging() -> bool:
    """Tell whether ``debug`` is written, for where even a logger that says nothing costs too much."""
    return _OWN.isEnabledFor(logging.DEBUG)


def kind_and_places(error: BaseException) -> dict[str, object]:
    """Return what a log tells of an error: its kind, those of its causes, and the places in the code it passed."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_PLACES:]
    return {
        "error": " from ".join(type(each).__name__ for each in _chain(error)),
        "places": [f"{frame.filename}:{frame.lineno}" for frame in frames],
    }


def _namer(process: str) -> Processor:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event}

    return name


def _without_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind and its places."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    return event if error is None else {**event, **kind_and_places(error)}


def _first_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out what the event loop adds to its messages: how the objects concerned present themselves."""
    if event["logger"] == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and what caused it."""
    chain = [error]
    while len(chain) < _MAX_CAUSES and (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)
    return chain
