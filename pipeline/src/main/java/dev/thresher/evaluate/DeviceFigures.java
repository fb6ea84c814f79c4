package dev.thresher.evaluate;

import java.util.OptionalDouble;

/**
 * What a device with TFLite's fixed-point kernels computes, beside the arithmetic of the evaluation
 * (float32 multipliers, as XNNPACK's kernels have them), on the same images. Percent; empty where
 * there are no images or labels.
 *
 * @param images compared: the first {@code evaluate.device-images} of the evaluation set
 * @param top1 of the device
 * @param quantizedTop1 of the evaluation's arithmetic on these images
 * @param agreement images with the float network's first class
 * @param sameClass images with the first class of the evaluation's arithmetic
 * @param equalLogits logits equal to those of the evaluation's arithmetic
 * @param mostSteps greatest difference from them, in steps of the logits' grid
 */
public record DeviceFigures(
    long images,
    OptionalDouble top1,
    OptionalDouble quantizedTop1,
    OptionalDouble agreement,
    OptionalDouble sameClass,
    OptionalDouble equalLogits,
    OptionalDouble mostSteps) {}
