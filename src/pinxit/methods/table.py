"""The table of methods, and the rule for the default one."""

from collections.abc import Iterable
from typing import Any

from pinxit.config.options import Adain, Fast, Look, Optimize
from pinxit.config.schema import MethodInfo, method_info
from pinxit.config.spec import specs
from pinxit.errors import BadOption, nearest
from pinxit.methods.base import FrameStylizer, Method
from pinxit.styles.style import Style


def _any_style(style: Style, look: Look, options: Adain) -> FrameStylizer:
    from pinxit.methods.onepass.any_style import AnyStyleStylizer

    return AnyStyleStylizer(style, look, options)


def _trained_style(style: Style, look: Look, options: Fast) -> FrameStylizer:
    from pinxit.methods.onepass.trained_style import TrainedStyleStylizer

    return TrainedStyleStylizer(style, look, options)


def _optimize(style: Style, look: Look, options: Optimize) -> FrameStylizer:
    from pinxit.methods.optimize.stylizer import OptimizeStylizer
    from pinxit.methods.recolor import RecoloringStylizer

    if look.color == "style":
        return OptimizeStylizer(style, look, options)
    return RecoloringStylizer(lambda recolored: OptimizeStylizer(recolored, look, options), style, look.color)


ANY_STYLE = Method(Adain, _any_style, one_pass=True, paints_codes=True)
OPTIMIZE = Method(Optimize, _optimize, one_pass=False, packages=("torch",), extra="optimize")
TRAINED_STYLE = Method(Fast, _trained_style, one_pass=True, paints_codes=True, paints_trained=True)

METHODS: tuple[Method[Any], ...] = (ANY_STYLE, OPTIMIZE, TRAINED_STYLE)


def method_names(*, one_pass: bool | None = None) -> tuple[str, ...]:
    """Return the names of all methods, of those that paint in one pass, or of the others; the default one is first."""
    return tuple(method.name for method in METHODS if one_pass in (None, method.one_pass))


def listed() -> dict[str, MethodInfo]:
    """Return each method by its name, with all its options; the default one is first. Called ``pinxit.methods()``."""
    return {method.name: method_info(method.options) for method in METHODS}


def by_name(name: str) -> Method[Any]:
    """Return the method of that name; raises `BadOption` with the nearest name where there is none."""
    for method in METHODS:
        if method.name == name:
            return method
    raise BadOption(f"unknown method {name!r}{nearest(name, method_names())}")


def default_for(*, trained: bool, options: Iterable[str] = ()) -> Method[Any]:
    """Return the method where the user names none: the usual one for trained styles, or for pictures and style codes.

    If that lacks some of the ``options``, it is the first other one that paints such styles and has all of them.
    """
    usual = TRAINED_STYLE if trained else ANY_STYLE
    owned = {name for name in options if any(name in specs(method.options) for method in METHODS)}
    fitting = (each for each in (usual, *METHODS) if each.paints_trained == trained and owned <= {*specs(each.options)})
    return next(fitting, usual)


def check_compatible(method: Method[Any], style: Style, look: Look) -> None:
    """Raise `BadOption` where the method cannot paint a style code or a trained style, or the color mode alters one."""
    codes = any(each.code for each in style.references)
    trained = next((each.trained for each in style.references if each.trained), None)
    if codes and not method.paints_codes:
        raise BadOption(f"the method {method.name!r} needs the style picture itself, not its code: give the picture")
    if (codes or trained) and look.color in ("coral", "histogram"):
        raise BadOption(f"the color {look.color} changes the style picture, and there is none: give the picture")
    if trained and not method.paints_trained:
        raise BadOption(
            f"{trained.name!r} is a trained style, which only the method {TRAINED_STYLE.name!r} paints: leave the "
            "method out, or give the picture itself"
        )
    if method.paints_trained:
        from pinxit.methods.onepass.trained_style import require_trained

        require_trained(style)
