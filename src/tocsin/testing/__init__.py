"""Conformance kits: what every adapter has to hold, for ours and for third parties'."""
