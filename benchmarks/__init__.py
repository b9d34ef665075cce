"""Speed, measured side by side in one run; figures are ratios, never limits in a test."""
