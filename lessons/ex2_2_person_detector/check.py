"""Exercise 2.2: random boxes, offset boxes, windows.

Nothing here trains a detector. What each check does, and which mistakes it knows, stands in
`checks/`, a file for each task.
"""

from __future__ import annotations

from lessons.engine import Task
from lessons.ex2_2_person_detector.checks.offset_boxes import check_offset_box
from lessons.ex2_2_person_detector.checks.random_boxes import check_random_box
from lessons.ex2_2_person_detector.checks.windows import check_windows

TASKS = [
    Task("2.2a", "Random boxes", check_random_box, hints=(
        "The size is given, so the place alone is left to chance. Which values may left have, if "
        "the box is to end inside the image? There are W - w + 1 of them.",
        "left is any of 0, 1, ..., W - w and upper any of 0, 1, ..., H - h, all equally likely; "
        "right = left + w, lower = upper + h. random.randint(a, b) may give b, "
        "np.random.randint(a, b) never does.",
        "    width, height = boxsize\n"
        "    left = random.randint(0, imsize[0] - width)\n"
        "    upper = random.randint(0, ...)\n"
        "    return left, upper, left + width, ..."),
        read="minicv/person_detector/patches.py, random_box"),
    Task("2.2b", "Boxes that are a little off", check_offset_box, hints=(
        "Draw how far and to which side, for x and for y; move both edges by it; see that the "
        "result is inside the image.",
        "dx = s n, with the sign s = -1 or 1, and n any of 1, ..., 0.2 w in whole pixels; dy "
        "likewise with the height. Then left + dx and right + dx, not below 0 and not above W.",
        "    width = right - left\n"
        "    dx = random.choice([-1, 1]) * random.randint(1, max(1, int(0.2 * width)))\n"
        "    dy = ...\n"
        "    left, right = max(left + dx, 0), min(right + dx, imsize[0])\n"
        "    ..."),
        read="minicv/person_detector/patches.py, offset_box"),
    Task("2.2c", "The sliding window", check_windows, hints=(
        "Two loops, over upper and left. In them: cut out, resize, describe, and note the corner "
        "beside the descriptor.",
        "left = 0, s, 2s, ... as long as left + w <= W, so it is in\n"
        "    range(0, W - w + 1, s)\n"
        "and upper likewise. The window there is (left, upper, left + w, upper + h).",
        "    w, h = window_size\n"
        "    for upper in range(0, img.size[1] - h + 1, step_size):\n"
        "        for left in range(...):\n"
        "            box = (left, upper, left + w, upper + h)\n"
        "            fds.append(get_hog(get_resized_patch(img, box, patch_size)))\n"
        "            anchors.append(...)\n"
        "    return np.stack(fds), np.array(anchors)"),
        read="minicv/person_detector/sliding_window.py, image_to_hog_patches"),
]
