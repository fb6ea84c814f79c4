package dev.thresher.sample;

import java.io.Serializable;

/**
 * What one source held.
 *
 * @param location as configured
 * @param layout how it was read
 * @param images number of images, those of earlier sources included
 */
public record SourceRecord(String location, Layout layout, int images) implements Serializable {
  private static final long serialVersionUID = 1L;
}
