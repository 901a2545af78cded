"""Long work: the queue, the kinds of jobs, their records on disk and their events. Painting itself is in `workers`."""
