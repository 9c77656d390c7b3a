"""Mappers that a project extends: its own database, base classes, methods, swapped models."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

FOREIGN_BASE = """
    from django.db import models
    from django_lifecycle import LifecycleModel

    class Base(LifecycleModel):
        class Meta:
            abstract = True

    class ClosesFile:
        def save(self, *args, **kwargs):
            try:
                super().save(*args, **kwargs)
            finally:
                self.file.close()

    class Artifact(ClosesFile, Base):
        file = models.FileField()
        digest = models.CharField(max_length=64)

    def keep(file, digest):
        try:
            return Artifact.objects.get(digest=digest)
        except Artifact.DoesNotExist:
            Artifact(file=file, digest=digest).save()
"""

OWN_SELECT = """
    from peewee import CharField, Model

    class Replicated(Model):
        @classmethod
        def select(cls, *args, **kwargs):
            query = super(Replicated, cls).select(*args, **kwargs)
            query._database = cls.nearest()
            return query

    class Tag(Replicated):
        name = CharField()

    def put(name):
        try:
            return Tag.select().where(Tag.name == name).get()
        except Tag.DoesNotExist:
            return Tag.create(name=name)
"""

OWN_DATABASE = """
    from flask_sqlalchemy import SQLAlchemy
    from flask_sqlalchemy.model import Model

    class OurModel(Model):
        pass

    class Database(SQLAlchemy):
        Model: type[OurModel]

    db = Database(model_class=OurModel)

    class Editable(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String)

    def assign(name):
        if Editable.query.filter_by(name=name).first() is None:
            db.session.add(Editable(name=name))
            db.session.commit()
"""

SWAPPED = """
    from django.apps import apps
    from django.db import models

    from package.conf import package_settings

    class AbstractToken(models.Model):
        source = models.CharField(max_length=10)

        class Meta:
            abstract = True

    class Token(AbstractToken):
        class Meta(AbstractToken.Meta):
            swappable = "PACKAGE_TOKEN_MODEL"

    def get_token_model():
        return apps.get_model(package_settings.TOKEN_MODEL)

    Tokens = get_token_model()

    def issue(source):
        if not Tokens.objects.filter(source=source).first():
            Tokens(source=source).save()
"""


@pytest.mark.parametrize("text", [FOREIGN_BASE, OWN_SELECT, OWN_DATABASE, SWAPPED])
def test_rows_are_seen_through_what_a_project_puts_in_between(analysed: Analyse, text: str) -> None:
    assert [each.judge.code for each in analysed(text).reports] == ["TOC205"]


@pytest.mark.parametrize(("field", "found"), [("USERNAME_FIELD", 0), ("EMAIL_FIELD", 1)])
def test_users_have_a_unique_name_whatever_it_is_called(
    analysed: Analyse, field: str, found: int
) -> None:
    text = f"""
        from django.contrib.auth import get_user_model

        Users = get_user_model()

        def authenticate(given):
            user, _ = Users.objects.get_or_create(**{{Users.{field}: given}})
            return user
    """
    assert len(analysed(text).reports) == found


def test_extensions_of_flask_refuse_with_their_own_abort(analysed: Analyse) -> None:
    text = """
        from flask import Flask
        from flask_restful import Api, Resource, abort
        from peewee import BooleanField, Model

        class Query(Model):
            archived = BooleanField()

        class Archive(Resource):
            def post(self, query_id):
                query = Query.get(Query.id == query_id)
                if query.archived:
                    abort(409)
                query.archived = True
                query.save()
                send_archive(query)

        Api(Flask(__name__)).add_resource(Archive, "/queries/<query_id>/archive")
    """
    assert [each.judge.code for each in analysed(text).reports] == ["TOC201"]


SERIALIZED = """
    from django.db import models, transaction
    from rest_framework import serializers, viewsets
    from tags.serializers import Tagged

    class Seat(models.Model):
        show = models.CharField(max_length=10)
        number = models.IntegerField()

    class Base(serializers.ModelSerializer):
        def create(self, validated_data):
            notes = validated_data.pop("notes", None)
            with transaction.atomic():
                return super().create(validated_data)

    class SeatSerializer(Tagged, Base):
        class Meta:
            model = Seat
            fields = ["show", "number"]

        def validate(self, attrs):
            if Seat.objects.filter(show=attrs["show"], number=attrs["number"]).exists():
                raise serializers.ValidationError("taken")
            return attrs

    class Seats(viewsets.ModelViewSet):
        def create(self, request):
            serializer = SeatSerializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            serializer.save()
"""


def test_serializers_lead_on_to_the_library(analysed: Analyse) -> None:
    reports = analysed(SERIALIZED).reports
    assert [r.judge.code for r in reports] == ["TOC214"]
    assert reports[0].window.use.effect.verb == "insert"
