"""What an option is: the rest of it is tested with the options themselves."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pinxit.config.spec import Options, check, option, same, specs
from pinxit.errors import BadOption


@dataclass(frozen=True)
class First(Options):
    count: int = option(3, "How many.", low=1, high=5)


@dataclass(frozen=True)
class Second(Options):
    count: int = same(First, "count")


def test_an_option_can_be_the_same_in_two_classes() -> None:
    assert specs(First) == specs(Second)
    with pytest.raises(BadOption, match="count is 9; it must be from 1 to 5"):
        check(Second(count=9))
