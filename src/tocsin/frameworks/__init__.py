"""Web frameworks: what an app offers, in the nouns of the model. One file each."""
