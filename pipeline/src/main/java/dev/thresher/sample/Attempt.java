package dev.thresher.sample;

import dev.thresher.image.Codec;
import dev.thresher.image.PreparedImage;
import java.io.Serializable;

/** What came of one image: its pixels, or why there are none. */
public sealed interface Attempt extends Serializable {
  /** An image as it goes into the sample, and who decoded it. */
  record Prepared(PreparedImage image, Codec codec) implements Attempt {
    private static final long serialVersionUID = 1L;
  }

  /** What is wrong with the image. */
  record Refused(String reason) implements Attempt {
    private static final long serialVersionUID = 1L;
  }
}
