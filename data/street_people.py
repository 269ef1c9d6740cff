"""People who walk: a skeleton that obeys a few angles, and clothes hung on it.

All lengths are shares of the person's height, which is about seven and a half heads.  A point of
the body is (lateral, up, forward); `Pose` turns it by the direction in which the person walks,

    right on screen = lateral cos(yaw) + forward sin(yaw)
    near to us      = forward cos(yaw) - lateral sin(yaw),

with yaw = 0 for somebody who comes towards us, and 90 degrees for one who walks to the right.
Legs are painted first, the other parts from the farthest to the nearest.

The walk has one phase.  The legs swing against each other like pendulums, and the arms against the
legs; the knee of the leg that moves forward is bent; whichever foot is lower stands on the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from street_canvas import Canvas

SKIN = [(244, 208, 177), (224, 172, 138), (198, 134, 98), (150, 96, 66), (104, 66, 48),
        (74, 48, 38)]
HAIR = [(28, 22, 20), (60, 40, 28), (104, 70, 40), (172, 130, 78), (120, 118, 116), (200, 196, 190)]
CLOTH = [(34, 36, 42), (44, 44, 48), (52, 62, 90), (76, 90, 122), (98, 102, 110), (152, 154, 158),
         (214, 212, 206), (222, 222, 224), (174, 156, 128), (88, 92, 70), (104, 48, 54),
         (160, 64, 58), (58, 100, 102), (176, 144, 84), (92, 70, 56), (140, 120, 148),
         (84, 114, 88)]
SHOES = [(26, 24, 24), (66, 46, 34), (120, 116, 110), (224, 222, 218)]


@dataclass(frozen=True)
class Walker:
    """One person: body, walk and clothes.

    `colours` are those of top, bottom, bag, hat, skin, hair and shoes.
    """

    yaw: float  # direction of the walk, in radians
    phase: float  # place in the walk, from 0 to 2 pi
    stride: float  # 0 stands, 1 walks fast
    build: float  # width of the body, as a multiple of the usual one
    head: float  # size of the head, likewise
    top: str  # "shirt", "jacket" or "coat"
    bottom: str  # "trousers", "shorts" or "skirt"
    hair: str  # "short", "long", "bun" or "none"
    hat: str  # "none", "cap" or "hat"
    bag: str  # "none", "shoulder", "hand" or "backpack"
    stripes: bool  # on the top
    colours: dict[str, tuple[float, ...]]


def random_walker(yaw: float, rng: np.random.Generator) -> Walker:
    """Somebody who walks in the direction `yaw`."""
    cloth = [tuple(rng.uniform(0.75, 1.05) * np.array(CLOTH[index]))
             for index in rng.integers(len(CLOTH), size=4)]
    return Walker(
        yaw=float(yaw), phase=rng.uniform(0, 2 * np.pi), stride=rng.uniform(0.35, 1.0),
        build=rng.uniform(0.88, 1.22), head=rng.uniform(0.94, 1.1),
        top=str(rng.choice(["shirt", "jacket", "jacket", "coat"])),
        bottom=str(rng.choice(["trousers", "trousers", "trousers", "shorts", "skirt"])),
        hair=str(rng.choice(["short", "short", "long", "bun", "none"], p=[.3, .2, .3, .12, .08])),
        hat=str(rng.choice(["none", "cap", "hat"], p=[.78, .12, .1])),
        bag=str(rng.choice(["none", "shoulder", "hand", "backpack"], p=[.46, .2, .17, .17])),
        stripes=bool(rng.random() < 0.15),
        colours={"top": cloth[0], "bottom": cloth[1], "bag": cloth[2], "hat": cloth[3],
                 "skin": SKIN[rng.integers(len(SKIN))], "hair": HAIR[rng.integers(len(HAIR))],
                 "shoes": SHOES[rng.integers(len(SHOES))]})


class Pose:
    """Where the joints of a walker are on screen, for feet at (column, row) and a height in pixels.
    """

    def __init__(self, walker: Walker, foot: tuple[float, float], height: float):
        self.height = height
        self._foot = foot
        self._cos, self._sin = np.cos(walker.yaw), np.sin(walker.yaw)
        self.joints = _joints(walker)  # (lateral, up, forward) by name, and side -1 or 1

    def at(self, point: tuple[float, float, float]) -> tuple[float, float]:
        """Column and row of a point of the body."""
        lateral, up, forward = point
        right = lateral * self._cos + forward * self._sin
        # We look down a little, so what is nearer is also lower.
        return (self._foot[0] + self.height * right,
                self._foot[1] - self.height * (up - 0.12 * self.near(point)))

    def near(self, point: tuple[float, float, float]) -> float:
        """How much nearer to us a point of the body is than the middle."""
        return point[2] * self._cos - point[0] * self._sin

    def half_width(self, lateral: float, forward: float) -> float:
        """Half the width on screen of a body part that is an ellipse seen from above, in pixels."""
        return self.height * float(np.hypot(lateral * self._cos, forward * self._sin))


def _joints(walker: Walker) -> dict[tuple[str, int] | str, tuple[float, float, float]]:
    joints: dict = {}
    for side in (-1, 1):
        phase = walker.phase + (np.pi if side > 0 else 0)
        thigh = 0.42 * walker.stride * np.sin(phase)
        bend = 0.08 + 0.75 * walker.stride * max(0.0, np.cos(phase)) ** 1.5  # of the swinging leg
        hip = np.array([side * 0.052 * walker.build, 0.525, 0.0])
        knee = hip + 0.245 * np.array([0, -np.cos(thigh), np.sin(thigh)])
        ankle = knee + 0.235 * np.array([0, -np.cos(thigh - bend), np.sin(thigh - bend)])
        toe = ankle + np.array([side * 0.012, -0.022, 0.085])
        swing = -0.55 * walker.stride * np.sin(phase) + 0.03  # against the leg of the same side
        shoulder = np.array([side * 0.093 * walker.build, 0.782, 0.005])
        elbow = shoulder + 0.165 * np.array([side * 0.2, -np.cos(swing), np.sin(swing)])
        lower = swing + 0.25 + 0.35 * walker.stride * max(0.0, np.sin(swing) * 2)
        wrist = elbow + 0.15 * np.array([side * 0.08, -np.cos(lower), np.sin(lower)])
        names = ("hip", "knee", "ankle", "toe", "shoulder", "elbow", "wrist")
        joints |= {(name, side): point for name, point in
                   zip(names, (hip, knee, ankle, toe, shoulder, elbow, wrist))}
    joints |= {"neck": np.array([0, 0.808, 0.0]), "head": np.array([0, 0.922, 0.018]),
               "pelvis": np.array([0, 0.53, 0]), "chest": np.array([0, 0.7, 0.01])}
    drop = min(joints["ankle", side][1] for side in (-1, 1)) - 0.032
    return {name: tuple(point - np.array([0, drop, 0])) for name, point in joints.items()}


def draw_walker(canvas: Canvas, walker: Walker, foot: tuple[float, float], height: float) -> None:
    """Paint a person who is `height` pixels tall and stands at `foot` = (column, row)."""
    pose = Pose(walker, foot, height)
    legs = sorted((-1, 1), key=lambda side: pose.near(pose.joints["hip", side]))
    for side in legs:  # below all the rest, since skirts and coats hang over them
        _draw_leg(canvas, walker, pose, side)
    parts = [(pose.near(pose.joints["elbow", side]), _draw_arm, side) for side in (-1, 1)]
    parts += [(0.0, _draw_torso, 0)]
    if walker.bag == "backpack":
        parts += [(-0.11 * np.cos(walker.yaw), _draw_backpack, 0)]
    for _, draw, side in sorted(parts, key=lambda part: part[0]):
        draw(canvas, walker, pose, side)
    if walker.bag in ("shoulder", "hand"):
        _draw_bag(canvas, walker, pose)


def _limb(canvas: Canvas, pose: Pose, start, end, radii: tuple[float, float], colour) -> None:
    canvas.capsule(pose.at(start), pose.at(end), radii[0] * pose.height, radii[1] * pose.height,
                   colour, shade=0.28)


def _draw_leg(canvas: Canvas, walker: Walker, pose: Pose, side: int) -> None:
    hip, knee, ankle, toe = (pose.joints[name, side] for name in ("hip", "knee", "ankle", "toe"))
    far = 0.82 if pose.near(hip) < 0 else 1.0  # the far leg is in the shade of the near one
    cloth, skin = (far * np.array(walker.colours[name]) for name in ("bottom", "skin"))
    wide = walker.build
    heel = (ankle[0], ankle[1] - 0.012, ankle[2] - 0.015)
    _limb(canvas, pose, heel, toe, (0.021, 0.015), walker.colours["shoes"])
    is_long = walker.bottom == "trousers"
    lower = (0.040 * wide, 0.030 * wide) if is_long else (0.034 * wide, 0.021)
    _limb(canvas, pose, knee, ankle, lower, cloth if is_long else skin)
    upper = (0.058 * wide, 0.043 * wide)
    _limb(canvas, pose, hip, knee, upper, skin if walker.bottom == "skirt" else cloth)


def _draw_arm(canvas: Canvas, walker: Walker, pose: Pose, side: int) -> None:
    shoulder, elbow, wrist = (pose.joints[name, side] for name in ("shoulder", "elbow", "wrist"))
    far = 0.85 if pose.near(shoulder) < 0 else 0.96
    sleeve, skin = (far * np.array(walker.colours[name]) for name in ("top", "skin"))
    thick = walker.build * (1.0 if walker.top == "shirt" else 1.15)
    hand = tuple(np.array(wrist) + 0.17 * (np.array(wrist) - np.array(elbow)))
    _limb(canvas, pose, wrist, hand, (0.019, 0.016), skin)
    is_long = walker.top != "shirt"
    _limb(canvas, pose, elbow, wrist, (0.027 * thick, 0.021 * thick), sleeve if is_long else skin)
    _limb(canvas, pose, shoulder, elbow, (0.033 * thick, 0.028 * thick), sleeve)


def _draw_torso(canvas: Canvas, walker: Walker, pose: Pose, _: int) -> None:
    """Hips, skirt or coat, upper body, and the head on top."""
    wide, size = walker.build, pose.height
    if walker.bottom == "skirt":
        _hang(canvas, walker, pose, "bottom", waist=0.075, hem=0.3)
    else:
        x, y = pose.at(pose.joints["pelvis"])
        half = pose.half_width(0.088 * wide, 0.07 * wide)
        canvas.polygon([(x - half, y - 0.05 * size), (x + half, y - 0.05 * size),
                        (x + 0.8 * half, y + 0.03 * size), (x - 0.8 * half, y + 0.03 * size)],
                       walker.colours["bottom"], rounding=0.012 * size, shade=0.2)
    if walker.top == "coat":
        _hang(canvas, walker, pose, "top", waist=0.09, hem=0.27)
    _draw_upper_body(canvas, walker, pose)
    _draw_head(canvas, walker, pose)


def _draw_upper_body(canvas: Canvas, walker: Walker, pose: Pose) -> None:
    wide, size = walker.build * (1.0 if walker.top == "shirt" else 1.08), pose.height
    x, neck_y = pose.at(pose.joints["neck"])
    hip_y = pose.at(pose.joints["pelvis"])[1]
    top, middle, bottom = neck_y, hip_y - 0.13 * size, hip_y - 0.005 * size
    shoulder = pose.half_width(0.1 * wide, 0.06 * wide)
    waist = pose.half_width(0.085 * wide, 0.064 * wide)
    hip = pose.half_width(0.09 * wide, 0.07 * wide)
    period = max(0.03 * size, 2.5)
    pattern = ((lambda px, py: 1 - 0.35 * (np.floor((py - top) / period) % 2 + 0 * px))
               if walker.stripes else None)
    outline = [(-0.3 * shoulder, top - 0.012 * size), (0.3 * shoulder, top - 0.012 * size),
               (0.85 * shoulder, top + 0.018 * size), (shoulder, top + 0.06 * size),
               (waist, middle), (hip, bottom), (-hip, bottom), (-waist, middle),
               (-shoulder, top + 0.06 * size), (-0.85 * shoulder, top + 0.018 * size)]
    canvas.polygon([(x + dx, y) for dx, y in outline], walker.colours["top"],
                   rounding=0.014 * size, shade=0.28, pattern=pattern)
    if walker.top != "shirt" and np.cos(walker.yaw) > 0.5:  # an open jacket shows what is below
        lapel = 0.3 * shoulder
        canvas.polygon([(x - lapel, top), (x + lapel, top), (x + 0.2 * lapel, middle),
                        (x - 0.2 * lapel, middle)], walker.colours["hat"], shade=0.2)


def _hang(canvas: Canvas, walker: Walker, pose: Pose, cloth: str, waist: float,
          hem: float) -> None:
    """A skirt or the lower half of a coat, from the waist to the hem, as wide as the knees are."""
    size = pose.height
    x, hip_y = pose.at(pose.joints["pelvis"])
    knees = [pose.at(pose.joints["knee", side])[0] for side in (-1, 1)]
    half = pose.half_width(waist * walker.build, 0.8 * waist * walker.build)
    left = min(min(knees) - 0.05 * size, x - half)
    right = max(max(knees) + 0.05 * size, x + half)
    low = hip_y + (hem - 0.07) * size
    canvas.polygon([(x - half, hip_y - 0.09 * size), (x + half, hip_y - 0.09 * size),
                    (right, low), (left, low)], walker.colours[cloth], rounding=0.01 * size,
                   shade=0.25)


def _draw_head(canvas: Canvas, walker: Walker, pose: Pose) -> None:
    size, head = pose.height, walker.head
    x, y = pose.at(pose.joints["head"])
    towards, ahead = np.cos(walker.yaw), np.sin(walker.yaw)
    rx, ry = 0.05 * head * size, 0.066 * head * size
    colours = walker.colours
    hair = colours["hair"] if walker.hair != "none" else colours["skin"]
    if walker.hair == "long" and towards > -0.3:  # behind the neck
        canvas.ellipse((x - 0.35 * rx * ahead, y + 0.45 * ry), (1.12 * rx, 1.35 * ry), hair,
                       shade=0.2)
    _limb(canvas, pose, pose.joints["neck"], pose.joints["head"], (0.036, 0.03), colours["skin"])
    # Hair all over, then the face, which slides to the front of the head and vanishes from behind.
    canvas.ellipse((x - 0.08 * rx * ahead, y - 0.1 * ry), (1.06 * rx, 1.02 * ry), hair, shade=0.25)
    if towards > -0.55:
        face = 0.86 * rx * min(1.0, 0.62 + 0.4 * max(towards, 0.0))
        canvas.ellipse((x + 0.3 * rx * ahead, y + 0.13 * ry), (face, 0.86 * ry), colours["skin"],
                       shade=0.25)
    if walker.hair == "long" and towards <= -0.3:  # over the neck
        canvas.ellipse((x, y + 0.4 * ry), (1.1 * rx, 1.45 * ry), hair, shade=0.25)
    if walker.hair == "bun":
        canvas.ellipse((x - 0.8 * rx * ahead, y - 0.85 * ry), (0.5 * rx, 0.42 * ry), hair,
                       shade=0.2)
    _draw_hat(canvas, walker, (x, y), (rx, ry), ahead)


def _draw_hat(canvas: Canvas, walker: Walker, centre, radii, ahead: float) -> None:
    (x, y), (rx, ry) = centre, radii
    if walker.hat == "none":
        return
    crown = [(x - 1.05 * rx, y - 0.35 * ry), (x - 0.9 * rx, y - 0.9 * ry),
             (x + 0.9 * rx, y - 0.9 * ry), (x + 1.05 * rx, y - 0.35 * ry)]
    canvas.polygon(crown, walker.colours["hat"], rounding=0.2 * rx, shade=0.25)
    if walker.hat == "hat":
        canvas.ellipse((x, y - 0.38 * ry), (1.75 * rx, 0.2 * ry), walker.colours["hat"], shade=0.2)
    else:
        canvas.ellipse((x + 0.95 * rx * ahead, y - 0.34 * ry), (0.85 * rx, 0.14 * ry),
                       walker.colours["hat"], shade=0.2)


def _draw_backpack(canvas: Canvas, walker: Walker, pose: Pose, _: int) -> None:
    size = pose.height
    _, chest_up, _ = pose.joints["chest"]
    x, y = pose.at((0, chest_up, -0.085))
    half = pose.half_width(0.075, 0.05)
    canvas.polygon([(x - half, y - 0.09 * size), (x + half, y - 0.09 * size),
                    (x + half, y + 0.1 * size), (x - half, y + 0.1 * size)],
                   walker.colours["bag"], rounding=0.018 * size, shade=0.25)


def _draw_bag(canvas: Canvas, walker: Walker, pose: Pose) -> None:
    """A bag at the side that is nearer to us: on a strap at the hip, or in the hand."""
    size, colour = pose.height, walker.colours["bag"]
    side = 1 if pose.near(pose.joints["shoulder", 1]) >= 0 else -1
    if walker.bag == "hand":
        x, y = pose.at(pose.joints["wrist", side])
        y += 0.075 * size
    else:
        hip = pose.joints["hip", side]
        x, y = pose.at((1.9 * hip[0], hip[1], -0.01))
        strap = pose.at((-0.6 * pose.joints["shoulder", side][0],
                         pose.joints["shoulder", side][1] + 0.015, 0.0))
        canvas.capsule(strap, (x, y), 0.007 * size, 0.007 * size, 0.7 * np.array(colour))
    half = pose.half_width(0.035, 0.065)
    canvas.polygon([(x - half, y - 0.035 * size), (x + half, y - 0.035 * size),
                    (x + 1.1 * half, y + 0.05 * size), (x - 1.1 * half, y + 0.05 * size)],
                   colour, rounding=0.01 * size, shade=0.25)
