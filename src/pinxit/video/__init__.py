"""Films: opened, painted frame by frame and steady, written in parts that survive a broken run."""
