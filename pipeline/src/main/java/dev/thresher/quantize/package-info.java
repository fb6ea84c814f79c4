/** Quantizer parameters with adjustable thresholds, and the straight-through rules. */
package dev.thresher.quantize;
