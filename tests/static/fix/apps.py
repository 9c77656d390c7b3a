"""The tops of the applications that the cases are the rest of."""

from __future__ import annotations

_MODELS = """
class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    status: Mapped[str]
    stock: Mapped[int]


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


"""

SQLALCHEMY = f"""
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column

app = FastAPI()

{_MODELS}
def session() -> Session: ...


Db = Annotated[Session, Depends(session)]


"""

ASYNC = f"""
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import UniqueConstraint, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = FastAPI()

{_MODELS}
def session() -> AsyncSession: ...


Db = Annotated[AsyncSession, Depends(session)]


"""

DJANGO = """
from django.db import models, transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_POST


class Conflict(Exception):
    pass


class Order(models.Model):
    owner = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    stock = models.IntegerField()


class Tag(models.Model):
    name = models.CharField(max_length=20, unique=True)
    colour = models.CharField(max_length=20)


"""

TORTOISE = """
from fastapi import FastAPI, HTTPException
from tortoise import fields
from tortoise.models import Model
from tortoise.transactions import in_transaction

app = FastAPI()


class Order(Model):
    id = fields.IntField(pk=True)
    status = fields.CharField(20)


"""

PEEWEE = """
from flask import Flask, abort
from peewee import CharField, Model
from playhouse.pool import PooledPostgresqlDatabase

app = Flask(__name__)
db = PooledPostgresqlDatabase("shop")


class Order(Model):
    status = CharField()

    class Meta:
        database = db


"""

PYTHON = """
import asyncio
import secrets
import threading
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

app = FastAPI()
seats: dict[str, int] = {}
FOLDER = Path("/srv/files")


"""

AIOFILES = """
from pathlib import Path

import aiofiles
import aiofiles.os
from fastapi import FastAPI, HTTPException

app = FastAPI()
FOLDER = Path("/srv/files")


"""

CACHES = """
import os
from pathlib import Path

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.urls import path
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse
from flask import Flask, abort, send_file
from redis.asyncio import Redis

app = FastAPI()
pages = Flask(__name__)
redis = Redis.from_url("redis://cache")
EXPORTS = "/srv/exports"


"""

TOPS = {
    "sqlalchemy": SQLALCHEMY,
    "async": ASYNC,
    "django": DJANGO,
    "tortoise": TORTOISE,
    "peewee": PEEWEE,
    "python": PYTHON,
    "aiofiles": AIOFILES,
    "caches": CACHES,
}
