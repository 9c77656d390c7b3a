"""From mapped classes to models: SQLAlchemy, SQLModel, Flask-SQLAlchemy, Django."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tocsin.source.module import Assigned, Module, members
from tocsin.source.names import ancestors, named
from tocsin.source.project import ClassSymbol, ExternalSymbol, Project
from tocsin.source.trail import FILE, Noted
from tocsin.static.children import foreign_key, several
from tocsin.static.declared import (
    POSITIVE,
    called,
    checked,
    declares,
    excluded,
    flagged,
    indexed,
    keyword,
    managed_by,
    related_name,
    strings,
    together,
    true,
    unique_sets,
)
from tocsin.static.indexes import NAMELESS, index_models, indexes, spelled
from tocsin.static.kinship import Kinship, abstract, mapped_by_columns, snake
from tocsin.static.migrations import Migrated, migrated
from tocsin.static.models import Model, Relation
from tocsin.static.sources import Sources
from tocsin.static.users import ABSTRACT_USERS, OUTSIDE, USER, derived
from tocsin.stores.calls.mongo import KIND as DOCUMENTS
from tocsin.stores.calls.registry import Knowledge

_MIGRATED = "migrated"
_FOREIGN = frozenset({"ForeignKey", "OneToOneField", "ParentalKey", "ForeignKeyField"})
_FOREIGN_KINDS = frozenset({"django", "peewee", "tortoise"})
_MANY = "ManyToManyField"


@dataclass(slots=True, eq=False)
class Models:
    """The models of a project, read when they are asked for."""

    project: Project
    knowledge: Knowledge
    _users: dict[str, Noted[Model | None]] = field(default_factory=dict)
    _log_in: dict[str, Noted[str]] = field(default_factory=dict)
    _known: dict[int, Noted[Model | None]] = field(default_factory=dict)
    _named: dict[str, Model] = field(default_factory=lambda: dict(OUTSIDE))
    _symbols: dict[str, ClassSymbol] = field(default_factory=dict)
    _reading: set[int] = field(default_factory=set)
    _reverse: dict[tuple[str, str], Noted[Relation | None]] = field(default_factory=dict)
    _kinship: Kinship = field(init=False)
    _migrated: Migrated | None = None
    sources: Sources = field(init=False)
    _indexes: dict[str, Noted[Mapping[str, tuple[frozenset[str], ...]]]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.sources = Sources(self.project)
        self._kinship = Kinship(self.project)
        self.project.trail.tell(_MIGRATED, self._migrations)

    @property
    def migrated(self) -> Migrated:
        self.project.trail.look(_MIGRATED)
        if self._migrated is None:
            self._migrated = migrated(self.project)
        return self._migrated

    def _migrations(self) -> object:
        return self.migrated.told()

    @property
    def kinship(self) -> Kinship:
        return self._kinship

    def concrete(self, symbol: ClassSymbol) -> ClassSymbol:
        """For an abstract model the one that is derived from it, if it is one."""
        if not abstract(symbol) or self.of(symbol) is None:
            return symbol
        return self.kinship.child(symbol) or symbol

    def meant(self, name: str) -> Model | None:
        """The model that a parameter of this name is a row of."""
        symbol = self.kinship.called(name)
        return self.of(symbol) if symbol is not None else None

    def of(self, symbol: ClassSymbol) -> Model | None:
        """The model of a class; ``None`` if it is none."""
        trail = self.project.trail
        return trail.once(self._known, id(symbol.node), lambda: self._met(symbol))

    def _met(self, symbol: ClassSymbol) -> Model | None:
        self._known[id(symbol.node)] = None, 0  # a class that names itself
        model = self._read(symbol)
        if model is not None:
            self._named[model.name] = model
            self._symbols[model.name] = symbol
        return model

    def managed(self, symbol: ClassSymbol) -> Model | None:
        """The model whose ``objects`` a manager or query set of the project is."""
        name = symbol.node.name
        if not any(
            getattr(each, "name", "").endswith(_MANAGERS)
            for each in ancestors(self.project, symbol)
        ):
            return None
        for module in self.sources.saying(name.encode(), besides=b"models"):
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef) and managed_by(node, name):
                    model = self.of(self.concrete(ClassSymbol(module, node)))
                    if model is not None:
                        return model
        return None

    def user(self, base: str = "") -> Model | None:
        """The model of those who log in: the project's class of that base; Django's without one."""
        return self.project.trail.once(self._users, base, lambda: self._user(base))

    def _user(self, base: str) -> Model | None:
        known = frozenset({base}) if base else ABSTRACT_USERS
        return next(self._extending(known), None if base else USER)

    def _extending(self, names: frozenset[str]) -> Iterator[Model]:
        yield from filter(None, map(self.of, derived(self.project, self.sources, names)))

    def _those_who_log_in(self) -> str:
        """The name of their model, also while it is read: it leads to those that lead to it."""
        found = map(self._name, derived(self.project, self.sources, ABSTRACT_USERS))
        known = lambda: next(filter(None, found), USER.name)  # noqa: E731
        return self.project.trail.once(self._log_in, "", known)

    def collection(self, name: str) -> Model:
        """A collection of documents, which no class describes."""
        key = f"mongo.{name}"
        known = self.project.trail.once(self._indexes, "", lambda: indexes(self.sources))
        if key not in self._named:
            unique = known.get(name, ())
            self._named[key] = Model(key, name, DOCUMENTS, primary=("_id",), unique=unique)
        return self._named[key]

    def documents(self, term: str) -> Model:
        """The collection that a term means."""
        name = spelled(term)
        return self.collection(term if name in NAMELESS else name)

    def named(self, name: str) -> Model | None:
        """A model by its qualified name."""
        symbol = self.class_of(name)
        if symbol is not None:
            self.of(symbol)  # what it depends on, whoever names it depends on
        return self._named.get(name)

    def symbol(self, model: Model) -> ClassSymbol | None:
        """The class of a model; ``None`` for those outside the project."""
        return self.class_of(model.name)

    def class_of(self, name: str) -> ClassSymbol | None:
        """The class of the model of that name."""
        symbol = self._symbols.get(name)
        if symbol is not None:
            self.project.trail.look(FILE, symbol.module.path)
        return symbol

    def relation(self, model: Model, name: str) -> Relation | None:
        """What an attribute of a row leads to, declared there or at the other end."""
        own = model.relation(name)
        key = (model.name, name)
        if own is not None and own.many:
            return self.project.trail.once(self._reverse, key, lambda: self._list(model, own))
        if own is not None or model.kind != "django":
            return own
        return self.project.trail.once(
            self._reverse, key, lambda: self._from_the_other_end(model, name)
        )

    def _list(self, model: Model, relation: Relation) -> Relation:
        """A relation that leads to a list, with the column there that points back."""
        other, parent = self.class_of(relation.target), self.class_of(model.name)
        column = foreign_key(self.project, other, model.table, parent) if other else ""
        return replace(relation, column=column, many=bool(column))

    def _read(self, symbol: ClassSymbol) -> Model | None:
        bases = list(ancestors(self.project, symbol))
        mapped = [
            self.knowledge.mapped[base.name]
            for base in bases
            if isinstance(base, ExternalSymbol) and base.name in self.knowledge.mapped
        ]
        outside = next(
            (b.name for b in bases if isinstance(b, ExternalSymbol) and b.name in ABSTRACT_USERS),
            None,
        )
        by_columns = "" if mapped or outside else mapped_by_columns(self.project, symbol)
        if not mapped and outside is None and not by_columns:
            return None
        kind = mapped[0] if mapped else by_columns or "django"
        self._reading.add(id(symbol.node))
        try:
            return self._drafted(_Draft(symbol, kind, self), bases)
        finally:
            self._reading.discard(id(symbol.node))

    def _drafted(self, draft: _Draft, bases: list[ClassSymbol | ExternalSymbol]) -> Model:
        for base in reversed(bases):
            if isinstance(base, ClassSymbol):
                draft.read(base)
            elif base.name in ABSTRACT_USERS:
                draft.columns |= USER.columns
                draft.unique += [*USER.unique]
        return draft.model()

    def target(self, within: Module, node: ast.expr, owner: ClassSymbol) -> str:
        """The name of the model that a relation's first argument means, of ``owner``'s model."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value == "self":
                return owner.qualname
            label = node.value.rpartition(".")[2]
            symbol = self.project.resolve(within, label)
            if isinstance(symbol, ClassSymbol):
                return self._name(symbol) or label
            return self._by_label(node.value)
        symbol = named(self.project, within, node)
        if isinstance(symbol, ClassSymbol):
            return self._name(symbol) or symbol.qualname
        if isinstance(symbol, ExternalSymbol):
            if symbol.name.endswith("AUTH_USER_MODEL") or symbol.name.endswith("get_user_model"):
                return self._those_who_log_in()
            return symbol.name
        return ""

    def _by_label(self, label: str) -> str:
        """``app.Model``, or its own text where no such class is found."""
        app, _, name = label.rpartition(".")
        outside = f"django.contrib.{app}.models.{name}"
        other = outside if outside in OUTSIDE else label
        return next(filter(None, map(self._name, self._labelled(app, name))), other)

    def labelled(self, app: str, name: str) -> Model | None:
        """A class of that name below a folder ``app``."""
        return next(filter(None, map(self.of, self._labelled(app, name))), None)

    def _labelled(self, app: str, name: str) -> Iterator[ClassSymbol]:
        for file, module in self.sources.defining(name):
            symbol = self.project.resolve(module, name) if not app or app in file.parts else None
            if isinstance(symbol, ClassSymbol):
                yield symbol

    def _name(self, symbol: ClassSymbol) -> str:
        """The name of a class's model, if it has one. Two that name each other both have one."""
        if id(symbol.node) in self._reading:
            return symbol.qualname
        model = self.of(symbol)
        return model.name if model is not None else ""

    def _from_the_other_end(self, model: Model, name: str) -> Relation | None:
        implied = name.removesuffix("_set") if name.endswith("_set") else ""
        ways = (
            ((f"class {implied}", implied),) if implied else ((name, ""), (f"class {name}", name))
        )
        for word, own in ways:
            for module in self.sources.relating(word):
                found = self._in_module(module, model, name, own)
                if found is not None:
                    return found
        return None

    def _in_module(self, module: Module, model: Model, name: str, implied: str) -> Relation | None:
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef) or (implied and node.name.lower() != implied):
                continue
            other = self.of(self.concrete(ClassSymbol(module, node)))
            for relation in other.relations if other else ():
                if relation.own and relation.target == model.name and other is not None:
                    said = related_name(node, relation.name)
                    named_so = (
                        name.endswith("_set") != relation.single
                    )  # a single one has no suffix
                    if said == name or (not said and implied and named_so):
                        return Relation(name, other.name, relation.name, single=relation.single)
        return None


