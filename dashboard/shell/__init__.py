"""What frames every page: entrance, sidebar, choices and the link, ways to other pages, look, downloads."""
