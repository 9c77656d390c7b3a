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
        Post.objects.select_for_update().filter(pk=key)
        post = Post.objects.get(pk=key)  # finds: TOC208
        if post.published:
            return HttpResponse(status=409)
        post.published = True
        post.save(update_fields=["published"])
    return HttpResponse(status=204)


def publish_named(request, key):
    with transaction.atomic():
        locked = Post.objects.select_for_update().filter(pk=key)
        post = Post.objects.get(pk=key)  # finds: TOC208
        if post.published:
            return HttpResponse(status=409)
        post.published = True
        post.save(update_fields=["published"])
    return HttpResponse(status=204)


def take(request, key):
    with transaction.atomic():
        taken = Seat.objects.select_for_update().filter(post=key).count()  # finds: TOC208
        if taken >= 10:
            return HttpResponse(status=409)
        Seat.objects.create(post=key)
    return HttpResponse(status=204)


def retitle(request, key):
    posts = list(Post.objects.filter(seats=key))
    for post in posts:
        post.title = f"{post.published} {key}"
    with transaction.atomic():
        _locked = Post.objects.select_for_update().filter(seats=key)  # finds: TOC208
        Post.objects.bulk_update(posts, ["title"])
    return HttpResponse(status=204)


def publish_all(posts):
    for post in posts:
        post.published = True
    with transaction.atomic():
        _locked = Post.objects.select_for_update().filter(pk__in=posts)  # finds: TOC208
        Post.objects.bulk_update(posts, ["published"])


def publish_waiting(request):
    posts = list(Post.objects.filter(published=False))  # finds: TOC208
    if not posts:
        return HttpResponse(status=404)
    publish_all(posts)
    return HttpResponse(status=204)
