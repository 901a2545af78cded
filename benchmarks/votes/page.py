"""A local page for judges: one sheet at a time, two buttons, and boxes for named faults."""

from __future__ import annotations

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from benchmarks.votes import ballots
from benchmarks.votes.ballots import CHOICES, Vote
from pinxit.errors import NotFound

FAULTS = ("bars", "dot grid", "copied thing", "copied frame", "disfigured face", "wrong colors", "dull", "mush")
"""The faults that the page has boxes for."""
MOST_BYTES = 10_000
"""Of a form; a vote is far smaller."""
_PAGE = """<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>pinxit: blind votes</title>
<style>
body {{ max-width: 1260px; margin: 1rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }}
img {{ max-width: 100%; }} form {{ display: grid; grid-template-columns: 1fr 1fr; gap: .6rem 1rem; }}
button {{ min-height: 44px; font: inherit; }} .wide {{ grid-column: 1 / -1; }} label {{ margin-right: 1rem; }}
</style>
{body}
"""


class Ballot(ThreadingHTTPServer):
    """Serves a folder of sheets to judges on this machine, and appends their votes to a file.

    Raises `NotFound` for a folder without sheets.
    """

    def __init__(self, sheets: Path, votes: Path, port: int = 0) -> None:
        self.sheets = {path.stem: path for path in sorted(sheets.glob("*.png"))}
        if not self.sheets:
            raise NotFound(f"{sheets.name} has no sheets: make them first")
        self.votes = votes
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.server_port}/"

    def next_sheet(self, judge: str) -> str | None:
        """Return the first sheet that a judge has not voted on, or None."""
        votes = ballots.read(self.votes) if self.votes.exists() else []
        done = {vote.sheet for vote in votes if vote.judge == judge}
        return next((name for name in self.sheets if name not in done), None)

    def record(self, vote: Vote) -> None:
        """Append a vote to the file."""
        with self.lock, self.votes.open("a", encoding="utf-8") as file:
            file.write(vote.line())


class _Handler(BaseHTTPRequestHandler):
    server: Ballot

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        judge = _clean(parse_qs(address.query).get("judge", [""])[0])
        name = address.path.removeprefix("/sheets/").removesuffix(".png")
        if address.path == "/":
            self._answer(200, "text/html; charset=utf-8", _page(self.server, judge).encode())
        elif address.path.startswith("/sheets/") and name in self.server.sheets:
            self._answer(200, "image/png", self.server.sheets[name].read_bytes())
        else:
            self._answer(404, "text/plain", b"not here\n")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(min(length, MOST_BYTES)).decode("utf-8", "replace"))
        sheet, judge, choice = (_clean(form.get(name, [""])[0]) for name in ("sheet", "judge", "choice"))
        if sheet not in self.server.sheets or choice not in CHOICES or not judge:
            self._answer(400, "text/plain", b"not a vote\n")
            return
        faults_a, faults_b = (tuple(filter(None, map(_clean, form.get(f"faults-{letter}", [])))) for letter in "AB")
        self.server.record(Vote(sheet, judge, choice, (faults_a, faults_b)))
        self._answer(303, "text/plain", b"", Location=f"/?judge={quote(judge)}")

    def _answer(self, status: int, media_type: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the terminal."""


def _clean(text: str) -> str:
    """Return text that fits into a field of a line: no tabs, no line ends, no semicolons."""
    return " ".join(text.replace(";", ",").split())[:200]


def _page(ballot: Ballot, judge: str) -> str:
    if not judge:
        return _PAGE.format(
            body='<h1>Blind votes</h1><form><label>Your name <input name="judge" required></label></form>'
        )
    sheet = ballot.next_sheet(judge)
    if sheet is None:
        return _PAGE.format(body="<h1>All sheets are done. Thank you!</h1>")
    number = list(ballot.sheets).index(sheet) + 1
    boxes = "".join(f"<div>{''.join(_box(letter, fault) for fault in FAULTS)}{_other(letter)}</div>" for letter in "AB")
    return _PAGE.format(
        body=f"""<h1>{number} of {len(ballot.sheets)}</h1>
<p>Above: the photo and the painting. Which of the two results below would you rather keep?</p>
<img src="/sheets/{quote(sheet)}.png" alt="The photo, the painting, and the results A and B">
<form method="post" action="/">
<input type="hidden" name="sheet" value="{html.escape(sheet)}">
<input type="hidden" name="judge" value="{html.escape(judge)}">
{boxes}
<button name="choice" value="A" accesskey="a">A</button><button name="choice" value="B" accesskey="b">B</button>
<button class="wide" name="choice" value="tie">Neither is better</button>
</form>"""
    )


def _box(letter: str, fault: str) -> str:
    return f'<label><input type="checkbox" name="faults-{letter}" value="{fault}"> {fault}</label>'


def _other(letter: str) -> str:
    return f'<label>other <input name="faults-{letter}" aria-label="Another fault of {letter}"></label>'
