package dev.thresher.finetune;

import java.io.Serializable;
import java.util.List;

/** The prepared images of the sample in parts: pixels alone, for the float network to look at. */
public interface PartPixels extends Serializable {
  /** Hash of the contents. */
  String id();

  /** Number of parts, P. */
  int parts();

  /** Images of a part. */
  int size(int part);

  /** Reads the pixels of a part, [H, W, 3] each; the same images in the same order every time. */
  List<byte[]> load(int part);
}
