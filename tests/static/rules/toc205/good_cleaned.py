from django.db import IntegrityError, models
from rest_framework import exceptions, serializers, viewsets
from rest_framework.routers import DefaultRouter


class Alias(models.Model):
    owner = models.ForeignKey("auth.User", models.CASCADE)
    address = models.CharField(max_length=64)
    note = models.CharField(max_length=64)

    class Meta:
        unique_together = [["owner", "address"]]


class Blocked(models.Model):
    address = models.CharField(max_length=64)


class AliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = Alias
        fields = ["address", "note"]


class Aliases(viewsets.ModelViewSet):
    serializer_class = AliasSerializer
    queryset = Alias.objects.all()

    def perform_create(self, serializer):
        address = serializer.validated_data.get("address")
        if Blocked.objects.filter(address=address).exists():  # another table: nothing changes it
            raise exceptions.ValidationError("blocked")
        if Alias.objects.filter(owner=self.request.user, address=address).exists():
            raise exceptions.ValidationError("taken")
        try:
            serializer.save(owner=self.request.user)
        except IntegrityError:
            raise exceptions.ValidationError("taken") from None


router = DefaultRouter()
router.register("aliases", Aliases)
urlpatterns = router.urls
