package dev.thresher.engine;

/**
 * The arithmetic around the weights of one node.
 *
 * @param weightScales real value of a weight step, per filter (equal in per-tensor mode)
 * @param bias per filter, in steps of input scale times weight scale
 * @param multipliers accumulator steps to output steps, per filter
 */
@SuppressWarnings("ArrayRecordComponent") // Read by engines; never compared.
public record LayerSteps(float[] weightScales, int[] bias, float[] multipliers) {}
