"""What other faces make of the options: names of flags, JSON Schema, and the page ``docs/options.md``."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pinxit.config.options import METHOD_OPTIONS, Adain, Film, Look, MethodOptions, Output, Scoring, Webcam
from pinxit.config.spec import OptionField, Options, Spec, Value, number, specs

HEAD = (
    "Every option of `pinxit stylize`, `pinxit video`, `pinxit webcam`, `pinxit score`, `pinxit train fast` and "
    "`pinxit train adain`. In Python, `--style-scale` is `style_scale=`. This page is written by `pinxit methods "
    "--markdown`."
)
"""The beginning of the page."""

Groups: TypeAlias = Mapping[str, type[Options]]
"""``heading -> options class``, in the order of the help."""

JSON_TYPES: dict[type, str] = {int: "integer", float: "number", str: "string", bool: "boolean"}

_METHODS: Groups = {f"Method {name}": cls for name, cls in METHOD_OPTIONS.items()}

STYLIZE_GROUPS: Groups = {"Look": Look, **_METHODS, "Output": Output}
CODE_GROUPS: Groups = {"Method adain": Adain}
VIDEO_GROUPS: Groups = {"Film": Film, "Look": Look, **_METHODS}
WEBCAM_GROUPS: Groups = {"Webcam": Webcam, "Look": Look, "Method adain": Adain}
SCORE_GROUPS: Groups = {"Scoring": Scoring}
"""The options of ``pinxit stylize``, ``code``, ``video``, ``webcam`` and ``score``."""


def flag(name: str) -> str:
    """Return the flag of an option.

    >>> flag("style_scale")
    '--style-scale'
    """
    return "--" + name.replace("_", "-")


def renamed_flags(cls: type[Options]) -> dict[str, str]:
    """Return ``old flag -> new flag`` for the options of a class of trainings that had another name."""
    from pinxit.config.training import RENAMED

    names = specs(cls)
    return {flag(old): flag(new) for old, new in RENAMED.items() if new in names}


def allowed(spec: Spec) -> str:
    """Return the allowed values of an option in words: its choices, or its range with the unit.

    >>> allowed(Spec("Long side.", low=16, high=8192, unit="px"))
    '16 to 8192 px'
    """
    if spec.choices:
        return ", ".join(spec.choices)
    if spec.words:
        return ", ".join(spec.words) + ", or a file"
    if spec.low is None:
        return ""
    low, unit = number(spec.low), f" {spec.unit}" if spec.unit else ""
    values = f"from {low}{unit} up" if spec.high is None else f"{low} to {number(spec.high)}{unit}"
    return ", or ".join([values, *(word for word, _ in spec.aliases)])


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """An option; as text, all of it in a line."""

    default: Value
    allowed: str
    """Range with unit, choices or words; '' for any text."""
    meaning: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.meaning} ({self.allowed or 'text'}; default {show(self.default)})"


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """A method; as text, what it does."""

    name: str
    summary: str
    options: dict[str, OptionInfo] = field(repr=False)
    """Name -> option: those of every method, then its own."""

    def __str__(self) -> str:
        return self.summary


def method_info(cls: type[MethodOptions]) -> MethodInfo:
    """Return what `pinxit.methods` says of the method that has these options."""
    options = {
        name: OptionInfo(default, allowed(spec), spec.help, spec.low, spec.high, spec.choices)
        for name, (_, default, spec) in {**specs(Look), **specs(cls)}.items()
    }
    return MethodInfo(cls.method, inspect.getdoc(cls) or "", options)


def show(default: Value) -> str:
    """Return a default as a reader would write it."""
    return f"{default:g}" if isinstance(default, float) else str(default) or "none"


def schema(cls: type[Options]) -> dict[str, Any]:
    """Return the JSON Schema of an options class."""
    return {
        "description": inspect.getdoc(cls),
        "type": "object",
        "properties": {name: _property(option) for name, option in specs(cls).items()},
        "additionalProperties": False,
    }


def _property(option: OptionField) -> dict[str, object]:
    spec = option.spec
    limits = {
        "minimum": spec.low,
        "maximum": spec.high,
        "enum": list(spec.choices) or None,
        "x-unit": spec.unit or None,
        "x-words": list(spec.words) or None,
        "x-aliases": dict(spec.aliases) or None,
    }
    required = {"type": JSON_TYPES[option.kind], "description": spec.help, "default": option.default}
    return required | {key: value for key, value in limits.items() if value is not None}


def markdown(say: Callable[[str], str] = str, fact: Callable[[str], str] = str) -> str:
    """Return the page ``docs/options.md``: a table for each group of options.

    ``say``, ``fact``  translate a sentence, and the words of a range or a default
    """
    from pinxit.config.training import TRAIN_ADAIN_GROUPS, TRAIN_FAST_GROUPS

    groups = {**STYLIZE_GROUPS, **VIDEO_GROUPS, **WEBCAM_GROUPS, **SCORE_GROUPS}
    groups |= {**TRAIN_FAST_GROUPS, **TRAIN_ADAIN_GROUPS}
    lines = [f"# {say('Options')}", "", say(HEAD), ""]
    for heading, cls in groups.items():
        columns = " | ".join(map(say, ("option", "meaning", "allowed", "default")))
        lines += [
            f"## {say(heading)}",
            "",
            _cell(say(inspect.getdoc(cls) or "")),
            "",
            f"| {columns} |",
            "|---|---|---|---|",
        ]
        for name, (_, default, spec) in specs(cls).items():
            range, standard = fact(allowed(spec)) or say("text"), fact(show(default))
            lines.append(f"| `{flag(name)}` | {_cell(say(spec.help))} | {_cell(range)} | `{standard}` |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
