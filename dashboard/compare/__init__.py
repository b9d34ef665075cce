"""Parts of the pages that set variants side by side."""
