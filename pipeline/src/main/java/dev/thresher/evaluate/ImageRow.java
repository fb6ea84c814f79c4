package dev.thresher.evaluate;

/**
 * One evaluated image, and where its pixels are.
 *
 * @param place in the run's store
 * @param image figures of all networks
 * @param untrained guess of the network before training
 * @param quantized guess of the trained network
 * @param logitRmse of the trained network's logits, in units of logits
 */
public record ImageRow(
    Place place, ImageFigures image, Guess untrained, Guess quantized, double logitRmse) {
  /**
   * A row of a part of prepared images.
   *
   * @param set {@code validation} or {@code sample}
   * @param part number of the part
   * @param row in the part, from 0
   * @param key of the part in the run
   */
  public record Place(String set, int part, int row, String key) {}

  /**
   * What became of the float network's guess: {@code same} first class; {@code lost} where it was
   * right and is wrong now; {@code gained} the other way; {@code changed} where another class comes
   * first and neither is known to be right.
   */
  public String outcome() {
    if (image.floats().first() == quantized.first()) {
      return "same";
    }
    return image.floats().hits(1) ? "lost" : quantized.hits(1) ? "gained" : "changed";
  }
}
