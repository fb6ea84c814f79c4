package dev.thresher.sample;

import java.io.Serializable;

/**
 * Which columns of a table hold images and labels, as the user names them.
 *
 * @param image column of images; empty for {@value #USUAL_IMAGE}, or else the only column that can
 *     hold images
 * @param label column of labels; empty for {@value #USUAL_LABEL}, or else the only column of class
 *     labels that the table's metadata name
 */
public record TableColumns(String image, String label) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The column of images in most tables. */
  static final String USUAL_IMAGE = "image";

  /** The column of labels in most tables. */
  static final String USUAL_LABEL = "label";

  /** The columns that most tables have. */
  public static final TableColumns USUAL = new TableColumns("", "");
}