@dataclass(slots=True)
class _Draft:
    """A model while its class and bases are read, most general first."""

    symbol: ClassSymbol
    kind: str
    models: Models
    table: str = ""
    columns: set[str] = field(default_factory=set)
    primary: list[str] = field(default_factory=list)
    unique: list[frozenset[str]] = field(default_factory=list)
    excluded: list[frozenset[str]] = field(default_factory=list)
    version: str = ""
    checked: set[str] = field(default_factory=set)
    relations: list[Relation] = field(default_factory=list)
    stamps: set[str] = field(default_factory=set)

    def model(self) -> Model:
        name = self.symbol.qualname
        self._migrated()
        return Model(
            name=name,
            table=self.table or name,
            kind=self.kind,
            columns=frozenset(self.columns),
            primary=tuple(self.primary) or ("id",),
            unique=tuple(self.unique),
            excluded=tuple(self.excluded),
            version=self.version,
            checked=frozenset(self.checked),
            relations=tuple(self.relations),
            stamps=frozenset(self.stamps),
            path=self.symbol.module.file.path,
        )

    def _migrated(self) -> None:
        """What migrations say beyond the class."""
        known = self.models.migrated
        own = self.symbol.node.name
        apps = self.symbol.module.file.parts[:-1] if self.kind == "django" else ()
        table = known.table((self.table, own.lower(), snake(own)), f"_{own.lower()}", apps)
        self.unique += known.unique.get(table, ())
        self.excluded += known.excluded.get(table, ())
        self.checked |= known.checked.get(table, frozenset())

    def read(self, owner: ClassSymbol) -> None:
        for name, binding in members(owner.node).items():
            match binding:
                case Assigned(value=value, annotation=annotation) if not name.startswith("_"):
                    self._column(owner, name, value, annotation)
                case Assigned(value=ast.expr() as value):
                    self._dunder(name, value)
                case ast.FunctionDef() if declares(binding):
                    self._declared(owner, name, binding)
                case ast.ClassDef() if name == "Meta":
                    self._meta(binding)
                case ast.ClassDef() if name == "Settings" and self.kind == "beanie":
                    self._settings(binding)
                case _:
                    pass

    def _declared(self, owner: ClassSymbol, name: str, node: ast.FunctionDef) -> None:
        """A function of the class that gives the column, or the relationship."""
        for each in node.body:
            if isinstance(each, ast.Return) and each.value is not None:
                if name.startswith("_"):
                    self._dunder(name, each.value)
                else:
                    self._column(owner, name, each.value, node.returns)

    def _column(
        self, owner: ClassSymbol, name: str, value: ast.expr | None, annotation: ast.expr | None
    ) -> None:
        what = called(value)
        if what == "relationship" or "Relationship" in what:
            self._relationship(owner, name, value, annotation)
            return
        if isinstance(annotation, ast.Subscript) and not what:
            own = ast.unparse(annotation.value)
            if own.endswith("ClassVar"):
                return
        if value is not None and what == "" and annotation is None:
            return  # a constant
        if what.endswith("Manager") or "objects" in name:
            return
        self.columns.add(name)
        if annotation is not None and indexed(annotation):
            self.unique.append(frozenset({name}))
        if not isinstance(value, ast.Call):
            return
        if what in POSITIVE or any(map(checked, value.args)):
            self.checked.add(name)
        if true(value, "auto_now"):
            self.stamps.add(name)
        if true(value, "primary_key") or true(value, "pk"):
            self.primary.append(name)
        if true(value, "unique") or what == "OneToOneField":
            self.unique.append(frozenset({name}))
        if what in _FOREIGN and self.kind in _FOREIGN_KINDS:
            first = next(iter(value.args), keyword(value, "to"))
            if first is not None:
                target = self.models.target(owner.module, first, self.symbol)
                single = what == "OneToOneField"
                self.relations.append(Relation(name, target, "", own=True, single=single))
        if what == _MANY:
            self.columns.discard(name)
            self.relations.append(Relation(name, f"{self.symbol.qualname}.{name}", "instance"))

    def _relationship(
        self, owner: ClassSymbol, name: str, value: ast.expr | None, annotation: ast.expr | None
    ) -> None:
        first = value.args[0] if isinstance(value, ast.Call) and value.args else None
        if first is None and isinstance(annotation, ast.Subscript):
            inner = annotation.slice
            first = inner.slice if isinstance(inner, ast.Subscript) else inner
        if first is not None:
            target = self.models.target(owner.module, first, self.symbol)
            self.relations.append(Relation(name, target, "", many=several(value, annotation)))

    def _dunder(self, name: str, value: ast.expr) -> None:
        if name == "__tablename__" and isinstance(value, ast.Constant):
            self.table = str(value.value)
        elif name == "__table_args__":
            self._constraints(value)
        elif name == "__mapper_args__" and isinstance(value, ast.Dict):
            for key, each in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "version_id_col":
                    self.version = each.id if isinstance(each, ast.Name) else "version"

    def _constraints(self, value: ast.expr) -> None:
        self.unique += unique_sets(value)
        self.excluded += excluded(value)
        self.checked |= checked(value)

    def _meta(self, node: ast.ClassDef) -> None:
        for name, binding in members(node).items():
            if not isinstance(binding, Assigned) or binding.value is None:
                continue
            if name == "constraints":
                self._constraints(binding.value)
            elif name == "unique_together":
                self.unique += together(binding.value)
            elif name == "indexes" and self.kind == "peewee":
                self.unique += flagged(binding.value)
            elif name == "table_name" and isinstance(binding.value, ast.Constant):
                self.table = str(binding.value.value)
            elif name == "primary_key" and called(binding.value) == "CompositeKey":
                self.primary = strings(binding.value)

    def _settings(self, node: ast.ClassDef) -> None:
        """Of a class of documents: its indexes, and whether its revisions are compared."""
        for name, binding in members(node).items():
            value = binding.value if isinstance(binding, Assigned) else None
            if name == "use_revision" and isinstance(value, ast.Constant) and value.value is True:
                self.version = "revision_id"
            elif name == "indexes" and value is not None:
                self.unique += index_models(value)


_MANAGERS = ("Manager", "QuerySet")
