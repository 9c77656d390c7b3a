"""One judge for each rule of the catalogue. It sees windows, and never a syntax tree."""
