from django import forms
from django.db import models
from django.shortcuts import redirect
from django.urls import path
from django.views.generic import CreateView


class Course(models.Model):
    seats = models.IntegerField()


class Signup(models.Model):
    course = models.ForeignKey(Course, models.CASCADE)
    user = models.ForeignKey("auth.User", models.CASCADE)


class SignupForm(forms.ModelForm):
    class Meta:
        model = Signup
        fields = ["course"]


class SignupView(CreateView):
    form_class = SignupForm

    def form_valid(self, form):
        course = form.cleaned_data["course"]
        if Signup.objects.filter(course=course).count() >= course.seats:  # finds: TOC204
            return redirect("full")
        form.instance.user = self.request.user
        return super().form_valid(form)


urlpatterns = [path("signups", SignupView.as_view())]
