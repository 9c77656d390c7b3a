"""What only tells somebody something: logs, messages for the next page, pages.

Nothing that a request relies on is changed by it, and doing it twice does no harm.

Sources: docs.python.org/3/library/logging, flask.palletsprojects.com ("Message Flashing"),
docs.djangoproject.com ("The messages framework"), the readmes of structlog, loguru and sentry_sdk.
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

TELLS = "tells"
"""The verb of such a call: threads may be switched in it, and that is all."""

SAYS = "says"
"""The verb of a call of unknown code, or of a job, that by its name tells somebody something."""

LOOKS = "looks"
"""The verb of a call of unknown code that by its name only looks something up."""

IDLE = frozenset(
    (
        "get pop keys values items append extend add discard update setdefault copy strip lstrip"
        " rstrip lower upper title split rsplit splitlines join format replace startswith endswith"
        " encode decode isoformat timestamp humanize shift date strftime total_seconds now utcnow"
        " asc desc __init__ validate validate_on_submit is_valid"
        " sign unsign loads dumps index find count digest hexdigest b64encode b64decode get_json"
    ).split()
)
"""Methods of plain values: of which nothing else is known, they do nothing that anybody hears."""

_LOGGER = "logging.Logger"

LIBRARY = Library(
    name="telling",
    calls=(
        Call("logging.getLogger", Act.MAKE, _LOGGER),
        Call("logging.StreamHandler", Act.MAKE, _LOGGER),
        Call("logging.FileHandler", Act.MAKE, _LOGGER),
        Call("structlog.get_logger", Act.MAKE, _LOGGER),
        Call("structlog.stdlib.get_logger", Act.MAKE, _LOGGER),
        Call("celery.utils.log.get_task_logger", Act.MAKE, _LOGGER),
        Call(f"{_LOGGER}.*", Act.PURE, word=TELLS),
        *rows(
            Act.PURE,
            "",
            "logging.* loguru.logger.* warnings.warn django.contrib.messages.* flask.flash"
            " flask.render_template flask.render_template_string django.shortcuts.render"
            " coloredlogs.* newrelic.agent.* sentry_sdk.*",
            word=TELLS,
        ),
    ),
    types=dict.fromkeys(
        (_LOGGER, "logging.LoggerAdapter", "structlog.stdlib.BoundLogger"), _LOGGER
    ),
)
