from django.db import models
from rest_framework import mixins, serializers, validators, viewsets
from rest_framework.routers import DefaultRouter


class Ban(models.Model):
    user = models.ForeignKey("auth.User", models.CASCADE)
    kind = models.CharField(max_length=16)
    active = models.BooleanField()


class Seat(models.Model):
    hall = models.IntegerField()
    number = models.IntegerField()

    class Meta:
        unique_together = [["hall", "number"]]


class BanSerializer(serializers.ModelSerializer):
    class Meta:
        model = Ban
        fields = ["user", "kind", "active"]
        validators = [
            validators.UniqueTogetherValidator(  # finds: TOC214
                queryset=Ban.objects.filter(active=True), fields=["user", "kind"]
            )
        ]


class SeatSerializer(serializers.ModelSerializer):
    class Meta:
        model = Seat
        fields = ["hall", "number"]
        validators = [
            validators.UniqueTogetherValidator(  # finds: TOC214
                queryset=Seat.objects.all(), fields=("hall", "number")
            ),
        ]


class BanViewSet(mixins.CreateModelMixin, viewsets.GenericViewSet):
    queryset = Ban.objects.all()
    serializer_class = BanSerializer


class SeatViewSet(viewsets.ModelViewSet):
    queryset = Seat.objects.all()
    serializer_class = SeatSerializer


router = DefaultRouter()
router.register("bans", BanViewSet)
router.register("seats", SeatViewSet)
urlpatterns = router.urls
