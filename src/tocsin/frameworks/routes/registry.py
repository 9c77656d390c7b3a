"""All frameworks whose routes are read from source."""

from __future__ import annotations

from tocsin.frameworks.routes.base import Routes
from tocsin.frameworks.routes.django import DjangoRoutes
from tocsin.frameworks.routes.fastapi import FastAPIRoutes
from tocsin.frameworks.routes.flask import FlaskRoutes
from tocsin.frameworks.routes.graphene import GrapheneRoutes
from tocsin.frameworks.routes.jobs import Jobs
from tocsin.frameworks.routes.middleware import Middleware
from tocsin.frameworks.routes.signals import Signals
from tocsin.frameworks.routes.starlette import StarletteRoutes

ROUTES: tuple[Routes, ...] = (
    FastAPIRoutes(),
    StarletteRoutes(),
    FlaskRoutes(),
    DjangoRoutes(),
    GrapheneRoutes(),
    Middleware(),
    Jobs(),
    Signals(),
)
