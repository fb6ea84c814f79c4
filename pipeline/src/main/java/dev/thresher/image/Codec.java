package dev.thresher.image;

/** Who decoded an image. */
public enum Codec {
  /** OpenCV: the rule. */
  OPENCV,
  /** TwelveMonkeys: four-channel JPEG, and JPEG that OpenCV refuses (truncated ones, mostly). */
  TWELVE_MONKEYS
}
