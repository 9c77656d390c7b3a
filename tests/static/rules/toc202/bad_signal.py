from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver


class User(AbstractUser):
    points = models.IntegerField(default=0)


class Claim(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    cost = models.IntegerField()


@receiver(post_save, sender=Claim)
def deduct(sender, instance, created, **kwargs):
    if created:
        user = instance.user  # finds: TOC202
        user.points -= instance.cost
        user.save(update_fields=["points"])


def give_back(sender, instance, **kwargs):
    user = instance.user  # finds: TOC202
    user.points += instance.cost
    user.save(update_fields=["points"])


post_delete.connect(give_back, sender=Claim)
