"""What generic views do with a request, as code of the view's own class."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from tocsin.source.names import ancestors
from tocsin.source.project import ClassSymbol, ExternalSymbol, FunctionSymbol, Project

_CREATE = """
def {name}(self, request):
    serializer = self.get_serializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    self.perform_create(serializer)
"""
_UPDATE = """
def {name}(self, request):
    instance = self.get_object()
    serializer = self.get_serializer(instance, data=request.data)
    serializer.is_valid(raise_exception=True)
    self.perform_update(serializer)
"""
_DESTROY = """
def {name}(self, request):
    self.perform_destroy(self.get_object())
"""

_FORM = """
def {name}(self, request):
    form = self.get_form()
    if form.is_valid():
        self.form_valid(form)
"""
_EDIT = """
def {name}(self, request):
    self.object = self.get_object()
    form = self.get_form()
    if form.is_valid():
        self.form_valid(form)
"""

_DJANGO = {
    "FormView": {"post": _FORM},
    "BaseFormView": {"post": _FORM},
    "CreateView": {"post": _FORM},
    "BaseCreateView": {"post": _FORM},
    "UpdateView": {"post": _EDIT},
    "BaseUpdateView": {"post": _EDIT},
}
_MIXINS = {
    "CreateModelMixin": {"create": _CREATE},
    "UpdateModelMixin": {"update": _UPDATE},
    "DestroyModelMixin": {"destroy": _DESTROY},
    "CreateAPIView": {"post": _CREATE},
    "ListCreateAPIView": {"post": _CREATE},
    "UpdateAPIView": {"put": _UPDATE},
    "DestroyAPIView": {"delete": _DESTROY},
    "RetrieveUpdateAPIView": {"put": _UPDATE},
    "RetrieveDestroyAPIView": {"delete": _DESTROY},
    "RetrieveUpdateDestroyAPIView": {"put": _UPDATE, "delete": _DESTROY},
    "ModelViewSet": {"create": _CREATE, "update": _UPDATE, "destroy": _DESTROY},
}


def inherited_methods(project: Project, owner: ClassSymbol) -> Iterator[FunctionSymbol]:
    """The methods that a view has from its framework, at the line of its class."""
    for base in ancestors(project, owner):
        if not isinstance(base, ExternalSymbol):
            continue
        for name, text in _texts(base.name).items():
            node = ast.parse(text.format(name=name)).body[0]
            for each in ast.walk(node):
                if hasattr(each, "lineno"):
                    each.lineno = each.end_lineno = owner.node.lineno  # type: ignore[attr-defined]
            if isinstance(node, ast.FunctionDef):
                yield FunctionSymbol(owner.module, node, owner)


def _texts(base: str) -> Mapping[str, str]:
    """What is defined by a class of a framework, by the names of its methods."""
    last = base.rpartition(".")[2]
    if base.startswith("rest_framework."):
        return _MIXINS.get(last, {})
    return _DJANGO.get(last, {}) if base.startswith("django.views.generic.") else {}
