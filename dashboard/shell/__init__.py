"""What frames every page: entrance, sidebar, choices and the link, look, downloads."""
