"""Roles, profiles, and the groups that may read and pay invoices."""

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .api import Conflict, EmailBody, HandoverBody, checked
from .models import Invoice, Membership, Profile

invoices = Invoice.objects.select_related("group")


class IsSuperuser(BasePermission):
    """As the user was when the request was authenticated."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_superuser)


def lock(*usernames: str) -> dict[str, User]:
    """Users as they are now, and stay until the end of the transaction."""
    # Always in the order of their keys: two administrators cannot wait for each other.
    users = User.objects.select_for_update(no_key=True)
    return {user.username: user for user in users.filter(username__in=usernames).order_by("id")}


def shown(invoice: Invoice) -> dict[str, int | str]:
    return {"id": invoice.pk, "amount": invoice.amount, "group": invoice.group.name}


@api_view(["GET"])
def list_users(request: Request) -> Response:
    users = User.objects.order_by("username")
    return Response(list(users.values("username", "is_staff", "is_superuser")))


@api_view(["POST"])
@permission_classes([IsSuperuser])
def promote(request: Request, username: str) -> Response:
    """Races: the permission class looked at a snapshot of the caller."""
    if not User.objects.filter(username=username, is_staff=False).update(is_staff=True):
        raise Conflict("not a user who can be promoted")
    return Response({"username": username, "is_staff": True})


@api_view(["POST"])
def promote_safely(request: Request, username: str) -> Response:
    """Safe: the caller is locked, and then looked at."""
    with transaction.atomic():
        users = lock(request.user.username, username)
        if not users[request.user.username].is_superuser:
            raise PermissionDenied
        if not User.objects.filter(username=username, is_staff=False).update(is_staff=True):
            raise Conflict("not a user who can be promoted")
    return Response({"username": username, "is_staff": True})


@api_view(["POST"])
def demote(request: Request, username: str) -> Response:
    """Safe by itself; it takes away the role that others trust."""
    with transaction.atomic():
        users = lock(request.user.username, username)
        if not users[request.user.username].is_superuser:
            raise PermissionDenied
        staff = User.objects.filter(username=username, is_staff=True)
        if not staff.update(is_staff=False, is_superuser=False):
            raise Conflict("not somebody who can be demoted")
    return Response({"username": username, "is_staff": False})


@api_view(["GET"])
def read_profile(request: Request) -> Response:
    profile = get_object_or_404(Profile, user=request.user)
    return Response({"email": profile.email, "version": profile.version})


@api_view(["PUT"])
def change_email(request: Request) -> Response:
    """Races: the version is compared in Python, so two edits of version 1 both succeed."""
    body = checked(EmailBody, request)
    profile = get_object_or_404(Profile, user=request.user)
    if profile.version != body["version"]:
        raise Conflict("changed meanwhile: read it again")
    profile.email = body["email"]
    profile.version += 1
    profile.save()
    return Response({"email": profile.email, "version": profile.version})


@api_view(["PUT"])
def change_email_safely(request: Request) -> Response:
    """Safe: the version is compared by the update."""
    body = checked(EmailBody, request)
    read = Profile.objects.filter(user=request.user, version=body["version"])
    if not read.update(email=body["email"], version=F("version") + 1):
        raise Conflict("changed meanwhile: read it again")
    return Response({"email": body["email"], "version": body["version"] + 1})


@api_view(["GET"])
def read_invoice(request: Request, invoice_id: int) -> Response:
    """Races: a member of its group when asked, perhaps no more when shown."""
    if not request.user.groups.filter(invoice=invoice_id).exists():
        raise PermissionDenied
    return Response(shown(get_object_or_404(invoices, pk=invoice_id)))


@api_view(["GET"])
def read_invoice_safely(request: Request, invoice_id: int) -> Response:
    """Safe: membership and invoice are read by one statement."""
    invoice = invoices.filter(pk=invoice_id, group__user=request.user).first()
    if invoice is None:
        raise PermissionDenied
    return Response(shown(invoice))


@api_view(["POST"])
def transfer_invoice(request: Request, invoice_id: int) -> Response:
    """Safe by itself; it takes the invoice from those who were members of its group."""
    heirs = get_object_or_404(Group, name=checked(HandoverBody, request)["group"])
    with transaction.atomic():
        if not lock(request.user.username)[request.user.username].is_superuser:
            raise PermissionDenied
        if not Invoice.objects.filter(pk=invoice_id).exclude(group=heirs).update(group=heirs):
            raise Conflict("theirs already, or no such invoice")
    return Response({"id": invoice_id, "group": heirs.name})


@api_view(["POST"])
def pay_invoice(request: Request, invoice_id: int) -> Response:
    """Races: asked again under the lock, the user answers from the permissions it has cached."""
    if not request.user.has_perm("shop.change_invoice"):
        raise PermissionDenied
    with transaction.atomic():
        open_ = Invoice.objects.select_for_update().filter(paid=False)
        invoice = get_object_or_404(open_, pk=invoice_id)
        if not request.user.has_perm("shop.change_invoice"):
            raise PermissionDenied
        invoice.paid = True
        invoice.save(update_fields=["paid"])
    return Response({"paid": invoice_id})


@api_view(["POST"])
def pay_invoice_safely(request: Request, invoice_id: int) -> Response:
    """Safe: the membership itself is locked, so it cannot be taken away until this is over."""
    with transaction.atomic():
        mine = Membership.objects.select_for_update(of=("self",)).filter(user=request.user)
        if mine.filter(group__permissions__codename="change_invoice").first() is None:
            raise PermissionDenied
        if not Invoice.objects.filter(pk=invoice_id, paid=False).update(paid=True):
            raise Conflict("paid already, or no such invoice")
    return Response({"paid": invoice_id})


@api_view(["DELETE"])
def revoke(request: Request, group: str, username: str) -> Response:
    """Safe by itself; it takes away the membership that others trust."""
    with transaction.atomic():
        if not lock(request.user.username)[request.user.username].is_superuser:
            raise PermissionDenied
        gone, _ = Membership.objects.filter(user__username=username, group__name=group).delete()
        if not gone:
            raise NotFound
    return Response({"revoked": username})
