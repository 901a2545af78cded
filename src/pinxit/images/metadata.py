"""The recipe of a picture, as text in its metadata: a text chunk of PNG; an XMP packet of JPEG, WebP and TIFF.

XMP is the one place for text that all three share and that other programs preserve. The recipe is found by its tags:
untrusted XML is never parsed.
"""

import re

from pinxit.errors import BadRecipe

KEYWORD = "pinxit"
MAX_BYTES = 60_000  # a JPEG segment has at most 65,535 bytes; the rest is for the packet around the recipe
_BEFORE = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pinxit="urn:pinxit:1"><pinxit:recipe>'
).encode()
_AFTER = b'</pinxit:recipe></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
_RECIPE = re.compile(rb"<pinxit:recipe>([^<]*)</pinxit:recipe>")


def clean(recipe: str) -> str:
    r"""Return ``recipe`` as text that UTF-8 can hold; raises `BadRecipe` if it is too long for a picture's metadata.

    The lone surrogates of a file name that is not UTF-8 become ``\udcXX``, as JSON writes them too.
    """
    text = recipe.encode("utf-8", "backslashreplace").decode()
    if len(_escaped(text)) > MAX_BYTES:
        raise BadRecipe(f"the recipe is too long for a picture's metadata, which holds {MAX_BYTES:,} bytes of it")
    return text


def pack(recipe: str) -> bytes:
    """Return the XMP packet of ``recipe``, which `clean` returned."""
    return _BEFORE + _escaped(recipe) + _AFTER


def unpack(packet: bytes | str) -> str:
    """Return the recipe in an XMP packet, or '' if there is none."""
    import html  # here, because few runs need it

    data = packet.encode("utf-8", "replace") if isinstance(packet, str) else bytes(packet)
    match = _RECIPE.search(data)
    return html.unescape(match[1].decode("utf-8", "replace")) if match else ""


def _escaped(recipe: str) -> bytes:
    return recipe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
