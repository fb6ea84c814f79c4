package dev.thresher.sample;

import java.io.Serializable;

/**
 * What an index holds of a source's members: an image, why one cannot be an image, or how many of
 * other kinds there are.
 */
public sealed interface Indexed extends Serializable permits ImageRef, ImageNote, LeftOut {}
