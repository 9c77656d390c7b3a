from django.db import IntegrityError, models, transaction
from django.urls import path
from rest_framework import generics, serializers


class Booking(models.Model):
    room = models.IntegerField()
    day = models.DateField()


class Stay(models.Model):
    room = models.IntegerField()
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "day"], name="one_stay")]


class StaySerializer(serializers.ModelSerializer):
    class Meta:
        model = Stay
        fields = ["room", "day"]

    def validate(self, data):
        if Stay.objects.filter(room=data["room"], day=data["day"]).exists():
            raise serializers.ValidationError("taken")
        return data


class Stays(generics.CreateAPIView):
    queryset = Stay.objects.all()
    serializer_class = StaySerializer

    def perform_create(self, serializer):
        try:
            with transaction.atomic():
                serializer.save()
        except IntegrityError:
            raise serializers.ValidationError("taken") from None


urlpatterns = [path("stays", Stays.as_view())]
