from django.contrib.auth.models import AbstractUser, User
from django.core.cache import cache
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q
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


def cond_count(request, code):
    if not Coupon.objects.filter(code=code, used=False).update(used=True):
        return HttpResponse(status=409)
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def cond_after_look(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.used:
        return HttpResponse(status=409)
    changed = Coupon.objects.filter(pk=coupon.pk, used=False).update(used=True)
    if changed != 1:
        return HttpResponse(status=409)
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def cond_zero(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.status != "new":
        return HttpResponse(status=409)
    if Coupon.objects.filter(pk=coupon.pk, status="new").update(status="used") == 0:
        return HttpResponse(status=409)
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def cond_balance(request, pk, amount):
    account = get_object_or_404(Account, pk=pk)
    if account.balance < amount:
        return HttpResponse(status=402)
    done = Account.objects.filter(pk=pk, balance__gte=amount).update(balance=F("balance") - amount)
    if not done:
        return HttpResponse(status=402)
    return HttpResponse()


def cond_q(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.left < 1:
        return HttpResponse(status=409)
    rows = Coupon.objects.filter(Q(pk=coupon.pk) & Q(left__gt=0)).update(left=F("left") - 1)
    if rows < 1:
        return HttpResponse(status=409)
    return HttpResponse()


def cond_exclude(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.used:
        return HttpResponse(status=409)
    rows = Coupon.objects.filter(pk=coupon.pk).exclude(used=True).update(used=True)
    if rows == 0:
        return HttpResponse(status=409)
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def cond_delete(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.used:
        return HttpResponse(status=409)
    gone, _ = Coupon.objects.filter(pk=coupon.pk, used=False).delete()
    if not gone:
        return HttpResponse(status=409)
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def cond_version(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if coupon.used:
        return HttpResponse(status=409)
    rows = Coupon.objects.filter(pk=coupon.pk, version=coupon.version).update(
        used=True, version=coupon.version + 1
    )
    if not rows:
        return HttpResponse(status=409)
    Account.objects.filter(owner=request.user).update(balance=F("balance") + 5)
    return HttpResponse()


def f_update(request, pk):
    Account.objects.filter(pk=pk).update(balance=F("balance") + 5)
    return HttpResponse()


def f_save(request, pk):
    account = get_object_or_404(Account, pk=pk)
    account.balance = F("balance") + 5
    account.save(update_fields=["balance"])
    return HttpResponse()


def integrity(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if Redemption.objects.filter(coupon=coupon, user=request.user).exists():
        return HttpResponse(status=409)
    try:
        with transaction.atomic():
            Redemption.objects.create(coupon=coupon, user=request.user)
    except IntegrityError:
        return HttpResponse(status=409)
    return HttpResponse()


def integrity_outer(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    try:
        return _redeem(request, coupon)
    except IntegrityError:
        return HttpResponse(status=409)


@transaction.atomic
def _redeem(request, coupon):
    if Redemption.objects.filter(coupon=coupon, user=request.user).exists():
        return HttpResponse(status=409)
    Redemption.objects.create(coupon=coupon, user=request.user)
    return HttpResponse()


def integrity_reload(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    try:
        redemption = Redemption.objects.get(coupon=coupon, user=request.user)
    except Redemption.DoesNotExist:
        try:
            redemption = Redemption.objects.create(coupon=coupon, user=request.user)
        except IntegrityError:
            redemption = Redemption.objects.get(coupon=coupon, user=request.user)
    return JsonResponse({"id": redemption.pk})


def goc(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    _, created = Redemption.objects.get_or_create(coupon=coupon, user=request.user)
    if not created:
        return HttpResponse(status=409)
    pay(request.user, coupon)
    return HttpResponse()


def uoc(request, code):
    Coupon.objects.update_or_create(code=code, defaults={"status": "new"})
    return HttpResponse()


def ignore_conflicts(request, code):
    coupon = get_object_or_404(Coupon, code=code)
    if Redemption.objects.filter(coupon=coupon, user=request.user).exists():
        return HttpResponse(status=409)
    Redemption.objects.bulk_create(
        [Redemption(coupon=coupon, user=request.user)], ignore_conflicts=True
    )
    return HttpResponse()


def advisory(request, pk):
    event = get_object_or_404(Event, pk=pk)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [event.pk])
        if Seat.objects.filter(event=event).count() >= event.capacity:
            return HttpResponse(status=409)
        Seat.objects.create(event=event, number=1)
    return HttpResponse()


def table_lock(request, pk):
    event = get_object_or_404(Event, pk=pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE app_seat IN SHARE ROW EXCLUSIVE MODE")
        if Seat.objects.filter(event=event).count() >= event.capacity:
            return HttpResponse(status=409)
        Seat.objects.create(event=event, number=1)
    return HttpResponse()


def cache_lock(request, pk):
    event = get_object_or_404(Event, pk=pk)
    if not cache.add(f"event-{event.pk}", "1", 30):
        return HttpResponse(status=423)
    try:
        if Seat.objects.filter(event=event).count() >= event.capacity:
            return HttpResponse(status=409)
        Seat.objects.create(event=event, number=1)
    finally:
        cache.delete(f"event-{event.pk}")
    return HttpResponse()


def cache_lock_blocking(request, pk):
    event = get_object_or_404(Event, pk=pk)
    with cache.lock(f"event-{event.pk}", timeout=30):
        if Seat.objects.filter(event=event).count() >= event.capacity:
            return HttpResponse(status=409)
        Seat.objects.create(event=event, number=1)
    return HttpResponse()


def incr_first(request):
    key = f"attempts-{request.user.pk}"
    cache.add(key, 0, 60)
    if cache.incr(key) > 5:
        return HttpResponse(status=429)
    return HttpResponse()


def atomic_json(request, code):
    with transaction.atomic():
        coupon = Coupon.objects.select_for_update().get(code=code)
        coupon.data["seen"] = True
        coupon.data["count"] = coupon.data.get("count", 0) + 1
        coupon.save(update_fields=["data"])
    return HttpResponse()


def max_plus_one(request, pk):
    with transaction.atomic():
        event = Event.objects.select_for_update().get(pk=pk)
        last = event.seat_set.order_by("-number").first()
        number = last.number + 1 if last else 1
        Seat.objects.create(event=event, number=number)
    return HttpResponse()


urlpatterns = [
    path("racy_redeem/<str:code>/", racy_redeem),
    path("racy_reserve/<str:pk>/", racy_reserve),
    path("cond_count/<str:code>/", cond_count),
    path("cond_after_look/<str:code>/", cond_after_look),
    path("cond_zero/<str:code>/", cond_zero),
    path("cond_balance/<str:pk>/<str:amount>/", cond_balance),
    path("cond_q/<str:code>/", cond_q),
    path("cond_exclude/<str:code>/", cond_exclude),
    path("cond_delete/<str:code>/", cond_delete),
    path("cond_version/<str:code>/", cond_version),
    path("f_update/<str:pk>/", f_update),
    path("f_save/<str:pk>/", f_save),
    path("integrity/<str:code>/", integrity),
    path("integrity_outer/<str:code>/", integrity_outer),
    path("integrity_reload/<str:code>/", integrity_reload),
    path("goc/<str:code>/", goc),
    path("uoc/<str:code>/", uoc),
    path("ignore_conflicts/<str:code>/", ignore_conflicts),
    path("advisory/<str:pk>/", advisory),
    path("table_lock/<str:pk>/", table_lock),
    path("cache_lock/<str:pk>/", cache_lock),
    path("cache_lock_blocking/<str:pk>/", cache_lock_blocking),
    path("incr_first/", incr_first),
    path("atomic_json/<str:code>/", atomic_json),
    path("max_plus_one/<str:pk>/", max_plus_one),
]


class Told:
    def save(self, *args, told=True, **kwargs):
        super().save(*args, **kwargs)
        return told


class Page(Told):
    pass


class Member(Page, AbstractUser):
    nick = models.CharField(max_length=9)

    def save(self, *args, **kwargs):
        self.nick = self.nick
        super().save(*args, **kwargs)


def racy_member(request):
    try:
        member = Member.objects.get(username="instance")
    except Member.DoesNotExist:
        member = Member.objects.create_user(username="instance", nick="us")
    return member.nick


def one_member(request):
    member, _ = Member.objects.get_or_create(username="instance", defaults={"nick": "us"})
    return member.nick


def signed_out(request, pk):
    member = Member.objects.get(pk=pk)
    member.is_active = False
    member.save()
    return HttpResponse()
