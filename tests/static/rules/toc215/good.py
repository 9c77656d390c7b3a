from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_POST


class Team(models.Model):
    name = models.CharField(max_length=50)


class Member(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    role = models.CharField(max_length=10)


@require_POST
@transaction.atomic
def leave(request, team):
    owners = list(Member.objects.select_for_update().filter(team_id=team, role="owner"))
    if len(owners) <= 1:
        return HttpResponseBadRequest()
    Member.objects.filter(team_id=team, user=request.user).delete()
    return HttpResponse()


@require_POST
@transaction.atomic
def remove(request, team, key):
    locked = get_object_or_404(Team.objects.select_for_update(), pk=team)
    if locked.members.filter(role="owner").count() <= 1:
        raise ValidationError("one owner has to stay")
    locked.members.filter(pk=key).delete()
    return HttpResponse()


@require_POST
def clear(request, team):
    """All of them go: nobody has to stay."""
    if Member.objects.filter(team_id=team).count() > 0:
        Member.objects.filter(team_id=team).delete()
    return HttpResponse()


@require_POST
def forget(request, key):
    if Member.objects.filter(pk=key).exists():
        Member.objects.filter(pk=key).delete()
    return HttpResponse()


@require_POST
def together(request, team):
    """Those that were named go, if there are that many of them."""
    keys = request.POST.getlist("keys")
    found = Member.objects.filter(pk__in=keys)
    if len(found) != len(keys):
        return HttpResponseBadRequest()
    found.delete()
    return HttpResponse()


@require_POST
def either(request, key, role):
    """Found by one of two columns, and gone: no other one is looked for."""
    found = Member.objects.filter(Q(pk=key) | Q(role=role))
    if not found:
        return HttpResponseBadRequest()
    Member.objects.filter(pk=key).delete()
    return HttpResponse()


@require_POST
def guests(request, team, key):
    """Owners are counted, and a guest goes."""
    if Member.objects.filter(team_id=team, role="owner").count() < 2:
        return HttpResponseBadRequest()
    Member.objects.filter(pk=key, role="guest").delete()
    return HttpResponse()


urlpatterns = [
    path("teams/<int:team>/leave", leave),
    path("teams/<int:team>/<int:key>/remove", remove),
    path("teams/<int:team>/clear", clear),
    path("members/<int:key>", forget),
    path("teams/<int:team>/together", together),
    path("members/<int:key>/<role>/either", either),
    path("teams/<int:team>/<int:key>/guests", guests),
]
