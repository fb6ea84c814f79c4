package dev.thresher.image;

/** Who decoded an image, and why it was not the first decoder. */
public enum Codec {
  /** OpenCV: the rule. */
  OPENCV,
  /** TwelveMonkeys, because the JPEG has four colour components, which OpenCV rounds otherwise. */
  TWELVE_MONKEYS_FOUR_COLOURS,
  /** TwelveMonkeys, because OpenCV refuses the JPEG, of which no row is missing all the same. */
  TWELVE_MONKEYS_REFUSED
}
