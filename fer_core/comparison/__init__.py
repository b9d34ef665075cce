"""Variants side by side: leaderboard, places, repeats, verdict, and every model's colour."""
