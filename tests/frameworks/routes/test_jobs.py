"""Functions that a queue or a clock calls are entries of their own."""

from __future__ import annotations

import pytest

from tests.frameworks.routes.conftest import Routes

QUEUES = {
    "celery": "from celery import shared_task\n@shared_task",
    "celery app": "from celery import Celery\nqueue = Celery()\n@queue.task(bind=True)",
    "dramatiq": "import dramatiq\n@dramatiq.actor(max_retries=3)",
    "huey": "from huey import RedisHuey\nqueue = RedisHuey()\n@queue.periodic_task(when)",
    "huey for django": "from huey.contrib.djhuey import db_task\n@db_task()",
    "rq": "from rq.decorators import job\n@job('default')",
    "django_rq": "from django_rq import job\n@job",
    "apscheduler": (
        "from apscheduler.schedulers.background import BackgroundScheduler\n"
        "clock = BackgroundScheduler()\n@clock.scheduled_job('interval')"
    ),
}


@pytest.mark.parametrize("queue", QUEUES)
def test_a_job_is_an_entry(routes: Routes, queue: str) -> None:
    found = routes(f"{QUEUES[queue]}\ndef expire(key): ...\ndef helper(): ...\n")
    assert [(e.endpoint, e.framework, e.routed) for e in found] == [("app.expire", "", False)]


def test_what_only_sounds_like_a_job_is_none(routes: Routes) -> None:
    assert routes("from invoke import task\n@task\ndef build(c): ...\n") == []
