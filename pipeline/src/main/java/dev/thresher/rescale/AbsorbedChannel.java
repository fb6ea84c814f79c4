package dev.thresher.rescale;

/**
 * A channel that had one value on every calibration image and was taken out of the weights.
 *
 * @param layer name of the layer that computed it
 * @param channel its index
 * @param value what it was, after the activation, in real values
 * @param range greatest magnitude of the weights that were set to zero
 */
public record AbsorbedChannel(String layer, int channel, double value, double range) {}
