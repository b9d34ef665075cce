"""Trainings that outlive the page that submitted them: a queue, its runner, and one process per job.

Pages and the command line call :mod:`fer_core.jobs.service`; nothing here imports Streamlit, and only a
job's own process imports a training framework.
"""
