package dev.thresher.sample;

import java.io.Serializable;

/** What an index holds of one member of a source: an image, or why it cannot be one. */
public sealed interface Indexed extends Serializable permits ImageRef, ImageNote {}
