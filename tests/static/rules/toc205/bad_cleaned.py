from django import forms
from django.db import models
from django.http import HttpResponse
from django.urls import path
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.routers import DefaultRouter


class Alias(models.Model):
    owner = models.ForeignKey("auth.User", models.CASCADE)
    address = models.CharField(max_length=64)


class AliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = Alias
        fields = ["address"]


class AliasForm(forms.ModelForm):
    class Meta:
        model = Alias
        fields = ["owner", "address"]


class Aliases(viewsets.ModelViewSet):
    serializer_class = AliasSerializer
    queryset = Alias.objects.all()

    def perform_create(self, serializer):
        mine = Alias.objects.filter(
            owner=self.request.user, address=serializer.validated_data.get("address")
        )
        if mine.exists():  # finds: TOC205
            raise exceptions.ValidationError("taken")
        serializer.save(owner=self.request.user)


class Nick(models.Model):
    name = models.CharField(max_length=64)
    note = models.TextField()


class NickSerializer(serializers.ModelSerializer):
    name = serializers.CharField(max_length=64, required=False)
    shown = serializers.SerializerMethodField()

    class Meta:
        model = Nick
        fields = ["name", "note", "shown"]


def add_once(**kwargs):
    if Nick.objects.filter(name=kwargs.get("name")).exists():  # finds: TOC205
        raise exceptions.ValidationError("taken")
    return Nick.objects.create(**kwargs)


class Nicks(mixins.CreateModelMixin, viewsets.GenericViewSet):
    serializer_class = NickSerializer
    queryset = Nick.objects.all()

    def perform_create(self, serializer):
        add_once(**serializer.validated_data)


def add(request):
    form = AliasForm(request.POST)
    if form.is_valid():
        address = form.cleaned_data.get("address", "")
        if Alias.objects.filter(address=address).exists():  # finds: TOC205
            return HttpResponse(status=409)
        form.save()
    return HttpResponse()


router = DefaultRouter()
router.register("aliases", Aliases)
router.register("nicks", Nicks)
urlpatterns = [path("add", add), *router.urls]
