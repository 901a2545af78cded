"""``pinxit code`` writes style codes."""

from __future__ import annotations

from support.fakes import Pictures, Run


def test_a_code_is_written_painted_with_and_repeated(pinxit: Run, picture: Pictures) -> None:
    folder = picture("wave.png", shift=0.3).parent
    painting = folder / "wave.png"
    made = pinxit("code", painting, "-o", folder / "wave.style")
    assert made.code == 0, made.said
    run = pinxit(
        "stylize", folder / "a.png", "-s", folder / "wave.style", "--method", "adain", "-o", folder / "out.png"
    )
    assert run.code == 0, run.said
    assert '"name": "wave.style"' in pinxit("recipe", folder / "out.png").out.decode()
    again = pinxit("stylize", "--recipe", folder / "out.png", "-o", folder / "again.png")
    assert again.code == 0, again.said
    assert (folder / "again.png").read_bytes() == (folder / "out.png").read_bytes()
