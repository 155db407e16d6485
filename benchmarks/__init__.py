"""What the system costs, beside the same work written by hand in SQL in the same run."""
