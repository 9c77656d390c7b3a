"""What the events of a run look like to people and to tools. Imports the nouns alone."""
