"""Writes the image fixtures of this folder and golden.txt: what Pillow makes of them.

Run in this folder with Pillow 13.0.0 and numpy:  python regenerate.py
Lines of golden.txt: `file NAME WIDTH HEIGHT decoded bilinear bicubic`, and for pictures that the
test draws itself by `picture` below: `drawn WIDTH HEIGHT bilinear bicubic`. Each hash is the
SHA-256 of RGB bytes: decoded, or resized to a short side of 256 and cropped to 224 x 224.
"""
import hashlib
import struct

import numpy as np
import PIL
from PIL import Image


def picture(w, h):
    y, x = np.mgrid[0:h, 0:w]
    r = x * 255 // max(1, w - 1)
    g = y * 255 // max(1, h - 1)
    b = (x * x + y * 3) % 256
    return np.stack([r, g, b], -1).astype(np.uint8)


def sha(b):
    return hashlib.sha256(b).hexdigest()


def prepared(image, kernel):
    w, h = image.size
    size = (256, int(256 * h / w)) if w <= h else (int(256 * w / h), 256)
    r = image.resize(size, kernel)
    top, left = int(round((size[1] - 224) / 2.0)), int(round((size[0] - 224) / 2.0))
    return sha(r.crop((left, top, left + 224, top + 224)).tobytes())


def write_fixtures():
    a = picture(40, 30)
    im = Image.fromarray(a)
    alpha = Image.fromarray(np.dstack([a, a[..., 0]]))
    ink = Image.fromarray(np.dstack([a, (255 - a[..., 1]) // 2]).astype(np.uint8), "CMYK")
    im.save("420.jpg", quality=75, subsampling=2)
    im.save("444.jpg", quality=90, subsampling=0)
    im.save("422_progressive.jpg", quality=60, subsampling=1, progressive=True)
    im.save("stored_rgb.jpg", quality=90, keep_rgb=True)
    im.convert("L").save("grey.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    im.save("rotated_by_exif.jpg", exif=exif)
    ink.save("cmyk.jpg", quality=90)
    data = bytearray(open("cmyk.jpg", "rb").read())
    data[data.find(b"Adobe") + 11] = 2
    open("ycck.jpg", "wb").write(data)
    at = data.find(b"\xff\xee")
    length = struct.unpack(">H", data[at + 2 : at + 4])[0]
    open("cmyk_without_adobe.jpg", "wb").write(data[:at] + data[at + 2 + length :])
    alpha.save("rgba.png")
    im.convert("P").save("palette.png", transparency=3)
    im.convert("LA").save("grey_alpha.png")
    im.convert("1").save("one_bit.png")
    frames = [Image.fromarray(np.roll(picture(20, 15), k, 1)).convert("P") for k in range(2)]
    frames[0].save("animated.gif", save_all=True, append_images=frames[1:], loop=0)
    im.save("webp_named.JPEG", format="WEBP", lossless=True)
    im.save("lossy.webp", quality=80)
    im.save("plain.bmp")
    im.save("lzw.tif", compression="tiff_lzw")
    im.save("jpeg.tif", compression="jpeg")
    im.convert("L").save("grey.tif")
    im.convert("1").save("one_bit.tif")
    im.convert("P").save("palette.tif")
    im.save("pages.tif", save_all=True, append_images=[im.rotate(180)])
    return [
        "420.jpg", "444.jpg", "422_progressive.jpg", "stored_rgb.jpg", "grey.jpg",
        "rotated_by_exif.jpg", "cmyk.jpg", "ycck.jpg", "cmyk_without_adobe.jpg", "rgba.png",
        "palette.png", "grey_alpha.png", "one_bit.png", "animated.gif", "webp_named.JPEG",
        "lossy.webp", "plain.bmp", "lzw.tif", "jpeg.tif", "grey.tif", "one_bit.tif",
        "palette.tif", "pages.tif",
    ]  # fmt: skip


with open("golden.txt", "w") as out:
    print(f"# made by regenerate.py with Pillow {PIL.__version__}", file=out)
    for name in write_fixtures():
        im = Image.open(name).convert("RGB")
        w, h = im.size
        hashes = sha(im.tobytes()), prepared(im, Image.BILINEAR), prepared(im, Image.BICUBIC)
        print("file", name, w, h, *hashes, file=out)
    for w, h in [(1000, 700), (511, 513), (1500, 257), (255, 400), (64, 48), (1, 1), (2, 300),
                 (256, 256), (256, 257), (997, 1009)]:  # fmt: skip
        im = Image.fromarray(picture(w, h))
        print("drawn", w, h, prepared(im, Image.BILINEAR), prepared(im, Image.BICUBIC), file=out)
