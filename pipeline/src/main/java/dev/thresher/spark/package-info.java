/** The adapters that run the stages on a Spark cluster; the only package that knows Spark. */
package dev.thresher.spark;
