"""Where requests enter a project, told from its source: one file a framework."""
