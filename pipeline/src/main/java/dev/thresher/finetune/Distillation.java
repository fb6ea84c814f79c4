package dev.thresher.finetune;

/**
 * How the quantized logits z_A are compared with the float network's z_T, d = z_A - z_T (method,
 * section 6).
 */
public enum Distillation {
  /**
   * {@code L = sqrt(sum d^2 / N)}, N = images * classes of the batch: the paper's equation 6.25,
   * with one square root over the whole batch.
   */
  ROOT_MEAN_SQUARE {
    @Override
    double loss(float[] student, float[] teacher, int images) {
      double sum = 0;
      for (int i = 0; i < student.length; i++) {
        double d = (double) student[i] - teacher[i];
        sum += d * d;
      }
      return Math.sqrt(sum / student.length);
    }

    @Override
    void gradient(float[] student, float[] teacher, int images, float[] gradient) {
      double loss = loss(student, teacher, images);
      double factor = loss == 0 ? 0 : 1 / (loss * student.length);
      for (int i = 0; i < student.length; i++) {
        gradient[i] = (float) (((double) student[i] - teacher[i]) * factor);
      }
    }
  },

  /** {@code L = sum sqrt(d^2 + 1e-5) / images}: the authors' released code. */
  SMOOTH_L1 {
    @Override
    double loss(float[] student, float[] teacher, int images) {
      double sum = 0;
      for (int i = 0; i < student.length; i++) {
        double d = (double) student[i] - teacher[i];
        sum += Math.sqrt(d * d + SMOOTHING);
      }
      return sum / images;
    }

    @Override
    void gradient(float[] student, float[] teacher, int images, float[] gradient) {
      for (int i = 0; i < student.length; i++) {
        double d = (double) student[i] - teacher[i];
        gradient[i] = (float) (d / (Math.sqrt(d * d + SMOOTHING) * images));
      }
    }
  };

  /** Rounds the corner of |d|; the authors' released code. */
  private static final double SMOOTHING = 1e-5;

  /**
   * The loss of a batch, summed in double in the order of the arrays.
   *
   * @param student quantized logits, [images, classes]
   * @param teacher float logits, [images, classes]
   */
  abstract double loss(float[] student, float[] teacher, int images);

  /** Writes dL / d student, [images, classes]; zero where student and teacher are equal. */
  abstract void gradient(float[] student, float[] teacher, int images, float[] gradient);
}
