"""The first page of the morning: how it goes, what needs attention, what came last."""
