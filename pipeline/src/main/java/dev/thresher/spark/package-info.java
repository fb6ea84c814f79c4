/** The adapters that run the stages on a cluster. */
package dev.thresher.spark;
