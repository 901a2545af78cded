"""The figures of the guide: each a function that takes a photo and a painting and returns a drawing.

Every number and picture in them comes from pinxit's own functions. Labels are layers, formulas and numbers, so that one
figure serves both languages; the guide's captions say the rest.
"""
