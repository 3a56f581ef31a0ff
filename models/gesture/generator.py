"""Synthetic accelerometer gestures: 128 samples of x, y, z in m/s2 at 50 Hz.

A gesture is a path of the hand in the plane facing the person. Its acceleration, plus gravity, is
seen through the tilt of a hand-held device, whose sensor adds noise.

wing     up and down strokes in a W: the path x = t, y = a zigzag of four strokes
ring     one circle, in either direction, from any point of it
slope    one straight stroke, down or up at an angle, and back
unknown  stillness, walking, shaking along a line, or a smooth random motion
"""

import numpy as np

ROWS, RATE, GRAVITY = 128, 50, 9.81
CLASSES = ["wing", "ring", "slope", "unknown"]


def _polyline(corners, progress):
    """The point at `progress` (0-1) along straight strokes, each of which starts and ends at rest."""
    strokes = len(corners) - 1
    at = np.clip(progress, 0, 1) * strokes
    stroke = np.minimum(at.astype(int), strokes - 1)
    s = at - stroke
    s = s**3 * (10 + s * (6 * s - 15))  # minimum jerk
    return corners[stroke] + s[:, None] * (corners[stroke + 1] - corners[stroke])


def _path(kind, progress, rng):
    """Metres, f64[rows, 2]: right and up, against progress 0-1 through the gesture."""
    width, height = rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.4)
    if kind == "wing":
        corners = np.array([[0, 1], [0.25, 0], [0.5, 0.8], [0.75, 0], [1, 1]])
        corners += rng.normal(0, 0.06, corners.shape)
        return _polyline(corners * [width, height], progress)
    if kind == "ring":
        turn = np.clip(progress, 0, 1)
        turn = turn + 0.08 * np.sin(2 * np.pi * turn) * rng.uniform(-1, 1)
        angle = rng.uniform(0, 2 * np.pi) + rng.choice([-1, 1]) * 2 * np.pi * turn
        return np.stack([np.cos(angle) * width / 2, np.sin(angle) * height / 2], 1)
    angle = np.radians(rng.uniform(25, 65)) * rng.choice([-1, 1])
    end = rng.uniform(0.3, 0.6) * np.array([np.cos(angle), np.sin(angle)])
    return _polyline(np.array([[0, 0], end, rng.normal(0, 0.05, 2)]), progress)


def _unknown(time, rng):
    """Acceleration f64[rows, 3] of a hand that draws none of the three."""
    kind = rng.integers(4)
    still = np.zeros((len(time), 3))
    if kind == 0:
        return still
    if kind == 1:  # walking: two bounces a stride
        pace, phase = rng.uniform(1.5, 2.2), rng.uniform(0, 2 * np.pi, 3)
        amount = rng.uniform([0.3, 1, 0.3], [1.2, 4, 1.2])
        return amount * np.cos(2 * np.pi * pace * np.array([0.5, 1, 1]) * time[:, None] + phase)
    if kind == 2:  # shaking
        direction = rng.normal(size=3)
        swing = np.sin(2 * np.pi * rng.uniform(3, 6) * time + rng.uniform(0, 2 * np.pi))
        return rng.uniform(4, 15) * swing[:, None] * direction / np.linalg.norm(direction)
    waves = rng.normal(size=(5, 3)) * rng.uniform(0.5, 3)
    rates, phases = rng.uniform(0.2, 3, 5), rng.uniform(0, 2 * np.pi, (5, 3))
    return sum(w * np.sin(2 * np.pi * f * time[:, None] + p) for w, f, p in zip(waves, rates, phases))


def _rotation(rng, degrees):
    """A rotation about a random axis by a normal angle of this deviation."""
    axis = rng.normal(size=3)
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(rng.normal(0, degrees))
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def gesture(kind, rng):
    """One recording f32[128, 3] in m/s2; the device lies upright, y up, tilted by some degrees."""
    time = np.arange(ROWS) / RATE
    if kind == "unknown":
        motion = _unknown(time, rng)
    else:
        duration = {"wing": (1.4, 2.2), "ring": (0.9, 1.8), "slope": (0.9, 1.8)}[kind]
        length = rng.uniform(*duration)
        start = rng.uniform(0.05, ROWS / RATE - length - 0.05)
        fine = np.arange(-1, ROWS + 1) / RATE
        path = _path(kind, (fine - start) / length, rng)
        motion = np.zeros((ROWS, 3))
        motion[:, :2] = np.diff(path, 2, axis=0) * RATE**2
        tremor = np.diff(rng.normal(0, 0.3, (ROWS + 1, 3)), axis=0)
        motion += tremor
    motion = motion + [0, GRAVITY, 0]
    return (motion @ _rotation(rng, 10) + rng.normal(0, 0.08, motion.shape)).astype(np.float32)


def recordings(each, seed):
    """`each` recordings of every class: f32[4 * each, 128, 3] and the class indices."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(CLASSES)), each)
    return np.stack([gesture(CLASSES[c], rng) for c in labels]), labels
