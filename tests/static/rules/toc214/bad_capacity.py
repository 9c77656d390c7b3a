from django.conf import settings
from django.db import models
from django.urls import include, path
from rest_framework import mixins, routers, serializers, viewsets


class Event(models.Model):
    capacity = models.PositiveIntegerField()

    @property
    def full(self):
        return self.registrations.count() >= self.capacity


class Registration(models.Model):
    event = models.ForeignKey(Event, related_name="registrations", on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)


class RegistrationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Registration
        fields = ["event"]

    def validate(self, attrs):
        if attrs["event"].full:  # finds: TOC214
            raise serializers.ValidationError("full")
        return attrs

    def create(self, validated):
        return Registration.objects.create(user=self.context["request"].user, **validated)


class RegistrationViewSet(mixins.CreateModelMixin, viewsets.GenericViewSet):
    queryset = Registration.objects.all()
    serializer_class = RegistrationSerializer


router = routers.SimpleRouter()
router.register("registrations", RegistrationViewSet)
urlpatterns = [path("", include(router.urls))]
