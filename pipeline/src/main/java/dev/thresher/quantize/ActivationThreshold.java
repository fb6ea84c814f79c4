package dev.thresher.quantize;

/**
 * The adjustable thresholds of one activation tensor: calibrated range and trained scales in, grid
 * and scale gradients out (method, sections 4 and 5). Stored integers are unsigned, in [0, 2^n -
 * 1].
 */
public sealed interface ActivationThreshold {
  /** Least width of a range: keeps the grid of a constant zero tensor finite. */
  double LEAST_THRESHOLD = 1e-6;

  /** The threshold kind that a scheme gives to a tensor. */
  static ActivationThreshold of(QuantizationSpec spec, Range range, Sign sign) {
    if (spec.scheme() == Scheme.ASYMMETRIC) {
      return new Asymmetric(spec, sign == Sign.NON_NEGATIVE ? new Range(0, range.max()) : range);
    }
    double greatest = sign == Sign.NON_NEGATIVE ? range.max() : range.magnitude();
    return new Symmetric(spec, Math.max(greatest, LEAST_THRESHOLD), sign);
  }

  /** Whether a tensor can hold negative values, known from the graph and not from its images. */
  enum Sign {
    /** May be negative. */
    SIGNED,
    /** Follows a clamp at zero or a mean of such. */
    NON_NEGATIVE
  }

  /** Trained scales of this tensor: 1, or 2 (shift, width) when asymmetric. */
  int scales();

  /** Writes the untrained scales at {@code offset}. */
  void initialScales(float[] alphas, int offset);

  /** Moves the scales at {@code offset} to the nearest within the limits. */
  void clamp(float[] alphas, int offset);

  /** The grid for the scales at {@code offset}. */
  Quantizer quantizer(float[] alphas, int offset);

  /**
   * Writes the loss gradient of the scales at {@code offset}: zero for a scale outside its limits.
   */
  void gradient(StraightThroughSums sums, float[] alphas, float[] gradient, int offset);

  /**
   * T_adj = clip(alpha) T. Signed: grid [-(2^(n-1)-1), 2^(n-1)-1], stored with zero point 2^(n-1).
   * Never negative: grid [0, 2^n - 1], zero point 0, and nothing saturates at the lower end.
   */
  record Symmetric(QuantizationSpec spec, double threshold, Sign sign)
      implements ActivationThreshold {
    private int levels() {
      return sign == Sign.SIGNED ? (1 << (spec.activationBits() - 1)) - 1 : spec.activationMax();
    }

    @Override
    public int scales() {
      return 1;
    }

    @Override
    public void initialScales(float[] alphas, int offset) {
      alphas[offset] = 1f;
    }

    @Override
    public void clamp(float[] alphas, int offset) {
      alphas[offset] = (float) spec.limits().clampScale(alphas[offset]);
    }

    @Override
    public Quantizer quantizer(float[] alphas, int offset) {
      double adjusted = spec.limits().clampScale(alphas[offset]) * threshold;
      float scale = (float) (adjusted / levels());
      return sign == Sign.SIGNED
          ? new Quantizer(scale, levels() + 1, 1, spec.activationMax())
          : new Quantizer(scale, 0, 0, spec.activationMax());
    }

    @Override
    public void gradient(StraightThroughSums sums, float[] alphas, float[] gradient, int offset) {
      double sum = sums.rounding() / levels() + sums.high() - sums.low();
      gradient[offset] = inside(spec, alphas[offset]) ? (float) (threshold * sum) : 0f;
    }
  }

  /**
   * T_l' = min(T_l + clip(alpha_T) R, 0), R' = clip(alpha_R) R, widened to reach zero; grid [0, 2^n
   * - 1] with scale R' / (2^n - 1) and an integer zero point. A range that starts at zero keeps its
   * left end: its shift has no effect and no gradient.
   */
  record Asymmetric(QuantizationSpec spec, Range range) implements ActivationThreshold {
    private double width() {
      return Math.max(range.max() - range.min(), LEAST_THRESHOLD);
    }

    private double left(float shift) {
      return Math.min(range.min() + shift(shift) * width(), 0);
    }

    private double shift(float alpha) {
      return range.min() < 0 ? spec.limits().clampShift(alpha) : 0;
    }

    @Override
    public int scales() {
      return 2;
    }

    @Override
    public void initialScales(float[] alphas, int offset) {
      alphas[offset] = 0f;
      alphas[offset + 1] = 1f;
    }

    @Override
    public void clamp(float[] alphas, int offset) {
      alphas[offset] = (float) shift(alphas[offset]);
      alphas[offset + 1] = (float) spec.limits().clampScale(alphas[offset + 1]);
    }

    @Override
    public Quantizer quantizer(float[] alphas, int offset) {
      double left = left(alphas[offset]);
      double right = Math.max(left + spec.limits().clampScale(alphas[offset + 1]) * width(), 0);
      double scale = Math.max(right - left, LEAST_THRESHOLD) / spec.activationMax();
      int zeroPoint = (int) Math.min(Math.rint(-left / scale), spec.activationMax());
      return new Quantizer((float) scale, zeroPoint, 0, spec.activationMax());
    }

    @Override
    public void gradient(StraightThroughSums sums, float[] alphas, float[] gradient, int offset) {
      float shift = alphas[offset];
      boolean moves =
          range.min() < 0
              && range.min() + spec.limits().clampShift(shift) * width() < 0
              && shift >= (float) spec.limits().shiftLow()
              && shift <= (float) spec.limits().shiftHigh();
      gradient[offset] = moves ? (float) (width() * (sums.high() + sums.low())) : 0f;
      double stretched = sums.rounding() / spec.activationMax() + sums.high();
      gradient[offset + 1] = inside(spec, alphas[offset + 1]) ? (float) (width() * stretched) : 0f;
    }
  }

  private static boolean inside(QuantizationSpec spec, float alpha) {
    return alpha >= (float) spec.limits().low() && alpha <= (float) spec.limits().high();
  }
}
