"""The methods that paint: contract (`base`), `table`, and a package for each family. Nothing here reads files.

The package can be called: ``pinxit.methods()`` returns name -> `pinxit.MethodInfo`, each method with its options.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinxit.config.schema import MethodInfo


class _Callable(ModuleType):
    def __call__(self) -> dict[str, MethodInfo]:
        from pinxit.methods.table import listed

        return listed()


sys.modules[__name__].__class__ = _Callable
