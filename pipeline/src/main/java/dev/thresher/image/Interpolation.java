package dev.thresher.image;

/** Pillow's antialiased filters: the kernel widens with the reduction. */
public enum Interpolation {
  /** A triangle over one source pixel to each side. */
  BILINEAR(1.0) {
    @Override
    double weight(double x) {
      return Math.max(0.0, 1.0 - Math.abs(x));
    }
  },
  /** Keys' cubic with a = -0.5 over two source pixels to each side. */
  BICUBIC(2.0) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      if (d < 1.0) {
        return ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0;
      }
      return d < 2.0 ? (((d - 5.0) * d + 8.0) * d - 4.0) * A : 0.0;
    }
  };

  /** Keys' parameter as Pillow sets it. */
  private static final double A = -0.5;

  /** Half width of the kernel, in source pixels, when nothing is reduced. */
  final double support;

  Interpolation(double support) {
    this.support = support;
  }

  /** The kernel at a distance of {@code x} source pixels, not normalized. */
  abstract double weight(double x);
}
