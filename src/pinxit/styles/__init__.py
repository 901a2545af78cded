"""What a picture is painted with: style pictures, style codes, trained styles and the gallery."""
