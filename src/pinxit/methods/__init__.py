"""The methods that paint: the contract (`base`), the table (`table`), and a package for each family; no files, no films."""
