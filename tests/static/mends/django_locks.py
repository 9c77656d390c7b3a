from contextlib import contextmanager
from functools import wraps

from django.contrib.auth.models import User
from django.db import DatabaseError, models, transaction
from django.db.models import F
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path


class Coupon(models.Model):
    code = models.CharField(max_length=20, unique=True)
    used = models.BooleanField(default=False)
    used_by = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    left = models.IntegerField(default=1)
    status = models.CharField(max_length=20, default="new")
    version = models.IntegerField(default=0)
    data = models.JSONField(default=dict)


class Account(models.Model):
    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    balance = models.DecimalField(max_digits=8, decimal_places=2)
    frozen = models.BooleanField(default=False)


class Redemption(models.Model):
    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["coupon", "user"], name="once")]


class Seat(models.Model):
    event = models.ForeignKey("Event", on_delete=models.CASCADE)
    number = models.IntegerField()


class Event(models.Model):
    name = models.CharField(max_length=50)
    capacity = models.IntegerField()


def pay(who, what): ...


def racy_redeem(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.used:
        return HttpResponse(status=409)
    coupon.used = True
    coupon.save()
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def racy_reserve(request, pk):
    event = get_object_or_404(Event, pk=pk)
    if event.seat_set.count() >= event.capacity:
        return HttpResponse(status=409)
    Seat.objects.create(event=event, number=1)
    return HttpResponse()


@transaction.atomic
def lock_get(request, code):
    coupon = Coupon.objects.select_for_update().get(code=code)
    if coupon.used:
        return HttpResponse(status=409)
    coupon.used = True
    coupon.save()
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def lock_with(request, code):
    with transaction.atomic():
        coupon = get_object_or_404(Coupon.objects.select_for_update(), code=code)
        if coupon.used:
            return HttpResponse(status=409)
        coupon.used = True
        coupon.save(update_fields=["used"])
        pay(request.user, coupon)
    return HttpResponse()


def lock_recheck(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.used:
        return HttpResponse(status=409)
    with transaction.atomic():
        coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
        if coupon.used:
            return HttpResponse(status=409)
        coupon.used = True
        coupon.save()
        Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def lock_recheck_other_name(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.used:
        return HttpResponse(status=409)
    with transaction.atomic():
        locked = Coupon.objects.select_for_update(of=("self",)).filter(pk=coupon.pk).first()
        if locked is None or locked.used:
            return HttpResponse(status=409)
        locked.used = True
        locked.save()
        Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def lock_filtered(request, code):
    with transaction.atomic():
        coupon = Coupon.objects.select_for_update().filter(code=code, used=False).first()
        if coupon is None:
            return HttpResponse(status=409)
        coupon.used = True
        coupon.save()
        Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def lock_refresh(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    with transaction.atomic():
        Coupon.objects.select_for_update().get(pk=coupon.pk)
        coupon.refresh_from_db()
        if coupon.used:
            return HttpResponse(status=409)
        coupon.used = True
        coupon.save()
        Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def lock_refresh_from_queryset(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    with transaction.atomic():
        coupon.refresh_from_db(from_queryset=Coupon.objects.select_for_update())
        if coupon.used:
            return HttpResponse(status=409)
        coupon.used = True
        coupon.save()
        Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def lock_evaluated_list(request, pk):
    with transaction.atomic():
        seats = list(Seat.objects.select_for_update().filter(event_id=pk))
        for seat in seats:
            if seat.number == 0:
                seat.number = 1
                seat.save()
                pay(request.user, seat)
    return HttpResponse()


def lock_parent(request, pk):
    with transaction.atomic():
        event = Event.objects.select_for_update().get(pk=pk)
        if event.seat_set.count() >= event.capacity:
            return HttpResponse(status=409)
        Seat.objects.create(event=event, number=1)
    return HttpResponse()


def lock_parent_evaluated(request, pk):
    event = get_object_or_404(Event, pk=pk)
    with transaction.atomic():
        list(Event.objects.select_for_update().filter(pk=pk))
        if Seat.objects.filter(event=event).count() >= event.capacity:
            return HttpResponse(status=409)
        Seat.objects.create(event=event, number=1)
    return HttpResponse()


@contextmanager
def locked_coupon(code):
    with transaction.atomic():
        yield Coupon.objects.select_for_update().get(code=code)


def lock_context(request, code):
    with locked_coupon(code) as coupon:
        if coupon.used:
            return HttpResponse(status=409)
        coupon.used = True
        coupon.save()
        Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def lock_nowait(request, code):
    try:
        with transaction.atomic():
            coupon = Coupon.objects.select_for_update(nowait=True).get(code=code)
            if coupon.used:
                return HttpResponse(status=409)
            coupon.used = True
            coupon.save()
            Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    except DatabaseError:
        return HttpResponse(status=423)
    return HttpResponse()


def lock_skip_locked(request):
    with transaction.atomic():
        coupon = Coupon.objects.select_for_update(skip_locked=True).filter(status="new").first()
        if coupon is None:
            return HttpResponse(status=404)
        coupon.status = "taken"
        coupon.save()
        Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return JsonResponse({"code": coupon.code})


def locking(view):
    @wraps(view)
    def inner(request, code):
        with transaction.atomic():
            Coupon.objects.select_for_update().get(code=code)
            return view(request, code)

    return inner


@locking
def lock_decorator(request, code):
    coupon = Coupon.objects.get(code=code)
    if coupon.used:
        return HttpResponse(status=409)
    coupon.used = True
    coupon.save()
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


urlpatterns = [
    path("racy_redeem/<str:code>/", racy_redeem),
    path("racy_reserve/<str:pk>/", racy_reserve),
    path("lock_get/<str:code>/", lock_get),
    path("lock_with/<str:code>/", lock_with),
    path("lock_recheck/<str:code>/", lock_recheck),
    path("lock_recheck_other_name/<str:code>/", lock_recheck_other_name),
    path("lock_filtered/<str:code>/", lock_filtered),
    path("lock_refresh/<str:code>/", lock_refresh),
    path("lock_refresh_from_queryset/<str:code>/", lock_refresh_from_queryset),
    path("lock_evaluated_list/<str:pk>/", lock_evaluated_list),
    path("lock_parent/<str:pk>/", lock_parent),
    path("lock_parent_evaluated/<str:pk>/", lock_parent_evaluated),
    path("lock_context/<str:code>/", lock_context),
    path("lock_nowait/<str:code>/", lock_nowait),
    path("lock_skip_locked/", lock_skip_locked),
    path("lock_decorator/<str:code>/", lock_decorator),
]
