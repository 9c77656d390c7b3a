"""Guards for Django; ``drf`` has those for Django REST framework."""

from tocsin.guard.django.files import download, receive
from tocsin.guard.django.limits import consume, refund, reset
from tocsin.guard.django.middleware import GuardMiddleware
from tocsin.guard.django.transition import transition

__all__ = ["GuardMiddleware", "consume", "download", "receive", "refund", "reset", "transition"]
