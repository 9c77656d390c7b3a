"""Roles, profiles, and the groups that may read and pay invoices."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from tocsin.guard.django import (
    Grant,
    atomic,
    authorize,
    authorized_view,
    edit,
    holds,
    lock,
    transition,
)
from tocsin.guard.django.rights import permitted
from tocsin.guard.errors import Conflict

from .api import EmailBody, HandoverBody, checked
from .auth import users
from .models import Invoice, Membership, Profile


def superuser(request: Request, **_: Any) -> Grant:
    caller = users.proven(request.auth).filter(is_superuser=True)
    return holds(caller, detail="for administrators")


def members_invoice(request: Request, invoice_id: int) -> Grant:
    mine = Membership.objects.filter(
        user__username=request.user.username, group__invoice=invoice_id
    )
    return holds(mine, detail="for members of its group")


def both(request: Request, username: str) -> User:
    """A user whose role the caller may change, locked; the caller is locked, too."""
    names = (request.user.username, username)
    # Both rows at once: two administrators who demote each other cannot wait for each other.
    caller, target = lock(User, *(get_object_or_404(User, username=name).pk for name in names))
    # By the key, as they were locked: MariaDB locks rows index by index.
    now = users.proven(request.auth).filter(pk=caller.pk, is_superuser=True)
    authorize(holds(now, detail="for administrators"))
    return target


@api_view(["GET"])
def list_users(request: Request) -> Response:
    users = User.objects.order_by("username")
    return Response(list(users.values("username", "is_staff", "is_superuser")))


@api_view(["POST"])
def promote(request: Request, username: str) -> Response:
    with atomic():
        user = both(request, username)
        if user.is_staff:
            raise Conflict("not a user who can be promoted")
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return Response({"username": username, "is_staff": True})


@api_view(["POST"])
def demote(request: Request, username: str) -> Response:
    with atomic():
        user = both(request, username)
        if not user.is_staff:
            raise Conflict("not somebody who can be demoted")
        user.is_staff = user.is_superuser = False
        user.save(update_fields=["is_staff", "is_superuser"])
    return Response({"username": username, "is_staff": False})


@api_view(["GET"])
def read_profile(request: Request) -> Response:
    profile = get_object_or_404(Profile, user__username=request.user.username)
    return Response({"email": profile.email, "version": profile.version})


@api_view(["PUT"])
def change_email(request: Request) -> Response:
    body = checked(EmailBody, request)
    with atomic():
        me = users.identity(request.auth)
        profile = edit(Profile, me.profile.pk, version=body["version"])
        profile.email = body["email"]
        profile.save(update_fields=["email"])
    return Response({"email": profile.email, "version": profile.version})


@api_view(["GET"])
@authorized_view(members_invoice)
def read_invoice(request: Request, invoice_id: int) -> Response:
    invoice = get_object_or_404(Invoice, pk=invoice_id)
    return Response({"id": invoice.pk, "amount": invoice.amount, "group": invoice.group.name})


@api_view(["POST"])
@authorized_view(superuser)
def transfer_invoice(request: Request, invoice_id: int) -> Response:
    heirs = get_object_or_404(Group, name=checked(HandoverBody, request)["group"])
    (invoice,) = lock(Invoice, invoice_id)
    if invoice.group == heirs:
        raise Conflict("theirs already")
    invoice.group = heirs
    invoice.save(update_fields=["group"])
    return Response({"id": invoice_id, "group": heirs.name})


@api_view(["POST"])
def pay_invoice(request: Request, invoice_id: int) -> Response:
    with atomic():
        authorize(permitted(users.identity(request.auth), "shop.change_invoice"))
        transition(Invoice, invoice_id, field="paid", from_=False, to=True)
    return Response({"paid": invoice_id})


@api_view(["DELETE"])
@authorized_view(superuser)
def revoke(request: Request, group: str, username: str) -> Response:
    gone, _ = Membership.objects.filter(user__username=username, group__name=group).delete()
    if not gone:
        raise NotFound
    return Response({"revoked": username})
