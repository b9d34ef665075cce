"""Parts of the pages that ask models about a picture."""
