/** Batch normalization folded into the convolutions before it. */
package dev.thresher.fold;
