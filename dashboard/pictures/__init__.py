"""Parts of the pages that run models on a picture."""
