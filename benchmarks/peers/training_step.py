#!/usr/bin/env python3
"""One training step of threshold scales in PyTorch, as a careful user would write it, for comparison.

MobileNet-v2 with frozen random weights and folded batch normalization. Weights and activations go
through PyTorch's own fused, learnable fake quantization in 8 bits; a scale for each filter and each
activation tensor is trained with Adam, so that the logits follow those of the float network, which
are computed once. Random pictures: what they show does not change what they cost.

Prints one JSON object: images per second by the median step, and the peak of resident memory.
Needs requirements.txt beside it.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from torch.nn.functional import conv2d, relu6

# Channels, repetitions, stride and expansion of MobileNet-v2's stages (Sandler et al. 2018, table 2).
STAGES = [(16, 1, 1, 1), (24, 2, 2, 6), (32, 3, 2, 6), (64, 4, 2, 6), (96, 3, 1, 6), (160, 3, 2, 6), (320, 1, 1, 6)]
CALIBRATED = 4.0
SIGNED = (-127, 127)
UNSIGNED = (0, 255)


class Quantizer(torch.nn.Module):
    """Fake quantization of an activation with one trained scale."""

    def __init__(self, limits):
        super().__init__()
        self.limits = limits
        self.alpha = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("zero_point", torch.zeros(1))

    def forward(self, values):
        low, high = self.limits
        scale = self.alpha * (CALIBRATED / high)
        return torch._fake_quantize_learnable_per_tensor_affine(values, scale, self.zero_point, low, high, 1.0)


class Layer(torch.nn.Module):
    """A convolution, quantized or not, with a scale for each filter."""

    def __init__(self, channels, filters, kernel=1, stride=1, groups=1, clamped=True, quantized=True):
        super().__init__()
        shape = (filters, channels // groups, kernel, kernel)
        self.register_buffer("weight", torch.randn(shape) * (2 / (shape[1] * kernel**2)) ** 0.5)
        self.register_buffer("bias", torch.zeros(filters))
        self.register_buffer("threshold", self.weight.abs().amax((1, 2, 3)))
        self.register_buffer("zero_points", torch.zeros(filters))
        self.geometry = {"stride": stride, "padding": kernel // 2, "groups": groups}
        self.clamped = clamped
        self.quantizer = Quantizer(UNSIGNED if clamped else SIGNED) if quantized else None
        self.alpha = torch.nn.Parameter(torch.ones(filters), requires_grad=quantized)

    def forward(self, values):
        weight = self.weight
        if self.quantizer:
            scale = self.alpha * self.threshold / SIGNED[1]
            weight = torch._fake_quantize_learnable_per_channel_affine(
                weight, scale, self.zero_points, 0, *SIGNED, 1.0
            )
        sums = conv2d(values, weight, self.bias, **self.geometry)
        if self.clamped:
            sums = relu6(sums)
        return self.quantizer(sums) if self.quantizer else sums


class Residual(torch.nn.Module):
    """Layers, and the sum of what goes in and what comes out."""

    def __init__(self, layers, quantized):
        super().__init__()
        self.layers = layers
        self.quantizer = Quantizer(SIGNED) if quantized else torch.nn.Identity()

    def forward(self, values):
        return self.quantizer(values + self.layers(values))


def mobilenet_v2(quantized):
    layers = [Layer(3, 32, kernel=3, stride=2, quantized=quantized)]
    channels = 32
    for filters, repetitions, stride, expansion in STAGES:
        for repetition in range(repetitions):
            inner = channels * expansion
            step = stride if repetition == 0 else 1
            block = [Layer(channels, inner, quantized=quantized)] if expansion > 1 else []
            block.append(Layer(inner, inner, kernel=3, stride=step, groups=inner, quantized=quantized))
            block.append(Layer(inner, filters, clamped=False, quantized=quantized))
            whole = torch.nn.Sequential(*block)
            layers.append(Residual(whole, quantized) if step == 1 and channels == filters else whole)
            channels = filters
    layers.append(Layer(channels, 1280, quantized=quantized))
    layers.append(torch.nn.AdaptiveAvgPool2d(1))
    layers.append(Layer(1280, 1000, clamped=False, quantized=quantized))
    layers.append(torch.nn.Flatten())
    return torch.nn.Sequential(*layers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=9, help="timed, after two to warm up")
    parser.add_argument("--layout", choices=["channels-last", "channels-first"], default="channels-last")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    layout = torch.channels_last if arguments.layout == "channels-last" else torch.contiguous_format
    images = torch.randn(arguments.batch, 3, 224, 224).contiguous(memory_format=layout)
    torch.manual_seed(0)
    with torch.no_grad():
        teacher = mobilenet_v2(quantized=False).to(memory_format=layout)(images)
    torch.manual_seed(0)
    network = mobilenet_v2(quantized=True).to(memory_format=layout)
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-3)
    seconds = []
    for _ in range(arguments.steps + 2):
        begin = time.perf_counter()
        optimizer.zero_grad()
        loss = (network(images) - teacher).square().mean().sqrt()
        loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - begin)
    figures = {
        "torch": torch.__version__,
        **vars(arguments),
        "images_per_second": round(arguments.batch / statistics.median(seconds[2:]), 2),
        "peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
