package dev.thresher.export;

import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;

/**
 * An activation tensor and its grid.
 *
 * @param name of the input or of the node that writes it
 * @param shape extents for one image
 * @param quantizer its grid, unsigned
 */
public record QuantizedTensor(String name, FeatureShape shape, Quantizer quantizer) {}
