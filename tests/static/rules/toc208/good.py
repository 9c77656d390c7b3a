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
        locked = Post.objects.select_for_update().filter(pk=key)
        post = locked.first()
        if post is None or post.published:
            return HttpResponse(status=409)
        post.published = True
        post.save(update_fields=["published"])
    return HttpResponse(status=204)


def publish_all(request, keys):
    with transaction.atomic():
        for post in Post.objects.select_for_update().filter(pk__in=keys):
            if not post.published:
                post.published = True
                post.save(update_fields=["published"])
    return HttpResponse(status=204)


def lock_first(request, key):
    with transaction.atomic():
        list(Post.objects.select_for_update().filter(pk=key))
        post = Post.objects.get(pk=key)
        if post.published:
            return HttpResponse(status=409)
        post.published = True
        post.save(update_fields=["published"])
    return HttpResponse(status=204)


def locked(key):
    return Post.objects.select_for_update().filter(pk=key)


def publish_by_helper(request, key):
    with transaction.atomic():
        post = locked(key).get()
        if post.published:
            return HttpResponse(status=409)
        post.published = True
        post.save(update_fields=["published"])
    return HttpResponse(status=204)


def take(request, key):
    with transaction.atomic():
        Post.objects.select_for_update().get(pk=key)
        if Seat.objects.filter(post=key).count() >= 10:
            return HttpResponse(status=409)
        Seat.objects.create(post=key)
    return HttpResponse(status=204)
