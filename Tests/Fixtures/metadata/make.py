#!/usr/bin/env python3
"""Makes the files of this folder: make.py OUT   (needs Pillow 13, and exiftool 12.57 on the PATH)

One computed image that carries all that a file can carry. What must not leave by default has CANARY in it."""
import io, os, subprocess, sys
from PIL import Image

OUT = sys.argv[1]
image = Image.linear_gradient('L').resize((48, 32)).convert('RGB')
thumbnail = io.BytesIO()
image.resize((16, 12)).save(thumbnail, 'JPEG', comment=b'CANARY thumbnail')
path = os.path.join(OUT, 'thumbnail.tmp')
with open(path, 'wb') as file: file.write(thumbnail.getvalue())
xmp = ['-XMP-dc:Creator=CANARY creator', '-XMP-xmp:CreatorTool=CANARY tool', '-XMP-tiff:Orientation#=6',
       '-XMP-exif:ExifImageWidth=48', '-XMP-exif:ExifImageHeight=32',
       '-XMP-iptcExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia']
exif = ['-IFD0:Artist=Grün & Söhne', '-IFD0:Copyright=(c) 2026 Somebody', '-IFD0:Make=CANARY maker',
        '-IFD0:Orientation#=6', '-IFD0:Software=CANARY software', '-ExifIFD:UserComment=CANARY comment',
        '-ExifIFD:ExifImageWidth=48', '-ExifIFD:ExifImageHeight=32', '-ExifIFD:ColorSpace#=65535',
        '-GPS:GPSLatitude=48.2', '-GPS:GPSLatitudeRef=N',
        '-GPS:GPSLongitude=16.4', '-GPS:GPSLongitudeRef=E', '-GPS:GPSAreaInformation=CANARY place']
for name, kind, more in [('carried.jpg', 'JPEG', ['-IPTC:Caption-Abstract=CANARY caption', '-Comment=CANARY comment',
                                                  f'-IFD1:ThumbnailImage<={path}']),
                         ('carried.png', 'PNG', ['-PNG:Title=CANARY title']), ('carried.webp', 'WEBP', [])]:
    target = os.path.join(OUT, name)
    image.save(target, kind, quality=90)
    subprocess.run(['exiftool', '-q', '-m', '-overwrite_original', *exif, *xmp, *more, target], check=True)
os.remove(path)
