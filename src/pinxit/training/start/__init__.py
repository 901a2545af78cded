"""The networks that trainings start from."""
