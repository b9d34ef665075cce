"""The parts of the page Live: its camera, its connection, what it draws, and video files."""
