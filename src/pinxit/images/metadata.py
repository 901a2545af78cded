"""The recipe of a picture, as text in its metadata.

PNG holds it as a text chunk of its own, ``pinxit``. JPEG, WebP and TIFF hold it in an XMP packet, the one
place for text that all three share and that other programs keep. The packet is found again by its tags
alone: no XML of a stranger is ever parsed.
"""

from __future__ import annotations

import re

from pinxit.errors import BadRecipe

KEYWORD = "pinxit"

MAX_BYTES = 60_000
"""A JPEG segment ends at 65,535 bytes; the rest is for the packet around the recipe."""

_BEFORE = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pinxit="urn:pinxit:1"><pinxit:recipe>'
).encode()
_AFTER = b'</pinxit:recipe></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
_RECIPE = re.compile(rb"<pinxit:recipe>([^<]*)</pinxit:recipe>")


def clean(recipe: str) -> str:
    r"""Return ``recipe`` as text that UTF-8 can hold.

    A file name that is not UTF-8 brings half characters (surrogates). They become ``\udcXX``, which is how
    JSON spells them, so a recipe in JSON still means the same.

    Raises `BadRecipe` where it is too long for a picture's metadata.
    """
    text = recipe.encode("utf-8", "backslashreplace").decode()
    if len(_escaped(text)) > MAX_BYTES:
        raise BadRecipe(f"the recipe is too long for a picture's metadata, which holds {MAX_BYTES:,} bytes of it")
    return text


def pack(recipe: str) -> bytes:
    """Return the XMP packet that holds ``recipe``, already clean."""
    return _BEFORE + _escaped(recipe) + _AFTER


def unpack(packet: bytes | str) -> str:
    """Return the recipe in an XMP packet, or '' where there is none."""
    import html  # here, because few runs need it

    data = packet.encode("utf-8", "replace") if isinstance(packet, str) else bytes(packet)
    found = _RECIPE.search(data)
    return html.unescape(found[1].decode("utf-8", "replace")) if found else ""


def _escaped(recipe: str) -> bytes:
    """Return ``recipe`` as XML content in UTF-8."""
    return recipe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
