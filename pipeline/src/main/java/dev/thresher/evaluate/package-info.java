/**
 * How good a quantized network is: accuracy and agreement with the float network, figures of every
 * layer, and the tables and the summary that a run leaves behind.
 */
package dev.thresher.evaluate;
