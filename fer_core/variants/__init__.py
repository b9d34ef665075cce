"""A variant: its card and what it says, the registry of all, answers, latency, how far it was trained."""
