from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F
from django.db.models.signals import post_save
from django.dispatch import receiver


class User(AbstractUser):
    points = models.IntegerField(default=0)


class Claim(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    cost = models.IntegerField()


@receiver(post_save, sender=Claim)
def deduct(sender, instance, created, **kwargs):
    if created:
        User.objects.filter(pk=instance.user_id).update(points=F("points") - instance.cost)
