import logging
import threading

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

seats = {}
lock = threading.Lock()


def log(name):
    logging.getLogger(__name__).info(name)


@require_POST
def take(request, name):
    with lock:
        if seats[name] < 1:
            return HttpResponse(status=409)
        log(name)
        seats[name] = 0
    return HttpResponse(status=204)


urlpatterns = [
    path("take/<str:name>/", take),
]
