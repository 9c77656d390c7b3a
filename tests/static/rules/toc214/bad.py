from django import forms
from django.db import models
from django.http import HttpResponse
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


class BookingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Booking
        fields = ["room", "day"]

    def validate(self, data):
        if Booking.objects.filter(room=data["room"], day=data["day"]).exists():  # finds: TOC214
            raise serializers.ValidationError("taken")
        return data


class Bookings(generics.CreateAPIView):
    queryset = Booking.objects.all()
    serializer_class = BookingSerializer


class StayForm(forms.ModelForm):
    class Meta:
        model = Stay
        fields = ["room", "day"]

    def clean(self):
        data = self.cleaned_data
        if Stay.objects.filter(room=data["room"], day=data["day"]).exists():  # finds: TOC214
            raise forms.ValidationError("taken")
        return data


def stay(request):
    form = StayForm(request.POST)
    if form.is_valid():
        form.save()
    return HttpResponse()


urlpatterns = [path("bookings", Bookings.as_view()), path("stays", stay)]
