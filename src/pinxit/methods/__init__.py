"""Everything that paints: the contract (`pinxit.methods.base`), the table of methods, and the methods."""
