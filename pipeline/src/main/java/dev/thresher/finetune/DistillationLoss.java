package dev.thresher.finetune;

import java.util.Objects;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The distillation loss as DL4J's loss layer calls it; what DL4J names labels are the float
 * network's logits, never an image's class.
 *
 * <p>The loss is one number for the whole batch. DL4J divides a score by the number of images, so
 * {@code computeScore} without averaging returns images times the loss; gradients are returned as
 * they are, and the network is configured not to divide them ({@code miniBatch(false)}): what
 * reaches Adam is exactly dL / d alpha. NaN and infinity pass through into score and gradient.
 * Arithmetic is in double, in row-major order. Source: method, section 6.
 */
public final class DistillationLoss implements ILossFunction {
  private static final long serialVersionUID = 1L;

  @JsonProperty private final Distillation distillation;

  /** The loss of a kind. */
  @JsonCreator
  public DistillationLoss(@JsonProperty("distillation") Distillation distillation) {
    this.distillation = Objects.requireNonNull(distillation, "distillation");
  }

  @Override
  public double computeScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    refuseMask(mask);
    int images = (int) labels.size(0);
    double loss = distillation.loss(NdFloats.of(preOutput), NdFloats.of(labels), images);
    return average ? loss : loss * images;
  }

  @Override
  public INDArray computeScoreArray(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    double[] scores = new double[(int) labels.size(0)];
    for (int i = 0; i < scores.length; i++) {
      scores[i] =
          computeScore(labels.getRow(i, true), preOutput.getRow(i, true), activation, mask, true);
    }
    return Nd4j.createFromArray(scores).reshape(scores.length, 1);
  }

  @Override
  public INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    refuseMask(mask);
    float[] gradient = new float[(int) preOutput.length()];
    distillation.gradient(
        NdFloats.of(preOutput), NdFloats.of(labels), (int) labels.size(0), gradient);
    return Nd4j.create(gradient, preOutput.shape(), 'c');
  }

  @Override
  public Pair<Double, INDArray> computeGradientAndScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    return new Pair<>(
        computeScore(labels, preOutput, activation, mask, average),
        computeGradient(labels, preOutput, activation, mask));
  }

  private static void refuseMask(INDArray mask) {
    if (mask != null) {
      throw new FineTuneException(
          "Cannot distil with a mask of "
              + mask.length()
              + " values: every logit of every image counts. Pass no mask.");
    }
  }

  @Override
  public String name() {
    return "distillation " + distillation;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DistillationLoss loss && distillation == loss.distillation;
  }

  @Override
  public int hashCode() {
    return distillation.name().hashCode();
  }

  @Override
  public String toString() {
    return "DistillationLoss[" + distillation + "]";
  }
}
