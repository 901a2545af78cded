"""``pinxit score-video`` prints the measures of a painted film."""

from __future__ import annotations

import json
from pathlib import Path

from support.fakes import Run
from support.films import film, moving


def test_the_score_command_prints_json(pinxit: Run, tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", moving(3))
    result = pinxit("score-video", source, source)
    assert json.loads(result.out)["frames"] == 3
    assert pinxit("score-video", source, tmp_path / "none.mp4").code == 66
