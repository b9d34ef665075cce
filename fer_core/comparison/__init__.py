"""Variants side by side: leaderboard, places, verdict, robustness, heat maps, and every model's colour."""
