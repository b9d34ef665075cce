"""Parts of the pages that show faces of FER2013."""
