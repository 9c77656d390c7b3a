from django import forms
from django.db import IntegrityError, models, transaction
from django.shortcuts import redirect
from django.urls import path
from django.views.generic import CreateView, FormView


class Room(models.Model):
    number = models.IntegerField(unique=True)


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["number"]

    def clean(self):
        data = self.cleaned_data
        if Room.objects.filter(number=data.get("number")).exists():
            raise forms.ValidationError("taken")
        return data


class Asked(FormView):
    """Nothing is stored: it only says whether it could be."""

    form_class = RoomForm
    success_url = "/free"

    def form_valid(self, form):
        return super().form_valid(form)


class Stored(CreateView):
    form_class = RoomForm

    def form_valid(self, form):
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except IntegrityError:
            return redirect("taken")


urlpatterns = [path("asked", Asked.as_view()), path("stored", Stored.as_view())]
