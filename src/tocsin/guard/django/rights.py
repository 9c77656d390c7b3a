"""Rights of Django's own users, asked of the tables: never of an object that remembers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from tocsin.guard.django.authorize import Grant, holds


def in_group(user: Any, *names: str, secret: bool = False) -> Grant:
    """The right of the members of a group, or of one of several; they have to be active."""
    model = get_user_model()
    members = model.groups.through._default_manager
    found = members.filter(user=user.pk, user__is_active=True, group__name__in=names)
    return holds(found, detail=f"for members of {' or '.join(names)}", secret=secret)


def permitted(user: Any, permission: str, *, secret: bool = False) -> Grant:
    """The right that ``user.has_perm(permission)`` tells, as ``ModelBackend`` has it.

    That is of an active user who is a superuser, has the permission, or is in a group that has
    it. Raises ``ValueError`` for a name that is not ``app.codename``.
    """
    app, dot, codename = permission.partition(".")
    if not dot:
        raise ValueError(f"a permission is app.codename, not {permission}")
    model = get_user_model()
    rows = model._default_manager.filter(pk=user.pk, is_active=True)
    wanted = {"content_type__app_label": app, "codename": codename}
    own = {f"user_permissions__{name}": value for name, value in wanted.items()}
    shared = {f"groups__permissions__{name}": value for name, value in wanted.items()}
    ways = rows.filter(is_superuser=True), rows.filter(**own), rows.filter(**shared)
    return holds(*ways, detail=f"for those who have {permission}", secret=secret)
