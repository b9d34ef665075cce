"""Your own labelled pictures: read in many layouts, answered by every model, kept beside FER2013."""
