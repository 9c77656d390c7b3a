"""Django: ``save()`` that names the columns it means: ``update_fields``."""

from __future__ import annotations

from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.queries import argument
from tocsin.static.fix.site import Site
from tocsin.static.models import Model
from tocsin.static.uses import uses


def apply(site: Site) -> Rewritten | None:
    window = site.window
    if window is None or site.use.path != site.path:
        return None
    model = window.use.effect.model
    use = next((u for u in uses(window.effects) if u.effect is window.use.effect), None)
    if use is None or not isinstance(model, Model) or model.kind != "django":
        return None
    calls = [each for each in site.tree.calls(site.use.line) if m.matches(each.func, _SAVE)]
    if len(calls) != 1 or calls[0].args or not use.columns:
        return None
    names = [each.column for each in use.written]
    # Columns that Django fills itself are written only if they are named.
    names += sorted(model.stamps)
    columns = ", ".join(f'"{each}"' for each in dict.fromkeys(names))
    new = calls[0].with_changes(args=(argument(f"update_fields=[{columns}]"),))
    return Rewritten(
        site.tree.replaced({calls[0]: new}),
        f"only the changed columns of {model.name.rpartition('.')[2]} are saved",
    )


_SAVE = m.Attribute(attr=m.OneOf(m.Name("save"), m.Name("asave")))

REWRITE = Rewrite("named-columns", ("TOC211",), apply)
