from django import forms
from django.db import models
from django.urls import path
from django.views.generic import CreateView
from django.views.generic.edit import FormView


class Guest(models.Model):
    name = models.CharField(max_length=64)
    room = models.ForeignKey("Room", models.CASCADE)


class Room(models.Model):
    number = models.IntegerField()


class GuestForm(forms.ModelForm):
    class Meta:
        model = Guest
        fields = ["name", "room"]

    def clean_name(self):
        name = self.cleaned_data["name"]
        if Guest.objects.filter(name=name).exists():  # finds: TOC214
            raise forms.ValidationError("taken")
        return name


class DoorForm(forms.Form):
    number = forms.IntegerField()

    def clean_number(self):
        number = self.cleaned_data["number"]
        if Room.objects.filter(number=number).exists():  # finds: TOC214
            raise forms.ValidationError("taken")
        return number

    def save(self):
        return Room.objects.create(number=self.cleaned_data["number"])


class GuestView(CreateView):
    model = Guest
    form_class = GuestForm


class DaughterView(CreateView):
    def get_form_class(self):
        return GuestForm

    def form_valid(self, form):
        return super().form_valid(form)


class DoorView(FormView):
    form_class = DoorForm

    def form_valid(self, form):
        form.save()
        return super().form_valid(form)


urlpatterns = [
    path("guests", GuestView.as_view()),
    path("daughters", DaughterView.as_view()),
    path("doors", DoorView.as_view()),
]
