"""The methods that paint: the contract (`base`), the `table`, and a package for each family. Nothing here reads files."""
