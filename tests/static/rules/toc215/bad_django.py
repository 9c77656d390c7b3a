from django.core.exceptions import ValidationError
from django.db import models, transaction
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
def leave(request, team):
    member = get_object_or_404(Member, team_id=team, user=request.user)
    if Member.objects.filter(team_id=team, role="owner").count() <= 1:  # finds: TOC215
        raise ValidationError("one owner has to stay")
    member.delete()
    return HttpResponse()


@require_POST
def demote(request, team, key):
    member = get_object_or_404(Member, pk=key, team_id=team)
    others = Member.objects.filter(team_id=team, role="owner").exclude(pk=member.pk)
    if not others.exists():  # finds: TOC215
        return HttpResponseBadRequest()
    member.role = "guest"
    member.save()
    return HttpResponse()


@require_POST
def remove(request, team, key):
    member = get_object_or_404(Team, pk=team).members.get(pk=key)
    owners = member.team.members.filter(role="owner")
    if member.role == "owner" and owners.count() == 1:  # finds: TOC215
        return HttpResponseBadRequest()
    member.delete()
    return HttpResponse()


@require_POST
@transaction.atomic
def throw_out(request, team, key):
    member = Member.objects.select_for_update().get(pk=key)  # one lock for each
    if Member.objects.filter(team_id=team).count() == 1:  # finds: TOC215
        return HttpResponseBadRequest()
    member.delete()
    return HttpResponse()


urlpatterns = [
    path("teams/<int:team>/leave", leave),
    path("teams/<int:team>/<int:key>/demote", demote),
    path("teams/<int:team>/<int:key>/remove", remove),
    path("teams/<int:team>/<int:key>/throw-out", throw_out),
]
