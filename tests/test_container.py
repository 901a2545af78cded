"""The container's files: what a linter would say, and their commands run here, where no engine is needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pinxit.cli.app import COMMANDS
from pinxit.cli.command import load
from support.service_server import Server

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PLACES = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
HADOLINT = shutil.which("hadolint", path=PLACES)
LINES = re.sub(r"\\\n", " ", DOCKERFILE).splitlines()


def instructions(word: str) -> list[str]:
    """The arguments of every instruction of one kind."""
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def stages() -> list[list[str]]:
    """The lines of each stage."""
    found: list[list[str]] = []
    for line in LINES:
        if line.startswith("FROM "):
            found.append([])
        if found and line and not line.startswith("#"):
            found[-1].append(line)
    return found


def test_the_image_has_two_stages_and_the_last_one_builds_nothing() -> None:
    build, last = stages()
    assert any("pip install" in line for line in build)
    assert not any("pip" in line or "apt" in line or "curl" in line for line in last)
    assert [line for line in last if line.startswith("COPY")] == ["COPY --from=build /opt/pinxit /opt/pinxit"]


def test_bases_are_pinned_and_nothing_is_added_from_the_net() -> None:
    assert {base.split()[0] for base in instructions("FROM")} == {"python:3.12-slim-bookworm"}
    assert not instructions("ADD")


def test_it_runs_as_nobody_special() -> None:
    users = [line for line in stages()[-1] if line.startswith("USER")]
    assert users == ["USER 10001:10001"]
    last = stages()[-1]
    assert last.index("USER 10001:10001") < next(i for i, line in enumerate(last) if line.startswith("ENTRYPOINT"))


def test_only_what_is_needed_is_sent_to_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert ignored[0] == "*"
    copied = {name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]}
    assert {f"!{name}" for name in copied} <= set(ignored)
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")
def test_hadolint_has_nothing_to_say() -> None:
    said = subprocess.run([str(HADOLINT), str(ROOT / "Dockerfile")], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stdout) == (0, "")


def command() -> list[str]:
    words = json.loads(instructions("ENTRYPOINT")[0]) + json.loads(instructions("CMD")[0])
    assert words[0] == "pinxit"
    return [str(word) for word in words[1:]]


def test_the_command_line_takes_the_command() -> None:
    words = command()
    load(COMMANDS[words[0]]).make_context(words[0], words[1:])


def test_the_command_runs_with_a_key_and_is_healthy(tmp_path: Path) -> None:
    pytest.importorskip("fastapi")
    words = command()
    own = [word.replace("/data/service", str(tmp_path / "store")) for word in words[1:]]
    own[own.index("8000")] = "0"
    program = [word for word in own if word not in ("--store", str(tmp_path / "store"))]
    with pytest.raises(AssertionError, match="PINXIT_API_KEY"):
        Server(tmp_path / "store", *program, env={"PINXIT_API_KEY": ""}, face=words[0])
    with Server(tmp_path / "store", *program, env={"PINXIT_API_KEY": "k" * 32}, face=words[0]) as server:
        server.url = server.url.replace("0.0.0.0", "127.0.0.1")
        server.wait_ready()
        with server.client() as client:
            assert client.get("/v1/jobs").status_code == 401
            assert client.get("/v1/jobs", headers={"Authorization": "Bearer " + "k" * 32}).status_code == 200
            assert client.get("/").headers["content-type"].startswith("text/html")
        check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
        check = [sys.executable, *check[1:-1], check[-1].replace("http://127.0.0.1:8000", server.url)]
        assert subprocess.run(check, timeout=30).returncode == 0
        assert server.stop() == 0
    assert subprocess.run(check, timeout=30, capture_output=True).returncode != 0


def test_compose_gives_no_more_than_is_needed() -> None:
    yaml = pytest.importorskip("yaml")
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["pinxit"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert ":?" in service["environment"]["PINXIT_API_KEY"], "it does not start without a key"
    assert "privileged" not in service
    assert "network_mode" not in service
    assert [volume.split(":")[1] for volume in service["volumes"]] == ["/data"]
