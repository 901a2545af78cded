"""Paints films with any method of `pinxit.methods`: steady from frame to frame, in segments that survive a broken run.

Reading and writing films belongs into `pinxit.video.io`, painting a single picture into `pinxit.methods`.
"""
