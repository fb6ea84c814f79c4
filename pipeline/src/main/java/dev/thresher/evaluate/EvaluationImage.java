package dev.thresher.evaluate;

import java.util.OptionalInt;

/**
 * One image to evaluate on. The array is handed over, not copied.
 *
 * @param values normalised, [H, W, C]
 * @param label index of its class, where known
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluationImage(float[] values, OptionalInt label) {}
