"""How a painted picture is measured: content and style distance, SSIM."""
