"""Brings the house's docstrings into the Markdown that mkdocstrings renders: lists of arguments, and examples."""

from __future__ import annotations

import re

import griffe

_ARGUMENT = re.compile(r"(``\w[^`]*``(?:, ``[^`]+``)*):? +(.*)")


class HouseDocstrings(griffe.Extension):
    """Rewrites the docstring of every object of the API reference."""

    def on_instance(self, *, obj: griffe.Object | griffe.Alias, **_: object) -> None:
        """Rewrite one docstring."""
        if not isinstance(obj, griffe.Alias) and obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(docstring: str) -> str:
    """Return a docstring with lines "``name``  meaning" as list items and ``>>>`` lines as code.

    >>> markdown("Paints.\\n\\n``size``  the long side,\\n        in px")
    'Paints.\\n\\n- ``size``: the long side, in px'
    """
    blocks = []
    for block in docstring.split("\n\n"):
        lines = block.splitlines()
        if block.startswith(">>>"):
            code = (re.sub(r"^(>>>|\.\.\.) ?|\s*# doctest:.*", "", line) for line in lines)
            blocks.append("\n".join(["```python", *code, "```"]))
        elif _ARGUMENT.match(block):
            items: list[str] = []
            for line in lines:
                if match := _ARGUMENT.match(line):
                    items.append(f"- {match[1]}: {match[2]}")
                else:
                    items[-1] += " " + line.strip()
            blocks.append("\n".join(items))
        else:
            blocks.append(block)
    return "\n\n".join(blocks)
