"""Where each of many pictures goes, and that one failure does not stop the others."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinxit.batch import plan as batch
from pinxit.batch.plan import Job, output_names, plan, refuse_harm
from pinxit.errors import BadImage, BadOption, DiskFull, PinxitError, WriteFailed
from support.fakes import Pictures

file_names = st.from_regex(r"[a-cA-C]{1,2}(\.(jpg|png|JPG))?", fullmatch=True)


def test_one_picture_goes_to_the_named_file(picture: Pictures) -> None:
    path = str(picture("a.jpg"))
    assert plan([path], "out.png") == [Job(path, "out.png")]


def test_without_a_name_it_goes_to_the_current_folder_under_a_new_name() -> None:
    assert plan(["some/where/a.b.jpg"], None) == [Job("some/where/a.b.jpg", "a.b_pinxit.png")]
    assert plan(["a.jpg"], None, ".jpeg")[0].output == "a_pinxit.jpeg"


def test_standard_input_goes_to_standard_output() -> None:
    assert plan(["-"], None) == [Job("-", "-")]
    assert plan(["-"], None)[0].name == "standard input"


def test_one_picture_goes_into_a_folder_that_is_named(tmp_path: Path) -> None:
    assert plan(["a.jpg"], str(tmp_path)) == [Job("a.jpg", str(tmp_path / "a.png"))]
    assert plan(["a.jpg"], "new/") == [Job("a.jpg", str(Path("new/a.png")))]


def test_a_folder_of_one_picture_is_still_a_folder(picture: Pictures, tmp_path: Path) -> None:
    path = picture("in/a.png")
    assert plan([str(path.parent)], str(tmp_path / "out")) == [Job(str(path), str(tmp_path / "out" / "a.png"))]


def test_folders_and_files_mix(picture: Pictures, tmp_path: Path) -> None:
    for name in ("in/b.png", "in/a.webp", "c.jpg"):
        picture(name)
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    jobs = plan([str(tmp_path / "in"), str(tmp_path / "c.jpg")], str(tmp_path / "out"), ".jpg")
    assert [Path(job.content).name for job in jobs] == ["a.webp", "b.png", "c.jpg"]
    assert [Path(job.output).name for job in jobs] == ["a.jpg", "b.jpg", "c.jpg"]


@pytest.mark.parametrize("output", [None, "-"])
def test_several_pictures_need_a_folder(output: str | None) -> None:
    with pytest.raises(BadOption, match="-o FOLDER"):
        plan(["a.jpg", "b.jpg"], output)


def test_several_pictures_do_not_go_to_a_file(picture: Pictures) -> None:
    with pytest.raises(BadOption, match="-o FOLDER"):
        plan(["a.jpg", "b.jpg"], str(picture("c.png")))


@pytest.mark.parametrize("contents", [["a.jpg", "b.jpg"], ["in"]])
def test_several_pictures_do_not_go_to_a_folder_with_a_pictures_name(
    contents: list[str], picture: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture("in/a.png")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadOption, match=r"'multi\.PNG' is a picture's name; several pictures need a folder"):
        plan(contents, "multi.PNG")
    assert plan(contents, "multi.png/")
    Path("multi.PNG").mkdir()
    assert plan(contents, "multi.PNG")


def test_standard_input_is_alone() -> None:
    with pytest.raises(BadOption, match="standard input"):
        plan(["-", "b.jpg"], "out")


def test_a_folder_without_pictures_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="no pictures"):
        plan([str(tmp_path)], "out")


def test_the_same_picture_twice_is_refused() -> None:
    with pytest.raises(BadOption, match="different names"):
        plan(["x/a.jpg", "y/a.jpg"], "out")


@given(st.lists(file_names, unique_by=str.casefold))
def test_no_two_outputs_are_one_even_where_case_does_not_count(files: list[str]) -> None:
    try:
        names = output_names([Path(file) for file in files], ".png")
    except BadOption:
        return
    assert len({name.casefold() for name in names}) == len(files)
    assert all(name.startswith(Path(file).stem) for name, file in zip(names, files, strict=True))


def test_an_input_is_not_overwritten_whatever_it_is_called(picture: Pictures, tmp_path: Path) -> None:
    content, style = picture("a.png"), picture("style.png")
    (tmp_path / "link.png").symlink_to(style)
    refuse_harm([Job(str(content), str(tmp_path / "new.png")), Job("-", "-")], [style])
    for output in ("a.png", "style.png", "link.png", "../" + tmp_path.name + "/a.png"):
        with pytest.raises(WriteFailed, match="not overwritten"):
            refuse_harm([Job(str(content), str(tmp_path / output))], [style])


def jobs_of(names: str) -> list[Job]:
    return [Job(name, name) for name in names]


def same(job: Job) -> Job:
    return job


def never() -> bool:
    return False


@pytest.mark.parametrize("where", ["open", "paint"])
def test_a_picture_that_fails_does_not_stop_the_others(where: str) -> None:
    def broken(job: Job) -> Job:
        if job.content == "b":
            raise BadImage("broken")
        return job

    def paint(job: Job, photo: Job) -> str:
        return (broken(photo) if where == "paint" else photo).content.upper()

    outcomes = list(batch.run(jobs_of("abc"), broken if where == "open" else same, paint, never))
    assert [outcome.result for outcome in outcomes] == ["A", None, "C"]
    assert [str(outcome.error) for outcome in outcomes if outcome.error] == ["broken"]


@pytest.mark.parametrize("error", [DiskFull("full"), BadOption("wrong"), KeyboardInterrupt(), ValueError("a bug")])
def test_what_would_stop_all_the_others_is_raised(error: BaseException) -> None:
    def paint(job: Job, photo: Job) -> None:
        raise error

    with pytest.raises(type(error)):
        list(batch.run(jobs_of("ab"), same, paint, never))


def test_while_one_is_painted_the_next_is_opened_and_no_other() -> None:
    opened: list[str] = []
    second = threading.Event()

    def open(job: Job) -> Job:
        opened.append(job.content)
        if job.content == "b":
            second.set()
        return job

    def paint(job: Job, photo: Job) -> list[str]:
        assert job.content != "a" or second.wait(10), "the next is opened meanwhile"
        return list(opened)

    outcomes = batch.run(jobs_of("abcd"), open, paint, never)
    assert next(outcomes).result == ["a", "b"]
    assert [outcome.job.content for outcome in outcomes] == ["b", "c", "d"]


def test_asked_to_stop_it_paints_no_other() -> None:
    painted: list[str] = []
    list(batch.run(jobs_of("abc"), same, lambda job, photo: painted.append(job.content), lambda: bool(painted)))
    assert painted == ["a"]


def test_hopeless_errors_are_a_users_errors() -> None:
    assert all(issubclass(error, PinxitError) for error in batch.HOPELESS)
