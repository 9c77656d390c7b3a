from django import forms
from django.db import IntegrityError, models
from django.http import HttpResponse
from django.urls import path


class Booking(models.Model):
    room = models.IntegerField()
    day = models.DateField()


class Stay(models.Model):
    room = models.IntegerField()
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "day"], name="one_stay")]


class Room(models.Model):
    open = models.BooleanField()


class BookingForm(forms.ModelForm):
    class Meta:
        model = Booking
        fields = ["room", "day"]

    def clean_room(self):
        room = self.cleaned_data["room"]
        if not Room.objects.filter(pk=room, open=True).exists():
            raise forms.ValidationError("closed")
        return room


class StayForm(forms.ModelForm):
    class Meta:
        model = Stay
        fields = ["room", "day"]

    def clean(self):
        data = self.cleaned_data
        if Stay.objects.filter(room=data["room"], day=data["day"]).exists():
            raise forms.ValidationError("taken")
        return data


def book(request):
    form = BookingForm(request.POST)
    if form.is_valid():
        form.save()
    return HttpResponse()


def stay(request):
    form = StayForm(request.POST)
    if form.is_valid():
        try:
            form.save()
        except IntegrityError:
            return HttpResponse(status=409)
    return HttpResponse()


urlpatterns = [path("bookings", book), path("stays", stay)]
