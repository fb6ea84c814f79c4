/** Mutual rescaling of depthwise and convolution filters. */
package dev.thresher.rescale;
