/** Ranges of activations, gathered from images by mergeable statistics. */
package dev.thresher.calibrate;
