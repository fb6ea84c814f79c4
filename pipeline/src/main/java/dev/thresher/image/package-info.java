/**
 * Image files to prepared pixels: decoding, resizing and cropping equal to Pillow's, normalization.
 */
package dev.thresher.image;
