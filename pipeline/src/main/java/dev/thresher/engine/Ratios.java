package dev.thresher.engine;

import dev.thresher.network.Combine;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.util.List;

/**
 * What the integers of each input are multiplied by to be steps of the output, for operators
 * without weights. Computed in double and rounded to float once.
 */
public final class Ratios {
  private Ratios() {}

  /** Of how many ratios an operator without weights is made. */
  public static int count(Operator operator) {
    return operator.keepsGrid() ? 0 : operator.arity();
  }

  /**
   * The ratios of a node; none with weights, or where a grid is kept.
   *
   * @param in grids of the inputs
   * @param out grid of the output
   * @param shape extents of the first input
   */
  public static List<Float> of(
      Operator operator, List<Quantizer> in, Quantizer out, FeatureShape shape) {
    return operator.accept(
        new Operator.FoldedVisitor<>() {
          @Override
          public List<Float> linear(Linear linear) {
            return List.of();
          }

          @Override
          public List<Float> pointwise(Pointwise pointwise) {
            return List.of(ratio(in.get(0), out, 1));
          }

          @Override
          public List<Float> combine(Combine combine) {
            return in.stream().map(each -> ratio(each, out, 1)).toList();
          }

          @Override
          public List<Float> reduce(Reduce reduce) {
            return List.of(ratio(in.get(0), out, reduce.positions(shape)));
          }

          @Override
          public List<Float> layout(Layout layout) {
            return List.of();
          }
        });
  }

  private static float ratio(Quantizer in, Quantizer out, int positions) {
    return (float) (in.scale() / ((double) out.scale() * positions));
  }
}
