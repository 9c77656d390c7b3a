"""Black-box: races real requests over the wire and compares what came with serial baselines."""
