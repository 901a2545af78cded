"""The methods that paint: contract (`base`), `table`, and a package for each family. Nothing here reads files.

The package can be called, as ``pinxit.methods()``.
"""

import sys
from types import ModuleType


class _Callable(ModuleType):
    def __call__(self) -> dict[str, str]:
        from pinxit.methods.table import summaries

        return summaries()


sys.modules[__name__].__class__ = _Callable
