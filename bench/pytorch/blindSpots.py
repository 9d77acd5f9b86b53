"""Blind spots of Noise2Void and PN2V in numpy, and the grid of Noise2Self in PyTorch."""

import math

import numpy as np
import torch
import torch.nn.functional as F


def box_of(percent):
    return round(math.sqrt(100 / percent))


def blind_spots(random, count, side, box):
    """Sample, row and column of one random pixel per box; those outside are dropped."""
    boxes = math.ceil(side / box)
    sample, row, column = np.indices((count, boxes, boxes))
    y = row * box + random.integers(box, size=row.shape)
    x = column * box + random.integers(box, size=row.shape)
    inside = (y < side) & (x < side)
    return sample[inside], y[inside], x[inside]


def masked(random, images, spots, manipulator, radius):
    """The images [N,H,W] with another value at each blind spot, from the window around it, which ends at the border of the image."""
    sample, y, x = spots
    others = manipulator != "uniform_withCP"
    if manipulator == "median":
        around = np.pad(images, ((0, 0), (radius, radius), (radius, radius)), constant_values=np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(around, (2 * radius + 1, 2 * radius + 1), (1, 2))
        windows = windows[spots].copy()
        windows[:, radius, radius] = np.nan
        values = np.nanmedian(windows, (1, 2))
    else:
        last = images.shape[-1] - 1
        top, left = np.maximum(y - radius, 0), np.maximum(x - radius, 0)
        width = np.minimum(x + radius, last) - left + 1
        pixels = (np.minimum(y + radius, last) - top + 1) * width
        choice = random.integers(pixels - others)
        if others:
            choice += choice >= (y - top) * width + x - left
        values = images[sample, top + choice // width, left + choice % width]
    result = images.copy()
    result[spots] = values
    return result


def grid_mask(random, shape, stride):
    """For each image one pixel of every square of `stride` pixels a side, at the same place of each."""
    count, _, height, width = shape
    row, column = random.integers(stride, size=(2, count, 1, 1, 1))
    inside = (np.arange(height)[:, None] % stride == row) & (np.arange(width) % stride == column)
    return torch.from_numpy(inside)


def without(images, mask):
    """The mean of the eight pixels around in place of those of the mask, the four beside with twice the weight of those at the corners."""
    ring = torch.tensor([[0.5, 1, 0.5], [1, 0, 1], [0.5, 1, 0.5]])[None, None] / 6
    return torch.where(mask, F.conv2d(F.pad(images, (1, 1, 1, 1), mode="reflect"), ring), images)
