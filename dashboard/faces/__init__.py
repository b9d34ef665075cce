"""Parts of the pages that show faces, FER2013's and your own."""
