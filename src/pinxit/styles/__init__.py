"""Styles: style pictures, style codes, trained styles and the gallery. Knows no methods."""
