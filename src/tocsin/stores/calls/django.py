"""The Django ORM: managers, querysets, rows, transactions.

Sources: docs.djangoproject.com/en/5.2, "QuerySet API", "Database transactions" and "Model
instances".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_QUERYSET = "django.QuerySet"
_ROW = "django.Row"

_VIEWS = ("TemplateView RedirectView DetailView ListView DeleteView").split()
_GENERICS = (
    "GenericAPIView CreateAPIView ListAPIView RetrieveAPIView DestroyAPIView UpdateAPIView"
    " ListCreateAPIView RetrieveUpdateAPIView RetrieveDestroyAPIView RetrieveUpdateDestroyAPIView"
).split()
_VIEWSETS = "ViewSet GenericViewSet ModelViewSet ReadOnlyModelViewSet".split()

_TYPES = {
    "django.db.models.Manager": _QUERYSET,
    "django.db.models.manager.Manager": _QUERYSET,
    "django.db.models.manager.BaseManager": _QUERYSET,
    "django.db.models.QuerySet": _QUERYSET,
    "django.db.models.query.QuerySet": _QUERYSET,
    "django.contrib.auth.models.UserManager": _QUERYSET,
    "django.contrib.auth.base_user.BaseUserManager": _QUERYSET,
    "django.contrib.auth.models.BaseUserManager": _QUERYSET,
    "django_ltree.managers.TreeManager": _QUERYSET,
    "django_ltree.managers.TreeQuerySet": _QUERYSET,
    "mptt.managers.TreeManager": _QUERYSET,
    "treebeard.mp_tree.MP_NodeManager": _QUERYSET,
    "treebeard.mp_tree.MP_NodeQuerySet": _QUERYSET,
    "treebeard.ns_tree.NS_NodeManager": _QUERYSET,
    "treebeard.al_tree.AL_NodeManager": _QUERYSET,
}

_TYPES |= {
    **dict.fromkeys(
        (
            "django.http.HttpRequest",
            "django.http.request.HttpRequest",
            "rest_framework.request.Request",
        ),
        "django.Request",
    ),
    **dict.fromkeys(
        (
            "django.views.View",
            "django.views.generic.View",
            "rest_framework.views.APIView",
            *(f"django.views.generic.{name}" for name in _VIEWS),
            *(f"rest_framework.generics.{name}" for name in _GENERICS),
            *(f"rest_framework.viewsets.{name}" for name in _VIEWSETS),
        ),
        "django.View",
    ),
}

# Trees of rows (django-ltree, django-mptt, django-treebeard): a node is a row that is added.
_TREES = (
    *rows(Act.CREATE, _QUERYSET, "create_child insert_node"),
    *rows(Act.CREATE, "django.Model", "add_root"),
    *rows(Act.SAME, _QUERYSET, "children roots"),
)

_QUERYSETS = (
    *rows(
        Act.SAME,
        _QUERYSET,
        "all using order_by reverse distinct select_related prefetch_related defer only annotate"
        " alias none get_queryset iterator extra union intersection difference active __getitem__",
        gives="=",
    ),
    *rows(Act.WHERE, _QUERYSET, "filter complex_filter", gives="="),
    *rows(Act.EXCLUDE, _QUERYSET, "exclude", gives="="),
    *rows(Act.COLUMNS, _QUERYSET, "values values_list", gives="="),
    Call(f"{_QUERYSET}.select_for_update", Act.LOCK, "=", word="update"),
    *rows(
        Act.FETCH,
        _QUERYSET,
        "get first last latest earliest aget afirst alast alatest aearliest",
        shape="row",
    ),
    *rows(Act.FETCH, _QUERYSET, "exists contains aexists acontains", shape="exists"),
    *rows(Act.FETCH, _QUERYSET, "count aggregate acount aaggregate", shape="count"),
    *rows(Act.FETCH, _QUERYSET, "in_bulk ain_bulk __iter__ __len__ aiterator", shape="rows"),
    *rows(Act.CHANGE, _QUERYSET, "update aupdate"),
    *rows(Act.REMOVE, _QUERYSET, "delete adelete _raw_delete"),
    *rows(Act.CREATE, _QUERYSET, "create acreate create_user create_superuser"),
    *rows(Act.GET_OR_CREATE, _QUERYSET, "get_or_create aget_or_create"),
    *rows(Act.UPDATE_OR_CREATE, _QUERYSET, "update_or_create aupdate_or_create"),
    *rows(Act.ADD, _QUERYSET, "bulk_create abulk_create", subject=0),
    *rows(Act.ADD, _QUERYSET, "bulk_update abulk_update", subject=0, word="update"),
    *rows(Act.CREATE, _QUERYSET, "add aadd set aset"),
    *rows(Act.REMOVE, _QUERYSET, "remove aremove clear aclear"),
)

_ROWS = (
    *rows(Act.SAVE, _ROW, "save asave save_base"),
    *rows(Act.REMOVE, _ROW, "delete adelete"),
    *rows(Act.REFRESH, _ROW, "refresh_from_db arefresh_from_db"),
    *rows(Act.PURE, _ROW, "full_clean clean get_absolute_url"),
)

# A user's permissions are rows of groups and permissions, cached on the object at the first look.
_USERS = (
    Call("django.Request.user", Act.IDENTITY),
    *rows(
        Act.PERMISSION,
        _ROW,
        "has_perm has_perms has_module_perms ahas_perm get_all_permissions get_group_permissions",
    ),
    Call("django.View.request", Act.ATTRIBUTE, "django.Request"),
)

_TRANSACTIONS = (
    Call("django.db.transaction.atomic", Act.TRANSACTION),
    Call("django.db.transaction.on_commit", Act.LATER, subject=0),
    Call("django.db.transaction.commit", Act.COMMIT),
    Call("django.db.transaction.rollback", Act.ROLLBACK),
    Call("django.db.transaction.savepoint", Act.PURE),
    Call("django.db.transaction.set_rollback", Act.PURE),
)

_SHORTCUTS = (
    *rows(
        Act.GET, "django.shortcuts", "get_object_or_404 aget_object_or_404", subject=0, word="404"
    ),
    *rows(Act.GET, "django.shortcuts", "get_list_or_404 aget_list_or_404", subject=0, word="404"),
    *rows(Act.GET, "rest_framework.generics", "get_object_or_404", subject=0, word="404"),
    *rows(Act.RELATIVE, "django.db.models", "F", subject=0),
    *rows(Act.RELATIVE, "django.db.models.expressions", "F", subject=0),
    *rows(Act.WHERE, "django.db.models", "Q", word="lookups"),
    *rows(Act.WHERE, "django.db.models.query_utils", "Q", word="lookups"),
    *rows(
        Act.AGGREGATE,
        "django.db.models",
        "Count Sum Max Min Avg Case When Value ExpressionWrapper Subquery OuterRef Func",
    ),
    *rows(Act.AGGREGATE, "", "django.db.models.functions.*"),
    *rows(Act.EXISTS, "django.db.models", "Exists"),
    *rows(
        Act.MAKE, "django.contrib.auth", "get_user_model", gives="django.contrib.auth.models.User"
    ),
)

# Classes that are asked for by label, so that an installation may put its own in their place.
_LOADING = (
    *rows(Act.LOAD, "", "django.apps.apps.get_model apps.get_model", word="model"),
    *rows(Act.LOAD, "django.utils.module_loading", "import_string", word="class"),
)

# Bases that other packages derive from Django's.
_BASES = (
    "django.contrib.auth.base_user.AbstractBaseUser",
    "django.contrib.auth.models.AbstractBaseUser",
    "django.contrib.auth.models.AbstractUser",
    "django.contrib.gis.db.models.Model",
    "django_extensions.db.models.TimeStampedModel",
    "model_utils.models.TimeStampedModel",
    "model_utils.models.UUIDModel",
    "django_ltree.models.TreeModel",
    "mptt.models.MPTTModel",
    "parler.models.TranslatableModel",
    "polymorphic.models.PolymorphicModel",
    "safedelete.models.SafeDeleteModel",
    "taggit.models.TagBase",
    "treebeard.al_tree.AL_Node",
    "treebeard.mp_tree.MP_Node",
    "treebeard.ns_tree.NS_Node",
    "wagtail.models.Page",
)

LIBRARY = Library(
    name="django",
    calls=(*_QUERYSETS, *_TREES, *_ROWS, *_USERS, *_LOADING, *_TRANSACTIONS, *_SHORTCUTS),
    types=_TYPES,
    refusals={
        "django.core.exceptions.PermissionDenied": "403",
        "django.http.Http404": "404",
        "rest_framework.exceptions.PermissionDenied": "403",
        "rest_framework.exceptions.NotAuthenticated": "401",
        "rest_framework.exceptions.AuthenticationFailed": "401",
        "rest_framework.exceptions.NotFound": "404",
        "rest_framework.exceptions.ValidationError": "400",
    },
    mapped=("django.db.models.Model", "django.db.models.base.Model", *_BASES),
)
