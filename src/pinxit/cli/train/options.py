"""What the commands of ``pinxit train`` declare alike."""

from __future__ import annotations

from pinxit.config.schema import flag
from pinxit.config.spec import Options, specs
from pinxit.config.training import RENAMED


def renamed_flags(cls: type[Options]) -> dict[str, str]:
    """Return ``old flag -> new flag`` for those options of a class that had another name."""
    names = specs(cls)
    return {flag(old): flag(new) for old, new in RENAMED.items() if new in names}
