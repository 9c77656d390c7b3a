from django.db import IntegrityError, models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST


class Page(models.Model):
    slug = models.CharField(max_length=64)
    code = models.CharField(max_length=64, unique=True)


class Job(models.Model):
    state = models.CharField(max_length=64)


@require_POST
def left(request):
    code = request.POST["code"]
    while Page.objects.filter(code=code).exists():
        code += "x"
        if len(code) > 60:
            break
    try:
        Page.objects.create(code=code)
    except IntegrityError:
        return HttpResponse(status=409)
    return HttpResponse()


@require_POST
def waited(request):
    while Job.objects.filter(state="busy").exists():
        pass
    Job.objects.create(state="new")
    return HttpResponse()


urlpatterns = [path("left", left), path("waited", waited)]
