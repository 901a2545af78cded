"""Blind votes between two programs: which result would a person rather keep?"""
