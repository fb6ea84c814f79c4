package dev.thresher.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How two quantized networks do on the images of one class.
 *
 * @param label index of the network's output
 * @param name of the class as the images' folders or list have it, empty where unknown
 * @param untrained hits of the float network and of the network before training
 * @param quantized hits of the float network and of the trained network
 */
public record ClassRow(int label, String name, PairedCounts untrained, PairedCounts quantized) {
  /**
   * One row for every class that has a labelled image, in the order of classes.
   *
   * @param untrained name of the candidate before training
   * @param quantized name of the trained candidate
   */
  public static List<ClassRow> of(Evaluation evaluation, String untrained, String quantized) {
    int before = evaluation.index(untrained);
    int after = evaluation.index(quantized);
    Map<Integer, ClassRow> rows = new TreeMap<>();
    for (ImageFigures image : evaluation.images()) {
      if (image.label() >= 0) {
        rows.merge(
            image.label(),
            new ClassRow(image.label(), image.className(), one(image, before), one(image, after)),
            ClassRow::plus);
      }
    }
    return new ArrayList<>(rows.values());
  }

  private static PairedCounts one(ImageFigures image, int candidate) {
    boolean first = image.floats().hits(1);
    boolean second = image.candidates().get(candidate).hits(1);
    return new PairedCounts(
        first && second ? 1 : 0,
        first && !second ? 1 : 0,
        !first && second ? 1 : 0,
        !first && !second ? 1 : 0);
  }

  private ClassRow plus(ClassRow that) {
    return new ClassRow(
        label,
        name.isEmpty() ? that.name : name,
        untrained.plus(that.untrained),
        quantized.plus(that.quantized));
  }
}
