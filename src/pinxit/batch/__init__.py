"""Many pictures: which file goes where, what is done already, contact sheets."""
