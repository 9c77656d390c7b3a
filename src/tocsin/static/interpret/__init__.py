"""An abstract interpreter: a function's body becomes a trace of effects, calls become summaries."""
