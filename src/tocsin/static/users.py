"""Those who log in: Django's own models of them, and the classes of projects in their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tocsin.source.names import ancestors
from tocsin.source.project import ClassSymbol, Project
from tocsin.static.models import Model, Relation
from tocsin.static.sources import Sources

ABSTRACT_USERS = frozenset(
    {
        "django.contrib.auth.models.AbstractUser",
        "django.contrib.auth.models.AbstractBaseUser",
        "django.contrib.auth.base_user.AbstractBaseUser",
    }
)

USER = Model(
    name="django.contrib.auth.models.User",
    table="django.contrib.auth.models.User",
    kind="django",
    columns=frozenset(
        [
            "username",
            "email",
            "password",
            "is_staff",
            "is_superuser",
            "is_active",
            "first_name",
            "last_name",
        ]
    ),
    unique=(frozenset({"username"}),),
    relations=(
        Relation("groups", "django.contrib.auth.models.User.groups", "user"),
        Relation("user_permissions", "django.contrib.auth.models.User.user_permissions", "user"),
    ),
)
_GROUP = Model(
    name="django.contrib.auth.models.Group",
    table="django.contrib.auth.models.Group",
    kind="django",
    columns=frozenset({"name"}),
    unique=(frozenset({"name"}),),
)
_MEMBERSHIP = Model(
    name="django.contrib.auth.models.User.groups",
    table="django.contrib.auth.models.User.groups",
    kind="django",
    columns=frozenset({"user", "group"}),
    unique=(frozenset({"user", "group"}),),
)
OUTSIDE = {model.name: model for model in (USER, _GROUP, _MEMBERSHIP)}


def derived(project: Project, sources: Sources, names: frozenset[str]) -> Iterator[ClassSymbol]:
    """The classes of the project that have one of these bases, from other packages."""
    markers = {name.rpartition(".")[2].encode() for name in names}
    for module in sources.saying(*sorted(markers)):
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef):
                symbol = ClassSymbol(module, node)
                bases = ancestors(project, symbol)
                if any(getattr(each, "name", "") in names for each in bases):
                    yield symbol
