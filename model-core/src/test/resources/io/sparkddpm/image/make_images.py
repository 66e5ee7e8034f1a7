"""Makes the test images beside it with Pillow and numpy, and what Pillow reads from them."""
import io, struct, zlib
import numpy as np
from PIL import Image

H, W = 23, 37
y, x = np.mgrid[0:H, 0:W]
rgb = np.stack([x * 6 % 256, y * 11 % 256, (x * y) % 256], -1).astype(np.uint8)
grey = ((x * 5 + y * 3) % 256).astype(np.uint8)
smooth = np.stack([127 + 100 * np.sin(x / 6 + c) * np.cos(y / 5) for c in range(3)], -1).astype(np.uint8)

Image.fromarray(rgb).save("rgb8.png")
Image.fromarray(grey).save("grey8.png")
Image.fromarray((grey > 100)).save("grey1.png")
Image.fromarray(rgb).quantize(16).save("palette.png")
Image.fromarray(np.dstack([rgb, np.full((H, W), 255, np.uint8)])).save("rgba_opaque.png")
a = np.full((H, W), 255, np.uint8); a[3, 5] = 254
Image.fromarray(np.dstack([rgb, a])).save("rgba_transparent.png")
Image.fromarray(np.dstack([grey, np.full((H, W), 255, np.uint8)]), "LA").save("grey_alpha_opaque.png")
Image.fromarray(rgb).quantize(16).save("palette_transparent.png", transparency=3)
Image.fromarray((grey.astype(np.uint16) * 257 + x.astype(np.uint16) % 100)).save("grey16.png")

def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
wide = rgb.astype(">u2") * 257
lines = b"".join(b"\0" + wide[i].astype(">u2").tobytes() for i in range(H))
open("rgb16.png", "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 16, 2, 0, 0, 0))
                              + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))

Image.fromarray(smooth).save("rgb.jpg", quality=90)
Image.fromarray(smooth).save("progressive.jpg", quality=90, progressive=True, subsampling=0)
Image.fromarray(smooth[:, :, 0].copy()).save("grey.jpg", quality=90)
Image.fromarray(smooth).convert("CMYK").save("cmyk.jpg", quality=90)

out = {}
for name in ["palette.png", "rgb.jpg", "progressive.jpg", "grey.jpg", "grey1.png"]:
    out[name] = np.asarray(Image.open(name).convert("RGB")).transpose(2, 0, 1).copy()
noise = np.random.RandomState(3).randint(0, 256, (24, 36, 3)).astype(np.uint8)
out["noise"] = noise.transpose(2, 0, 1).copy()
for (h, w) in [(10, 16), (7, 36), (24, 11), (48, 50)]:
    out[f"triangle_{h}x{w}"] = np.asarray(Image.fromarray(noise).resize((w, h), Image.BILINEAR)).transpose(2, 0, 1).copy()
out["area_8x12"] = np.asarray(Image.fromarray(noise).resize((12, 8), Image.BOX)).transpose(2, 0, 1).copy()
np.savez("expected.npz", **out)
