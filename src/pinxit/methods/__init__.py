"""The methods that paint: contract (`base`), `table`, and a package for each family. Nothing here reads files."""
