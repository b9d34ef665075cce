"""Labelled pictures of one's own: brought in many layouts, asked of every model, kept beside FER2013."""
