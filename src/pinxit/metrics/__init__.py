"""Measures of painted pictures: content and style distance, SSIM, patch precision. Knows no methods and no films."""
