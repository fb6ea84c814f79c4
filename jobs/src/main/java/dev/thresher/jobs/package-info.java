/** Entry points of Thresher on Spark: from a configuration through stages to a committed run. */
package dev.thresher.jobs;
