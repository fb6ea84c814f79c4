/**
 * Which integer a weight becomes: its nearest, or the one beside it that lets errors cancel out.
 */
package dev.thresher.finetune.rounding;
