from django.db import IntegrityError, models
from rest_framework import mixins, serializers, validators, viewsets
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter


class Seat(models.Model):
    hall = models.IntegerField()
    number = models.IntegerField()

    class Meta:
        unique_together = [["hall", "number"]]


class SeatSerializer(serializers.ModelSerializer):
    class Meta:
        model = Seat
        fields = ["hall", "number"]
        validators = [
            validators.UniqueTogetherValidator(
                queryset=Seat.objects.all(), fields=("hall", "number")
            )
        ]


class NoneSerializer(serializers.ModelSerializer):
    class Meta:
        model = Seat
        fields = ["hall", "number"]
        validators = []  # the database refuses, and says so


class SeatViewSet(mixins.CreateModelMixin, viewsets.GenericViewSet):
    queryset = Seat.objects.all()
    serializer_class = SeatSerializer

    def create(self, request, *args, **kwargs):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            serializer.save()
        except IntegrityError:
            return Response(status=409)
        return Response(serializer.data)


class BareViewSet(mixins.CreateModelMixin, viewsets.GenericViewSet):
    queryset = Seat.objects.all()
    serializer_class = NoneSerializer


router = DefaultRouter()
router.register("seats", SeatViewSet)
router.register("bare", BareViewSet)
urlpatterns = router.urls
