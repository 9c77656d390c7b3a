"""Guards for Django; ``drf`` has those for Django REST framework."""

from tocsin.guard.django.middleware import GuardMiddleware

__all__ = ["GuardMiddleware"]
