"""Styles: style pictures, style codes, trained styles and the gallery. Knows no methods.

The package can be called, as ``pinxit.styles()``.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinxit.styles.gallery import TrainedStyle


class _Callable(ModuleType):
    def __call__(self) -> dict[str, TrainedStyle]:
        from pinxit.styles.gallery import by_name

        return by_name()


sys.modules[__name__].__class__ = _Callable
