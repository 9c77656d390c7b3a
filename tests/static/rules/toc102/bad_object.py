from django.conf import settings
from django.db import models
from django.http import HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_POST
from rest_framework import mixins, permissions, routers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response


class Note(models.Model):
    text = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)


class IsOwner(permissions.BasePermission):
    def has_object_permission(self, request, view, obj):
        return obj.owner_id == request.user.id


class NoteViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    queryset = Note.objects.all()
    permission_classes = [IsOwner]

    @action(detail=True, methods=["post"])
    def blank(self, request, pk=None):
        note = self.get_object()  # finds: TOC102
        Note.objects.filter(pk=note.pk).update(text="")
        return Response()

    @action(detail=True, methods=["post"])
    def clear(self, request, pk=None):
        note = Note.objects.get(pk=pk)  # finds: TOC102
        self.check_object_permissions(request, note)
        Note.objects.filter(pk=pk).update(text="")
        return Response()


@require_POST
def give(request, key, to):
    Note.objects.filter(pk=key, owner=request.user).update(owner=to)
    return HttpResponse()


router = routers.SimpleRouter()
router.register("notes", NoteViewSet)
urlpatterns = [path("", include(router.urls)), path("give/<int:key>/<int:to>", give)]
