"""Make data/channel_detector.npz: a person detector trained on the Penn-Fudan photographs.

    python data/make_channel_detector.py FOLDER

FOLDER holds PennFudanPed (`minicv.datasets.download_penn_fudan(FOLDER)` fetches it).  All of its
pictures are learned from, so how good the detector is must be measured with others: the parity
tests do so fold by fold, with detectors of the same settings that have not seen the fold.
"""

import sys
from pathlib import Path

from minicv.channel_detector import ChannelDetector
from minicv.datasets import PennFudan

TARGET = Path(__file__).parent / "channel_detector.npz"


def main(folder: str) -> None:
    pictures = PennFudan(folder)
    images = [image for image, _ in pictures]
    boxes = [target["boxes"] for _, target in pictures]
    ChannelDetector(rng=0, progress=True).fit(images, boxes).save(TARGET)
    print(f"learned from {len(images)} pictures with {sum(map(len, boxes))} people; "
          f"{TARGET.name} has {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
