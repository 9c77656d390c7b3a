"""Graphene: what resolvers and mutations are given.

Source: docs.graphene-python.org, "Execution", "Getting the request in a resolver".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library

_INFO = "graphene.Info"

LIBRARY = Library(
    name="graphene",
    calls=(Call(f"{_INFO}.context", Act.ATTRIBUTE, "django.Request"),),
    types=dict.fromkeys(
        ("graphene.ResolveInfo", "graphene.types.ResolveInfo", "graphql.GraphQLResolveInfo"), _INFO
    ),
)
