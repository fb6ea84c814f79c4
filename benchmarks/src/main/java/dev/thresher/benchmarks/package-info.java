/** JMH benchmarks of the engines' kernels. */
package dev.thresher.benchmarks;
