"""The parts of the Train page: what can be begun with, the form, what it costs, jobs, own models."""
