"""What only tells somebody something: logs, messages for the next page, pages.

Nothing that a request relies on is changed by it, and doing it twice does no harm.

Sources: docs.python.org/3/library/logging, flask.palletsprojects.com ("Message Flashing"),
docs.djangoproject.com ("The messages framework"), the readmes of structlog and loguru.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

TELLS = "tells"
"""The verb of such a call: threads may be switched in it, and that is all."""

_LOGGER = "logging.Logger"

LIBRARY = Library(
    name="telling",
    calls=(
        Call("logging.getLogger", Act.MAKE, _LOGGER),
        Call("structlog.get_logger", Act.MAKE, _LOGGER),
        Call("structlog.stdlib.get_logger", Act.MAKE, _LOGGER),
        Call("celery.utils.log.get_task_logger", Act.MAKE, _LOGGER),
        Call(f"{_LOGGER}.*", Act.PURE, word=TELLS),
        *rows(
            Act.PURE,
            "",
            "logging.* loguru.logger.* warnings.warn django.contrib.messages.* flask.flash"
            " flask.render_template flask.render_template_string django.shortcuts.render",
            word=TELLS,
        ),
    ),
    types=dict.fromkeys(
        (_LOGGER, "logging.LoggerAdapter", "structlog.stdlib.BoundLogger"), _LOGGER
    ),
)
