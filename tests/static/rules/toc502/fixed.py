from django.contrib.auth import authenticate
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST


@require_POST
def login(request):
    key = f"attempts:{request.POST['name']}"
    cache.add(key, 0, 300)
    if cache.incr(key) > 5:
        return HttpResponse(status=429)
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    if user is None:
        return HttpResponse(status=401)
    cache.delete(key)
    return JsonResponse({"id": user.pk})


urlpatterns = [path("login", login)]
