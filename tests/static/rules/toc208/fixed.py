from django.db import models, transaction
from django.http import HttpResponse


class Post(models.Model):
    title = models.CharField()
    published = models.BooleanField()
    seats = models.IntegerField()


class Seat(models.Model):
    post = models.IntegerField()


def publish(request, key):
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=key)
        if post.published:
            return HttpResponse(status=409)
        post.published = True
        post.save(update_fields=["published"])
    return HttpResponse(status=204)


def take(request, key):
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=key)
        if Seat.objects.filter(post=post.pk).count() >= 10:
            return HttpResponse(status=409)
        Seat.objects.create(post=post.pk)
    return HttpResponse(status=204)
