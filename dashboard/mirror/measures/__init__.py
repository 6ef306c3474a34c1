"""What figures mean: summaries kept in step with the rows that they sum, and how they are read."""
