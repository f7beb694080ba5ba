"""Changes MiniStack's private functions, and refuses when one is not as the patch expects it.

A patch states the lines it replaces. So it stays small, everything around it stays MiniStack's own,
and another version of MiniStack stops the emulator at its start instead of bending it silently.
"""

import importlib.metadata
import inspect
import sys
import textwrap

MINISTACK_VERSION = "1.5.33"


class ShapeMismatch(RuntimeError):
    """MiniStack is not what a patch was written for."""


def require_version():
    """Raises ShapeMismatch unless exactly the pinned MiniStack is installed."""
    found = importlib.metadata.version("ministack")
    if found != MINISTACK_VERSION:
        raise ShapeMismatch(
            f"ministack {found} is installed, the patches are for {MINISTACK_VERSION}: "
            "install the versions of requirements.txt"
        )


def private(owner, name):
    """The attribute a patch touches; raises ShapeMismatch naming it when it is gone."""
    if not hasattr(owner, name):
        raise ShapeMismatch(f"{_title(owner, name)} does not exist in ministack {MINISTACK_VERSION}")
    return getattr(owner, name)


def substitute(owner, name, *edits):
    """Replaces each (old, new) in the text `owner.name`; each old must occur exactly once."""
    setattr(owner, name, _edited(private(owner, name), _title(owner, name), edits))


def edit(owner, name, *edits, **names):
    """Recompiles the function `owner.name` with each (old, new) replaced, `names` being visible in it."""
    before = private(owner, name)
    title = _title(owner, name)
    source = _edited(textwrap.dedent(inspect.getsource(before)), title, edits)
    scope = before.__globals__
    for key, value in names.items():
        _claim(scope, key, value, title)
    made = {}
    exec(compile(source, f"<patched {title}>", "exec"), scope, made)
    replace(owner, name, made[name])


def replace(owner, name, after):
    """Puts `after` in place of `owner.name`, also where another module had imported it by name."""
    before = private(owner, name)
    setattr(owner, name, after)
    for module in [m for key, m in list(sys.modules.items()) if key.startswith("ministack")]:
        if vars(module).get(name) is before:
            setattr(module, name, after)


def _edited(text, title, edits):
    for old, new in edits:
        count = text.count(old)
        if count != 1:
            raise ShapeMismatch(f"{title} has {count} times the text a patch replaces once: {old!r}")
        text = text.replace(old, new)
    return text


def _claim(scope, key, value, title):
    if scope.setdefault(key, value) is not value:
        raise ShapeMismatch(f"{title}: its module already has a name {key}")


def _title(owner, name):
    return f"{getattr(owner, '__qualname__', owner.__name__)}.{name}"
