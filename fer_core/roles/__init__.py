"""Who may change anything, how they prove it, and the log of what they changed."""
