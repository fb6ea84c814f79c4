/** The adapters that run the stages on a cluster: the only package that knows Spark's shell. */
package dev.thresher.spark;
