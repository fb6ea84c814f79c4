/**
 * The integer network as TFLite runs it: the operators of its int8 specification, and the
 * flatbuffer that holds them.
 */
package dev.thresher.export.tflite;
