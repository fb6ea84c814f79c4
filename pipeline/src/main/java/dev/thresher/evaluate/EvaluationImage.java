package dev.thresher.evaluate;

import java.util.OptionalInt;

/**
 * One image to evaluate on. The array is handed over, not copied.
 *
 * @param id of the image
 * @param className folder or label text, empty where unknown
 * @param values normalised, [H, W, C]
 * @param label index of its class, where known
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluationImage(String id, String className, float[] values, OptionalInt label) {}
