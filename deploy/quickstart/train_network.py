"""Trains the network that the quick start quantizes and writes it as ONNX.

A MobileNet-v2 in small (64 x 64 pixels, 24 classes, batch normalization kept) on the figures that
`dev.thresher.sample.SyntheticImages` draws. Needs torch, onnx, onnxscript, numpy and pillow.

    python train_network.py TRAIN_FOLDER TEST_FOLDER OUTPUT.onnx
"""

import pathlib
import sys

import numpy
import torch
from PIL import Image
from torch import nn

SIDE = 64
MEAN = numpy.array([0.485, 0.456, 0.406], numpy.float32)
STD = numpy.array([0.229, 0.224, 0.225], numpy.float32)
# expanded channels, output channels, stride
BLOCKS = [(16, 16, 1), (64, 24, 2), (96, 24, 1), (96, 32, 2), (128, 32, 1), (128, 48, 2)]


def conv(inputs, outputs, kernel=1, stride=1, groups=1, activate=True):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([nn.ReLU6()] if activate else []))


class Block(nn.Module):
    def __init__(self, inputs, expanded, outputs, stride):
        super().__init__()
        self.residual = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            *([conv(inputs, expanded)] if expanded != inputs else []),
            conv(expanded, expanded, 3, stride, expanded),
            conv(expanded, outputs, activate=False),
        )

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


class Network(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.stem = conv(3, 16, 3, 2)
        blocks, channels = [], 16
        for expanded, outputs, stride in BLOCKS:
            blocks.append(Block(channels, expanded, outputs, stride))
            channels = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = conv(channels, 128)
        self.classifier = nn.Linear(128, classes)

    def forward(self, x):
        return self.classifier(self.head(self.blocks(self.stem(x))).mean([2, 3]))


def load(folder):
    """Images [N, 3, SIDE, SIDE], normalised, and labels; classes in the order of their names."""
    images, labels = [], []
    for label, group in enumerate(sorted(p for p in pathlib.Path(folder).iterdir() if p.is_dir())):
        for file in sorted(group.iterdir()):
            image = Image.open(file).convert("RGB")
            short = min(image.size)
            size = [int(SIDE * s / short) for s in image.size]
            image = image.resize(size, Image.BILINEAR)
            left, top = round((size[0] - SIDE) / 2), round((size[1] - SIDE) / 2)
            image = image.crop((left, top, left + SIDE, top + SIDE))
            pixels = (numpy.asarray(image, numpy.float32) / 255 - MEAN) / STD
            images.append(pixels.transpose(2, 0, 1))
            labels.append(label)
    return torch.tensor(numpy.stack(images)), torch.tensor(labels)


def accuracy(network, images, labels):
    network.eval()
    with torch.no_grad():
        hits = [network(x).argmax(1) == y for x, y in zip(images.split(64), labels.split(64))]
    return 100 * torch.cat(hits).float().mean().item()


def main(train, test, output):
    torch.manual_seed(7)
    images, labels = load(train)
    test_images, test_labels = load(test)
    network = Network(int(labels.max()) + 1)
    epochs, batch = 30, 32
    optimizer = torch.optim.AdamW(network.parameters(), 4e-3, weight_decay=0.02)
    steps = epochs * (len(images) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for chosen in torch.randperm(len(images)).split(batch)[: len(images) // batch]:
            loss = nn.functional.cross_entropy(network(images[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total * batch / len(images):.4f}, "
              f"test {accuracy(network, test_images, test_labels):.1f} %")
    network.eval()
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, SIDE, SIDE),),
        output,
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        dynamo=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
