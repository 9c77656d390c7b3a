"""Pydantic: objects that are made of other objects, or of mappings; SQLModel's rows among them.

Sources: docs.pydantic.dev, "Models"; sqlmodel.tiangolo.com, "Update Data with FastAPI".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

CLASS = "pydantic.Model"
"""A class of Pydantic's, on which its constructors are called."""

_BASES = "pydantic.BaseModel pydantic.main.BaseModel sqlmodel.SQLModel sqlmodel.main.SQLModel"

LIBRARY = Library(
    name="pydantic",
    calls=(
        *rows(Act.BUILD, CLASS, "model_validate parse_obj from_orm validate", subject=0),
        Call("sqlalchemy.Row.sqlmodel_update", Act.FILL, subject=0),
    ),
    types=dict.fromkeys((*_BASES.split(), "beanie.Document"), CLASS),
)
