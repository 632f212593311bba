"""Photos as large as a phone's, made of noise, which compresses as badly as real ones."""

import io
import random

from PIL import Image


def photo(width: int, height: int, seed: int = 1, quality: int = 85) -> bytes:
    """Return a JPEG, a different one for each seed."""
    rough = Image.frombytes(
        "RGB", (width // 2, height // 2), random.Random(seed).randbytes(width // 2 * (height // 2) * 3)
    )
    buffer = io.BytesIO()
    rough.resize((width, height), Image.Resampling.BILINEAR).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
